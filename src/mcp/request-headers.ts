// The few headers of a caller's request that modules asked for, carried from the socket to the call by whatever way it takes:
// without the SDK, through a session opened by another request, or by a POST beside an event stream.
import { AsyncLocalStorage } from "node:async_hooks";
import type { FastifyRequest } from "fastify";

type Headers = Readonly<Record<string, string>>;

const NONE: Headers = {};

export class RequestHeaders {
  readonly #names: readonly string[];
  readonly #current = new AsyncLocalStorage<Headers>();

  /** `names` in lower case; all others never come near a tool. */
  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** Those of the request that is being served; of stdio none. */
  get current(): Headers {
    return this.#current.getStore() ?? NONE;
  }

  /** Runs the work for this request. */
  during<T>({ headers }: FastifyRequest, work: () => T): T {
    if (this.#names.length === 0) return work();
    const named = this.#names.flatMap((name) => {
      const value = headers[name];
      return typeof value === "string" ? [[name, value] as const] : [];
    });
    return this.#current.run(Object.fromEntries(named), work);
  }
}
