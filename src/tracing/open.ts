// From the standard OTEL_* variables to a tracer; the SDK is loaded only when there is somewhere to send traces to.
import { readFile } from "node:fs/promises";
import { ConfigError } from "../core/config-error.ts";
import type { Values } from "../core/settings.ts";
import type { Tracer } from "../core/trail.ts";
import { messageOf } from "../core/words.ts";
import type { TRACING_SETTINGS } from "./settings.ts";

export interface TracerOptions {
  readonly settings: Values<typeof TRACING_SETTINGS>;
  readonly version: string;
  /** Told of each batch that could not be sent, in words without credentials. */
  readonly onProblem: (problem: string) => void;
}

/** Undefined while no collector is named. @throws ConfigError for headers or a certificate that cannot be used */
export async function openTracer({ settings, version, onProblem }: TracerOptions): Promise<Tracer | undefined> {
  const url = addressOf(settings);
  if (settings.isDisabled || settings.exporter === "none" || url === undefined) return undefined;
  const { caPath, timeoutMs, serviceName, resource, sampler, samplerArgument: share } = settings;
  const problems: string[] = [];
  const ca = caPath === undefined ? undefined : await readCa(caPath, problems);
  const attributes = pairsIn("OTEL_RESOURCE_ATTRIBUTES", resource ?? "", problems);
  const common = pairsIn("OTEL_EXPORTER_OTLP_HEADERS", settings.headers?.reveal() ?? "", problems);
  const own = pairsIn("OTEL_EXPORTER_OTLP_TRACES_HEADERS", settings.tracesHeaders?.reveal() ?? "", problems);
  if (problems.length > 0) throw new ConfigError(problems);
  const { createTracer } = await import("./tracer.ts");
  return createTracer({
    collector: { url, headers: { ...common, ...own }, timeoutMs, ca },
    resource: { ...attributes, "service.name": serviceName, "service.version": version },
    sampling: { sampler, share },
    onProblem,
  });
}

function addressOf({ endpoint, tracesEndpoint }: Values<typeof TRACING_SETTINGS>): string | undefined {
  return tracesEndpoint ?? (endpoint === undefined ? undefined : `${endpoint.replace(/\/+$/, "")}/v1/traces`);
}

async function readCa(path: string, problems: string[]): Promise<string> {
  return readFile(path, "utf8").catch((error: unknown) => {
    problems.push(`OTEL_EXPORTER_OTLP_CERTIFICATE cannot be read: ${messageOf(error)}`);
    return "";
  });
}

/** W3C Baggage's list without properties: `name=value,name=value`, values percent-encoded. */
function pairsIn(variable: string, text: string, problems: string[]): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const entry of text.split(",").filter((one) => one.trim() !== "")) {
    const [, name, value] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(entry) ?? [];
    const plain = value === undefined ? undefined : decoded(value);
    if (name === undefined || plain === undefined) {
      problems.push(`${variable} must be a comma list of name=value, with values percent-encoded`);
      break;
    }
    pairs[name] = plain;
  }
  return pairs;
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
