// A lane: claims reports of its states, works on some at once, renews their leases, and gives them back when it has to stop.
import type { ReportState } from "../../core/report-desk.ts";
import type { Span } from "../../core/trail.ts";
import { untilAborted } from "../../core/until-aborted.ts";
import { messageOf } from "../../core/words.ts";
import { LeaseLost, type Claim, type Wanted } from "../store/contract.ts";
import { Bell } from "./changes.ts";
import { ENDED, errorLine, giveUp, MAX_TRIES, pass, type Parts } from "./parts.ts";

export interface LanePlan {
  readonly name: string;
  readonly states: readonly ReportState[];
  readonly isLeader: boolean;
  readonly concurrency: number;
  /** May an operator's cancel interrupt the work? */
  readonly isAbortable: boolean;
  /** Ends with the report passed on. Whatever it throws is a try that failed. */
  work(claim: Claim, signal: AbortSignal): Promise<void>;
}

const CLOSE_MS = 900;
/** Work that does not listen to its signal is left alone after this; what it commits later is refused. */
const GRACE_MS = 500;
const RETRY_MS = 5_000;
const MAX_RETRY_MS = 300_000;

export class Lane {
  readonly #parts: Parts;
  readonly #plan: LanePlan;
  readonly #bell = new Bell();
  readonly #stopping = new AbortController();
  readonly #running = new Map<string, { ended: Promise<void>; cancelling: AbortController }>();
  #loop: Promise<void> = Promise.resolve();

  constructor(parts: Parts, plan: LanePlan) {
    this.#parts = parts;
    this.#plan = plan;
  }

  start(): void {
    const { changes } = this.#parts;
    // A leader that ends makes another report of its group the leader.
    const wakes = [...this.#plan.states, ...(this.#plan.isLeader ? ENDED : [])];
    const stop = changes.listen(({ state }) => wakes.includes(state) && this.#bell.ring());
    this.#loop = this.#run().finally(stop);
  }

  /** Interrupts the work on this report, if it is here and may be. */
  cancel(id: string): void {
    if (this.#plan.isAbortable) this.#running.get(id)?.cancelling.abort(new Error("cancelled by an operator"));
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error("the hub is stopping"));
    const ended = Promise.all([this.#loop, ...Array.from(this.#running.values(), (one) => one.ended)]);
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, CLOSE_MS);
    await Promise.race([ended, promise]);
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const pollMs = this.#parts.limits.pollMs ?? 1_000;
    while (!signal.aborted) {
      const free = this.#plan.concurrency - this.#running.size;
      const count = free > 0 ? await this.#claim(free) : 0;
      if (count === 0) await this.#bell.wait(pollMs, signal);
    }
  }

  async #claim(limit: number): Promise<number> {
    const { store, clock, owner, limits, log } = this.#parts;
    const { states, isLeader } = this.#plan;
    const wanted: Wanted = { states, isLeader, limit, owner, now: clock.now(), leaseMs: limits.leaseMs };
    try {
      const claims = await store.claim(wanted);
      for (const claim of claims) this.#begin(claim);
      return claims.length;
    } catch (error) {
      if (!this.#stopping.signal.aborted) log.error({ err: error, lane: this.#plan.name }, "reports cannot be claimed");
      return 0;
    }
  }

  #begin(claim: Claim): void {
    const { id } = claim.report;
    const cancelling = new AbortController();
    const ended = this.#attempt(claim, cancelling.signal).finally(() => {
      this.#running.delete(id);
      this.#bell.ring();
    });
    this.#running.set(id, { ended, cancelling });
  }

  /** Never throws. */
  async #attempt(claim: Claim, cancelled: AbortSignal): Promise<void> {
    const lost = new AbortController();
    const signal = AbortSignal.any([this.#stopping.signal, cancelled, lost.signal]);
    const stopRenewing = this.#renew(claim, lost);
    const late = new AbortController();
    let grace: NodeJS.Timeout | undefined;
    signal.addEventListener("abort", () => {
      grace = setTimeout(() => late.abort(signal.reason), GRACE_MS);
    });
    try {
      await this.#traced(claim, async (span) => {
        try {
          signal.throwIfAborted();
          await untilAborted(this.#plan.work(claim, signal), late.signal);
        } catch (error) {
          span.fail(this.#wordOf(error, cancelled));
          await this.#failed(claim, error, cancelled).catch((worse: unknown) => this.#unreturned(claim, worse));
        }
      });
    } finally {
      stopRenewing();
      clearTimeout(grace);
    }
  }

  /** Part of the trace that the report came with, whoever took it and however long ago; so is what is logged meanwhile. */
  #traced(claim: Claim, work: (span: Span) => Promise<void>): Promise<void> {
    const { id, target, state, attempts } = claim.report;
    const { traceparent } = target;
    const from = traceparent === undefined ? [] : [{ traceparent }];
    const attributes = { "ops_hub.report.id": id, "ops_hub.report.state": state, "ops_hub.report.attempts": attempts };
    return this.#parts.trail.span({ name: `report ${this.#plan.name}`, kind: "internal", attributes, from }, work);
  }

  /** Why work ended before its end, for its span. */
  #wordOf(error: unknown, cancelled: AbortSignal): string {
    if (error instanceof LeaseLost) return "lease_lost";
    if (this.#stopping.signal.aborted) return "interrupted";
    return cancelled.aborted ? "cancelled" : "failed";
  }

  /** Taken away by an operator's cancel, or by another worker after this one slept too long. Never throws. */
  async #unreturned({ report: { id } }: Claim, error: unknown): Promise<void> {
    const { store, log, changes } = this.#parts;
    if (!(error instanceof LeaseLost)) return log.error({ err: error, report: id }, "a report could not be given back");
    const state = await store.get(id).then(
      (report) => report?.state,
      () => undefined,
    );
    log.debug({ report: id, state, note: "no longer this worker's" }, "report");
    if (state !== undefined) changes.announce({ id, state });
  }

  #renew(claim: Claim, lost: AbortController): () => void {
    const { store, clock, limits, log } = this.#parts;
    const timer = setInterval(() => {
      store.renew(claim, clock.now() + limits.leaseMs).catch((error: unknown) => {
        if (error instanceof LeaseLost) lost.abort(error);
        else log.warn({ err: error, report: claim.report.id }, "a lease could not be renewed");
      });
    }, limits.leaseMs / 3);
    return () => clearInterval(timer);
  }

  /** Gives back what could not be done. @throws LeaseLost */
  async #failed(claim: Claim, error: unknown, cancelled: AbortSignal): Promise<void> {
    const { store, clock, log } = this.#parts;
    const { id, attempts } = claim.report;
    if (error instanceof LeaseLost) throw error;
    if (this.#stopping.signal.aborted) return store.release(claim);
    // The commit of a report that is to be cancelled cancels it.
    if (cancelled.aborted) return void (await pass(this.#parts, claim, {}, "interrupted"));
    log.error({ err: error, report: id, lane: this.#plan.name }, "work on a report failed unexpectedly");
    const said = errorLine(this.#parts, messageOf(error));
    if (attempts > 2 * MAX_TRIES)
      return giveUp(this.#parts, claim, `${this.#plan.name} failed again and again: ${said}`);
    const dueAt = clock.now() + Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** Math.max(0, attempts - 1));
    await pass(this.#parts, claim, { dueAt, lastError: said }, `${this.#plan.name} failed and is tried again: ${said}`);
  }
}
