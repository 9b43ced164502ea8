// Keeps the spans that a collector would get, to be looked at: their tree, their words, and whether they failed.
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { Registry } from "prom-client";
import { Trail } from "../../src/core/trail.ts";
import { createWatches, type Watches } from "../../src/core/watch.ts";
import type { Sampling } from "../../src/tracing/sampler.ts";
import { tracerOver } from "../../src/tracing/tracer.ts";

export interface KeptSpan {
  readonly name: string;
  readonly kind: "server" | "client" | "internal";
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly hasFailed: boolean;
  /** Traces that it is linked to. */
  readonly links: readonly string[];
}

export interface SpanKeeper {
  /** Of one hub after the other: closing one forgets nothing. */
  trail(): Trail;
  /** Ended ones, in the order of their ends. */
  all(): readonly KeptSpan[];
  named(name: string): readonly KeptSpan[];
  /** The one of this name; throws when there are none or several. */
  one(name: string): KeptSpan;
  /** Names from this span up to the root of what is kept. */
  path(span: KeptSpan): readonly string[];
  /** As the SDK has it. */
  raw(span: KeptSpan): ReadableSpan;
  /** All that they say, to look for what must not be in them. */
  text(): string;
}

const KINDS: Readonly<Partial<Record<SpanKind, KeptSpan["kind"]>>> = {
  [SpanKind.SERVER]: "server",
  [SpanKind.CLIENT]: "client",
};

const ALL: Sampling = { sampler: "parentbased_always_on", share: 1 };

export function keepSpans(sampling = ALL): SpanKeeper {
  const kept: KeptSpan[] = [];
  const raw = new WeakMap<KeptSpan, ReadableSpan>();
  const processor = {
    onStart: () => undefined,
    onEnd: (span: ReadableSpan) => {
      const shown = kindly(span);
      kept.push(shown);
      raw.set(shown, span);
    },
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  };
  const named = (name: string) => kept.filter((span) => span.name === name);
  const path = (span: KeptSpan): string[] => {
    const parent = kept.find(({ spanId }) => spanId === span.parentId);
    return [span.name, ...(parent === undefined ? [] : path(parent))];
  };
  return {
    trail: () => new Trail(tracerOver(processor, { "service.name": "test", "service.version": "7" }, sampling)),
    all: () => [...kept],
    named,
    one: (name) => {
      const [first, ...others] = named(name);
      if (first !== undefined && others.length === 0) return first;
      throw new Error(
        `${others.length === 0 ? "no" : "several"} ${name} in ${kept.map((span) => span.name).join(", ")}`,
      );
    },
    path,
    raw: (span) => {
      const found = raw.get(span);
      if (found === undefined) throw new Error(`no span of ours: ${span.name}`);
      return found;
    },
    text: () => JSON.stringify(kept),
  };
}

export interface Traced {
  readonly spans: SpanKeeper;
  readonly metrics: Registry;
  /** What a module gets of the hub where it is traced and counted. */
  readonly given: { readonly trail: Trail; readonly watch: Watches };
}

export function traced(): Traced {
  const [spans, metrics] = [keepSpans(), new Registry()];
  const trail = spans.trail();
  return { spans, metrics, given: { trail, watch: createWatches(metrics, trail) } };
}

function kindly(span: ReadableSpan): KeptSpan {
  const { traceId, spanId } = span.spanContext();
  return {
    name: span.name,
    kind: KINDS[span.kind] ?? "internal",
    traceId,
    spanId,
    parentId: span.parentSpanContext?.spanId,
    attributes: span.attributes,
    hasFailed: span.status.code === SpanStatusCode.ERROR,
    links: span.links.map(({ context }) => context.traceId),
  };
}

/** The numbers of one metric: `{outcome="ok"}` -> 1, in the order of the exposition. Without labels the name is "". */
export async function numbersOf(metrics: Registry, name: string): Promise<Record<string, number>> {
  const lines = (await metrics.metrics()).split("\n").filter((line) => line.startsWith(name));
  const found = lines.map((line) => /^(\w+)(\{.*\})? (\S+)$/.exec(line) ?? []);
  return Object.fromEntries(
    found.filter(([, own]) => own === name).map(([, , labels = "", value]) => [labels, Number(value)]),
  );
}

/** A trace of somebody outside: `digit` makes its ids. */
export function outside(digit: number, flags = "01"): { traceId: string; spanId: string; traceparent: string } {
  const [traceId, spanId] = [String(digit).repeat(32), String(digit).repeat(16)];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-${flags}` };
}

/** How many requests to this upstream ended how. */
export async function outcomesOf(metrics: Registry, upstream: string): Promise<Record<string, number>> {
  const numbers = Object.entries(await numbersOf(metrics, "ops_hub_upstream_requests_total"));
  const prefix = `{upstream="${upstream}",outcome="`;
  const own = numbers.filter(([labels]) => labels.startsWith(prefix));
  return Object.fromEntries(own.map(([labels, number]) => [labels.slice(prefix.length, -2), number]));
}
