// What of a caller's HTTP request goes with its calls: the few headers that modules asked for, and the trace it belongs to. Carried
// from the socket to the call by whatever way it takes: without the SDK, through a session opened by another request, or by a
// POST beside an event stream.
import { AsyncLocalStorage } from "node:async_hooks";
import type { FastifyRequest } from "fastify";
import { carrierIn, type Carrier } from "../core/trail.ts";

type Headers = Readonly<Record<string, string>>;

interface Carried {
  readonly headers: Headers;
  /** Of W3C Trace Context. */
  readonly trace: Carrier;
}

const NOTHING: Carried = { headers: {}, trace: {} };

export class RequestHeaders {
  readonly #names: readonly string[];
  readonly #current = new AsyncLocalStorage<Carried>();

  /** `names` in lower case; all others never come near a tool. */
  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** Those of the request that is being served; of stdio none. */
  get current(): Headers {
    return this.#here.headers;
  }

  /** The trace of the request that is being served. */
  get trace(): Carrier {
    return this.#here.trace;
  }

  /** Runs the work for this request. */
  during<T>({ headers }: FastifyRequest, work: () => T): T {
    if (this.#names.length === 0 && headers["traceparent"] === undefined) return work();
    const named = this.#names.flatMap((name) => {
      const value = headers[name];
      return typeof value === "string" ? [[name, value] as const] : [];
    });
    return this.#current.run({ headers: Object.fromEntries(named), trace: carrierIn(headers) }, work);
  }

  get #here(): Carried {
    return this.#current.getStore() ?? NOTHING;
  }
}
