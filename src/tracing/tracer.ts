// Spans by OpenTelemetry's SDK, sent in batches over OTLP. It shares nothing with another hub of the same process.
import { randomUUID } from "node:crypto";
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  defaultTextMapGetter,
  defaultTextMapSetter,
  isSpanContextValid,
  trace,
  type Context,
  type Span as OtelSpan,
  type SpanContext,
  type Tracer as OtelTracer,
} from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider, type SpanProcessor } from "@opentelemetry/sdk-trace";
import type { Attributes, Carrier, OpenSpan, SpanStart, Tracer } from "../core/trail.ts";
import { reporting } from "./exporter.ts";
import { samplerOf, type Sampling } from "./sampler.ts";

export interface Collector {
  readonly url: string;
  /** Asked for every batch, so that a rotated secret counts at once. */
  readonly headers: () => Record<string, string>;
  readonly timeoutMs: number;
  readonly ca: string | undefined;
}

export interface TracerSetup {
  readonly collector: Collector;
  readonly resource: Readonly<Record<string, string>>;
  readonly sampling: Sampling;
  readonly onProblem: (problem: string) => void;
}

/** The last batch must not hold up the end of the process. */
const CLOSE_MS = 5_000;
/** Of an attribute, and of a header of the caller's trace: spans that wait to be sent must not be heavy. */
const MAX_CHARS = 2_048;
const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL };

export function createTracer({ collector, resource, sampling, onProblem }: TracerSetup): Tracer {
  const { url, headers, timeoutMs, ca } = collector;
  const exporter = new OTLPTraceExporter({
    url,
    headers: async () => headers(),
    timeoutMillis: timeoutMs,
    httpAgentOptions: { keepAlive: true, ...(ca === undefined ? {} : { ca }) },
  });
  const processor = new BatchSpanProcessor({ exporter: reporting(exporter, onProblem) });
  return tracerOver(processor, resource, sampling);
}

/** With a processor of the caller's choice, such as one that keeps the spans. */
export function tracerOver(processor: SpanProcessor, resource: TracerSetup["resource"], sampling: Sampling): Tracer {
  const provider = new TracerProvider({
    resource: defaultResource().merge(resourceFromAttributes({ "service.instance.id": randomUUID(), ...resource })),
    sampler: samplerOf(sampling),
    spanProcessors: [processor],
  });
  const otel = provider.getTracer("ops-hub", resource["service.version"]);
  return {
    open: (start, parent) => openSpan(otel, start, parent),
    close: async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, CLOSE_MS);
      await Promise.race([provider.shutdown().catch(() => undefined), promise]);
      clearTimeout(timer);
    },
  };
}

const propagator = new W3CTraceContextPropagator();

class SdkSpan implements OpenSpan {
  readonly #span: OtelSpan;
  readonly context: Context;
  #hasFailed = false;

  constructor(span: OtelSpan) {
    this.#span = span;
    this.context = trace.setSpan(ROOT_CONTEXT, span);
  }

  get traceId(): string {
    return this.#span.spanContext().traceId;
  }

  get spanId(): string {
    return this.#span.spanContext().spanId;
  }

  get carrier(): Carrier {
    const carrier: Record<string, string> = {};
    propagator.inject(this.context, carrier, defaultTextMapSetter);
    if (carrier["tracestate"] === "") delete carrier["tracestate"]; // of a caller's state nothing was well formed
    return carrier;
  }

  set(attributes: Attributes): void {
    this.#span.setAttributes(known(attributes));
  }

  fail(type: string): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#span.setAttribute("error.type", type);
    this.#span.setStatus({ code: SpanStatusCode.ERROR });
  }

  end(): void {
    this.#span.end();
  }
}

function openSpan(otel: OtelTracer, { name, kind, attributes = {}, from = [] }: SpanStart, parent?: OpenSpan): SdkSpan {
  const [first, ...others] = from.map(remoteIn).filter((one) => one !== undefined);
  const context =
    first === undefined
      ? parent instanceof SdkSpan
        ? parent.context
        : ROOT_CONTEXT
      : trace.setSpanContext(ROOT_CONTEXT, first);
  const links = others.map((other) => ({ context: other }));
  const options = { kind: KINDS[kind], attributes: known(attributes), links };
  return new SdkSpan(otel.startSpan(name, options, context));
}

/** What a carrier says, if it is well formed. */
function remoteIn(carrier: Carrier): SpanContext | undefined {
  const light = Object.fromEntries(Object.entries(carrier).filter(([, value]) => value.length <= MAX_CHARS));
  const found = trace.getSpanContext(propagator.extract(ROOT_CONTEXT, light, defaultTextMapGetter));
  return found !== undefined && isSpanContextValid(found) ? found : undefined;
}

const known = (attributes: Attributes): Record<string, string | number | boolean | string[]> =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => {
      if (value === undefined) return [];
      return [[name, typeof value === "object" ? value.map(clipped) : clipped(value)] as const];
    }),
  );

/** A copy: a slice of a text keeps the whole of it in memory for as long as the span waits to be sent. */
const clipped = <T extends string | number | boolean>(value: T): T | string =>
  typeof value === "string" && value.length > MAX_CHARS
    ? Buffer.from(value.slice(0, MAX_CHARS), "utf16le").toString("utf16le")
    : value;
