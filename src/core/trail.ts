// Which call a piece of work belongs to, and which span, wherever it waits meanwhile: for log lines and for traces.
// Spans are OpenTelemetry's; who makes and sends them stands behind Tracer, and without one nothing is traced.
import { AsyncLocalStorage } from "node:async_hooks";

/** Names of OpenTelemetry's semantic conventions; members that are undefined are left out. */
export type Attributes = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** The headers `traceparent` and `tracestate` of W3C Trace Context, from outside or for outside. */
export type Carrier = Readonly<Record<string, string>>;

export interface SpanStart {
  readonly name: string;
  /** Who asked: somebody outside, we somebody outside, or neither. */
  readonly kind: "server" | "client" | "internal";
  readonly attributes?: Attributes;
  /** From outside: the first that names a trace is the parent, the others become links. Untrusted. */
  readonly from?: readonly Carrier[];
}

export interface Span {
  set(attributes: Attributes): void;
  /** Marks the span as failed; the first reason counts. `type` is one of few words, such as `timeout` or `503`. */
  fail(type: string): void;
}

export interface OpenSpan extends Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly carrier: Carrier;
  end(): void;
}

export interface Tracer {
  open(start: SpanStart, parent: OpenSpan | undefined): OpenSpan;
  /** Sends what was not sent yet; bounded in time, never throws. */
  close(): Promise<void>;
}

interface Step {
  readonly callId: string | undefined;
  readonly span: OpenSpan | undefined;
}

const NO_SPAN: Span = { set: () => undefined, fail: () => undefined };
const NOWHERE: Step = { callId: undefined, span: undefined };
const NO_CARRIER: Carrier = {};

export class Trail {
  readonly #steps = new AsyncLocalStorage<Step>();
  readonly #tracer: Tracer | undefined;

  constructor(tracer?: Tracer) {
    this.#tracer = tracer;
  }

  get isTraced(): boolean {
    return this.#tracer !== undefined;
  }

  /** Runs the work as part of this call. */
  call<T>(callId: string, work: () => T): T {
    return this.#steps.run({ callId, span: this.#here.span }, work);
  }

  /** Runs the work inside a span, which ends with it; what it throws marks the span and is thrown on. */
  async span<T>(start: SpanStart, work: (span: Span) => Promise<T>): Promise<T> {
    if (this.#tracer === undefined) return work(NO_SPAN);
    const { callId, span: parent } = this.#here;
    const span = this.#tracer.open(start, parent);
    try {
      return await this.#steps.run({ callId, span }, () => work(span));
    } catch (error) {
      span.fail(errorType(error));
      throw error;
    } finally {
      span.end();
    }
  }

  /** What an outgoing request carries so that its trace goes on; empty without a trace. */
  get carrier(): Carrier {
    return this.#here.span?.carrier ?? NO_CARRIER;
  }

  /** What belongs to every log line written here. */
  fields(): Record<string, string> {
    const { callId, span } = this.#here;
    return {
      ...(callId === undefined ? {} : { callId }),
      ...(span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId }),
    };
  }

  async close(): Promise<void> {
    await this.#tracer?.close();
  }

  get #here(): Step {
    return this.#steps.getStore() ?? NOWHERE;
  }
}

/** Of HTTP headers or of MCP's `_meta`: https://modelcontextprotocol.io/community/seps/414-request-meta */
export function carrierIn({ traceparent, tracestate }: Readonly<Record<string, unknown>>): Carrier {
  if (typeof traceparent !== "string") return {};
  return { traceparent, ...(typeof tracestate === "string" ? { tracestate } : {}) };
}

/** Never the message: it may hold anything. */
const errorType = (error: unknown): string => (error instanceof Error ? error.name : "_OTHER");
