// One look at one failure: reads that may fail or hang without harm to the others. Each has its own time, all together end
// before the caller's patience does, and what went wrong becomes a sentence for the report.
import { setTimeout as sleep } from "node:timers/promises";
import { ToolFailure } from "../failure.ts";
import type { Redactor } from "../redact.ts";
import { untilAborted } from "../until-aborted.ts";
import type { ClusterReader } from "./reader.ts";

export interface Limits {
  /** For one answer of the API. */
  readonly readMs: number;
  /** Pauses before further tries when the API is overloaded or breaks off: the evidence may be gone when somebody asks again. */
  readonly pausesMs: readonly number[];
  /** For one log with its retries, headers included. */
  readonly logMs: number;
  /** For all; below the 30 s that callers give. */
  readonly totalMs: number;
}

export const LIMITS: Limits = {
  readMs: 5_000,
  pausesMs: [300, 1_000],
  logMs: 17_000,
  totalMs: 26_000,
};

/** What is read, for the sentence that says why it could not be. */
export interface Wanted {
  readonly verb: "get" | "list";
  /** As RBAC spells it: `pods/log`. */
  readonly resource: string;
  /** For a reader: `pod web-1`. */
  readonly what: string;
}

/** "gone" when the cluster says that there is none; undefined when it could not be read. */
export type Found<T> = T | "gone" | undefined;

export const there = <T extends object>(found: Found<T>): T | undefined => (found === "gone" ? undefined : found);

export interface InquiryOptions {
  readonly reader: ClusterReader;
  readonly namespace: string;
  readonly redactor: Redactor;
  readonly limits: Limits;
  readonly signal: AbortSignal;
}

export class Inquiry {
  readonly reader: ClusterReader;
  readonly namespace: string;
  readonly redactor: Redactor;
  readonly limits: Limits;
  readonly #caller: AbortSignal;
  readonly #end: AbortSignal;
  readonly #problems = new Set<string>();

  constructor({ reader, namespace, redactor, limits, signal }: InquiryOptions) {
    this.reader = reader;
    this.namespace = namespace;
    this.redactor = redactor;
    this.limits = limits;
    this.#caller = signal;
    this.#end = AbortSignal.timeout(limits.totalMs);
  }

  get problems(): string[] {
    return [...this.#problems];
  }

  note(problem: string): void {
    this.#problems.add(problem);
  }

  /** Throws only the caller's reason. */
  read<T>(
    wanted: Wanted,
    ask: (signal: AbortSignal) => Promise<T>,
    maxMs: number = this.limits.readMs,
  ): Promise<Found<T>> {
    return this.#read(ask, maxMs, (error, isLate) => this.note(this.#why(wanted, error, isLate)));
  }

  /** For what is only nice to know: no problem is told. */
  readQuietly<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<Found<T>> {
    return this.#read(ask, this.limits.readMs, () => {});
  }

  async #read<T>(
    ask: (signal: AbortSignal) => Promise<T>,
    maxMs: number,
    fail: (error: unknown, isLate: boolean) => void,
  ): Promise<Found<T>> {
    const own = AbortSignal.any([this.#end, AbortSignal.timeout(maxMs)]);
    const signal = AbortSignal.any([this.#caller, own]);
    try {
      signal.throwIfAborted(); // nothing new is begun when the time for all is over
      return await untilAborted(this.#patiently(ask, signal), signal);
    } catch (error) {
      this.#caller.throwIfAborted();
      if (isGone(error)) return "gone";
      fail(error, own.aborted);
      return undefined;
    }
  }

  async #patiently<T>(ask: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    for (const pauseMs of this.limits.pausesMs) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one try after the other
        return await ask(signal);
      } catch (error) {
        if (!isPassing(error)) throw error;
        // oxlint-disable-next-line no-await-in-loop
        await sleep(pauseMs, undefined, { signal });
      }
    }
    return ask(signal);
  }

  #why({ verb, resource, what }: Wanted, error: unknown, isLate: boolean): string {
    const { api, account } = this.reader;
    if (isLate) return `${what} could not be read: ${api} was too slow; look at the cluster's API server`;
    if (!(error instanceof ToolFailure)) return `${what} could not be read: an error of the hub itself`;
    if (error.details["code"] === "FORBIDDEN") {
      return `may not ${verb} ${resource} in namespace ${this.namespace}: give ${account} a Role with verb ${verb} on ${resource} there`;
    }
    const hint = error.kind === "denied" ? error.details["hint"] : undefined;
    return `${what} could not be read: ${error.message}${typeof hint === "string" ? `; ${hint}` : ""}`;
  }
}

/** Of a kind that is not served there is none. */
const isGone = (error: unknown): boolean =>
  error instanceof ToolFailure && ["NOT_FOUND", "NOT_SERVED"].includes(String(error.details["code"]));

/** Too many requests, a failing server, a connection that broke. */
const isPassing = (error: unknown): boolean =>
  error instanceof ToolFailure && error.kind === "unavailable" && error.details["code"] !== "UNEXPECTED";
