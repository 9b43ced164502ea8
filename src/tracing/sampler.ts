// Which traces are kept, by the names of OTEL_TRACES_SAMPLER.
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
} from "@opentelemetry/sdk-trace";
import type { SAMPLERS } from "./settings.ts";

export interface Sampling {
  readonly sampler: (typeof SAMPLERS)[number];
  /** Of the traces, for a ratio: from 0 to 1. */
  readonly share: number;
}

export function samplerOf({ sampler, share }: Sampling): Sampler {
  const root = rootOf(sampler.replace("parentbased_", ""), share);
  return sampler.startsWith("parentbased_") ? new ParentBasedSampler({ root }) : root;
}

function rootOf(name: string, share: number): Sampler {
  if (name === "always_off") return new AlwaysOffSampler();
  return name === "traceidratio" ? new TraceIdRatioBasedSampler(share) : new AlwaysOnSampler();
}
