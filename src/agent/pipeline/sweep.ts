// What nobody asks for: overdue reports get their issue without the model, fallback issues are analysed again when the model
// answers again, old reports go.
import { deadlineOf, unanalysed } from "./analyse.ts";
import type { Report } from "../store/contract.ts";
import { Bell } from "./changes.ts";
import { told, type Parts } from "./parts.ts";
import { isElsewhere } from "./plan.ts";
import { isStorm } from "./storm.ts";
import { noModelBecause } from "./triage.ts";

const PURGE_MS = 600_000;
const AGAIN_MS = 24 * 3_600_000;
/** How long after a model that was down it is tried with another report. */
const PROBE_MS = 60_000;
const PAGE = 200;
const CANDIDATES = 50;
/** A model that answers and yet does not manage a report tries it again after a minute, then four, then sixteen, then not at all. */
const MAX_FAILURES = 4;
const SLOWER = 4;

export class Sweeper {
  readonly #parts: Parts;
  readonly #bell = new Bell();
  readonly #stopping = new AbortController();
  /** How often the model did not manage a report, and until when it is left alone. */
  readonly #failures = new Map<string, { times: number; until: number }>();
  /** The report that is analysed again now. */
  #again: string | undefined;
  #probedAt = Number.NEGATIVE_INFINITY;
  #purgedAt = Number.NEGATIVE_INFINITY;
  #loop: Promise<void> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.#purgedAt = this.#parts.clock.now();
    this.#loop = this.#run();
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { limits, meters } = this.#parts;
    await this.#try("outbox", () => this.#hurryOutbox());
    while (!signal.aborted) {
      await this.#try("statistics", () => meters.refresh());
      await this.#try("overdue reports", () => this.#endOverdue());
      await this.#try("analysing again", () => this.#analyseAgain());
      await this.#try("purge", () => this.#purge());
      await this.#bell.wait(limits.pollMs ?? 1_000, signal);
    }
  }

  async #try(what: string, work: () => Promise<unknown>): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    try {
      await work();
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#parts.log.error({ err: error, what }, "the sweeper failed");
    }
  }

  /** A restart often mends what they wait for, such as a token: they would wait up to ten minutes more. */
  async #hurryOutbox(): Promise<void> {
    const { store, clock } = this.#parts;
    const now = clock.now();
    const { reports } = await store.list({ state: "filing", limit: PAGE });
    for (const report of reports.filter(({ dueAt }) => dueAt > now)) {
      const note = "tried at once: the hub was started";
      const after = await store.change(report.id, { dueAt: now }, { now, note });
      if (after !== undefined) told(this.#parts, report, after, note);
    }
  }

  /** Those that wait for the model beyond their budget, also while all its lanes are busy. */
  async #endOverdue(): Promise<void> {
    const { store, clock, limits } = this.#parts;
    let beforeSeq: number | undefined;
    do {
      const { reports } = await store.list({ state: "waiting_llm", limit: PAGE, beforeSeq });
      beforeSeq = reports.length < PAGE ? undefined : reports.at(-1)?.seq;
      for (const report of reports) {
        if (this.#stopping.signal.aborted) return;
        if (clock.now() < deadlineOf(report, limits.budgetMs)) continue;
        if ((await store.get(report.id))?.state !== "waiting_llm") continue; // a lane was faster
        const why = `the model had no time within ${limits.budgetMs / 1_000} s`;
        const [change, note] = await unanalysed(this.#parts, report, why);
        const after = await store.change(report.id, change, { now: clock.now(), note });
        if (after !== undefined) told(this.#parts, report, after, note);
      }
    } while (beforeSeq !== undefined);
  }

  /** One at a time, newest first. */
  async #analyseAgain(): Promise<void> {
    const { store, clock, model, tracker } = this.#parts;
    const now = clock.now();
    if (this.#again !== undefined && (await this.#isAtModel(this.#again))) return;
    if ((await noModelBecause(this.#parts)) !== undefined) return;
    if (!model.hasAnswered && now - this.#probedAt < PROBE_MS) return;
    const candidates = await store.unanalysed(now - AGAIN_MS, CANDIDATES + this.#failures.size);
    const isFit = ({ id, group, issue }: Report) =>
      !isStorm(group) && !isElsewhere(tracker, issue) && this.#mayTry(id, now);
    const report = candidates.find(isFit);
    if (report === undefined) return;
    const note = "the model answers: to be analysed again";
    const change = { state: "waiting_llm", intent: null, lastError: null } as const;
    const after = await store.change(report.id, change, { now, note });
    if (after === undefined) return;
    this.#again = report.id;
    this.#probedAt = now;
    told(this.#parts, report, after, note);
  }

  /** A report that only waits for the tracker does not hold up the next one. */
  async #isAtModel(id: string): Promise<boolean> {
    const { store, model } = this.#parts;
    const report = await store.get(id);
    if (report?.state === "waiting_llm" || report?.state === "analyzing") return true;
    this.#again = undefined;
    if (report?.analysis === "fallback" && model.hasAnswered) this.#failed(id);
    return false;
  }

  #mayTry(id: string, now: number): boolean {
    const failure = this.#failures.get(id);
    return failure === undefined || (failure.times < MAX_FAILURES && failure.until <= now);
  }

  #failed(id: string): void {
    const now = this.#parts.clock.now();
    for (const [old, { until }] of this.#failures) if (until < now - AGAIN_MS) this.#failures.delete(old);
    const times = (this.#failures.get(id)?.times ?? 0) + 1;
    this.#failures.set(id, { times, until: now + PROBE_MS * SLOWER ** (times - 1) });
  }

  async #purge(): Promise<void> {
    const { store, clock, limits, log } = this.#parts;
    const now = clock.now();
    if (now - this.#purgedAt < PURGE_MS) return;
    this.#purgedAt = now;
    const gone = await store.purge(now - limits.retentionMs, limits.evidenceBytes);
    if (gone > 0) log.info({ reports: gone }, "old reports were deleted");
  }
}
