// Calls to one server take turns: so many at once, so many more wait.
import { ToolFailure } from "../../core/failure.ts";
import { Limiter } from "../../core/limiter.ts";
import { notAsked } from "./failures.ts";

const CONCURRENCY = 16;
const QUEUE = 256;

export type Turns = <T>(ask: () => Promise<T>, signal: AbortSignal) => Promise<T>;

/** @throws ToolFailure unavailable when too many wait, cancelled when the wait was given up; else what `ask` throws */
export function createTurns(name: string): Turns {
  const refuse = () =>
    new ToolFailure("unavailable", `${name} is busy: ${CONCURRENCY} calls are under way and ${QUEUE} wait`);
  const limiter = new Limiter({ concurrency: CONCURRENCY, queue: QUEUE, refuse });
  return async (ask, signal) => {
    let isAsked = false;
    const begin = () => {
      isAsked = true;
      return ask();
    };
    return limiter.run(begin, signal).catch((error: unknown) => {
      throw signal.aborted && !isAsked ? notAsked(name) : error;
    });
  };
}
