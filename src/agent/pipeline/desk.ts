// The desk: takes reports with one insert, tells how they stand, and lets operators push or stop them.
import { ToolFailure } from "../../core/failure.ts";
import type { Evidence } from "../../core/evidence.ts";
import {
  noSuchReport,
  type ReportDesk,
  type ReportDetail,
  type ReportFilter,
  type ReportPage,
  type ReportRequest,
  type ReportView,
  type Submitted,
} from "../../core/report-desk.ts";
import type { Report } from "../store/contract.ts";
import { Bell } from "./changes.ts";
import { identify } from "./collect.ts";
import { keyOf, keyWith, newId, targetOf, WINDOW_MS, type Key } from "./key.ts";
import { ENDED, told, type Parts } from "./parts.ts";
import { retryOf } from "./retry.ts";
import { detailOf, viewOf } from "./views.ts";

/** How long a cancel waits for the worker that it interrupts. */
const CANCEL_MS = 1_000;
const MAX_NAMESPACES = 1_000;
/** So many waiting callers may look into the store each second. */
const LOOKS_AT_ONCE = 50;

export interface DeskParts extends Parts {
  /** Fires when the pipeline closes: nobody shall wait for it then. */
  readonly closing: AbortSignal;
  /** Interrupts the work on a report. */
  readonly cancelWork: (id: string) => void;
}

export class Desk implements ReportDesk {
  readonly #parts: DeskParts;
  /** Callers that wait for their report. */
  #waiting = 0;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  async submit(request: ReportRequest, signal: AbortSignal): Promise<Submitted> {
    const key = keyOf(request);
    const first = await this.#accept(request, key.text);
    const identity = first.isNew ? undefined : await this.#newIdentity(request, key, first.report, signal);
    if (identity === undefined) return { ...first, report: viewOf(first.report) };
    const second = await this.#accept(request, keyWith(key, identity), identity);
    return { ...second, report: viewOf(second.report) };
  }

  async settled(id: string, waitMs: number, signal: AbortSignal): Promise<ReportView> {
    const { limits, changes, closing } = this.#parts;
    const bell = new Bell();
    const stop = changes.listen((change) => change.id === id && bell.ring());
    const deadline = AbortSignal.timeout(Math.max(0, Math.ceil(waitMs)));
    const over = AbortSignal.any([signal, deadline, closing]);
    this.#waiting += 1;
    try {
      for (;;) {
        const report = await this.#report(id).catch((error: unknown) => this.#unread(error, over));
        signal.throwIfAborted();
        const isWaiting = report?.state === "filing" && report.lastError !== undefined;
        if (report && (ENDED.includes(report.state) || isWaiting || over.aborted)) return viewOf(report);
        // Only what other replicas did is not announced; many who wait must not keep the store busy with looking.
        const looks = Math.ceil(this.#waiting / LOOKS_AT_ONCE);
        await bell.wait((limits.pollMs ?? 1_000) * looks, over);
      }
    } finally {
      this.#waiting -= 1;
      stop();
    }
  }

  async get(id: string): Promise<ReportDetail> {
    return detailOf(await this.#report(id), await this.#parts.store.timeline(id));
  }

  async evidence(id: string): Promise<Evidence | undefined> {
    await this.#report(id);
    return this.#parts.store.evidence(id);
  }

  async list({ cursor, limit, ...filter }: ReportFilter): Promise<ReportPage> {
    const beforeSeq = cursor === undefined ? undefined : /^\d{1,15}$/.exec(cursor)?.[0];
    if (cursor !== undefined && beforeSeq === undefined) {
      throw new ToolFailure("invalid", "cursor must be the next_cursor of an earlier page", { code: "INVALID_CURSOR" });
    }
    const from = beforeSeq === undefined ? {} : { beforeSeq: Number(beforeSeq) };
    const { reports, total } = await this.#parts.store.list({ ...filter, ...from, limit: limit + 1 });
    const shown = reports.slice(0, limit);
    const last = reports.length > limit ? shown.at(-1) : undefined;
    return { reports: shown.map(viewOf), total, next_cursor: last === undefined ? null : String(last.seq) };
  }

  namespaces(): Promise<readonly string[]> {
    return this.#parts.store.namespaces(MAX_NAMESPACES);
  }

  async retry(id: string): Promise<ReportView> {
    const { store, clock } = this.#parts;
    const report = await this.#report(id);
    const retry = retryOf(this.#parts, report);
    if ("refusal" in retry) throw refusal(`report ${id} cannot be retried: ${retry.refusal}`);
    const { change, note } = retry;
    const after = await store.change(id, { dueAt: clock.now(), ...change }, { now: clock.now(), note });
    if (after === undefined) throw refusal(`report ${id} cannot be retried: it is worked on now; wait for it`);
    told(this.#parts, report, after, note);
    return viewOf(after);
  }

  async cancel(id: string): Promise<ReportView> {
    const { store, clock, cancelWork } = this.#parts;
    const report = await this.#report(id);
    const after = await store.cancel(id, clock.now());
    if (after === undefined) throw refusal(`report ${id} cannot be cancelled: it has ended (${report.state})`);
    told(this.#parts, report, after, "cancelled by an operator");
    if (ENDED.includes(after.state)) return viewOf(after);
    cancelWork(id);
    return this.settled(id, CANCEL_MS, this.#parts.closing);
  }

  async isWritable(): Promise<boolean> {
    try {
      await this.#parts.store.probe();
      return true;
    } catch (error) {
      this.#parts.log.warn({ err: error }, "reports cannot be stored");
      return false;
    }
  }

  async #accept(request: ReportRequest, key: string, identity?: string): Promise<{ report: Report; isNew: boolean }> {
    const { store, clock, log, meters, changes, redactor, trail } = this.#parts;
    const now = clock.now();
    const { traceparent } = trail.carrier;
    const named = targetOf(request, (text) => redactor.redact(text).text);
    const target = traceparent === undefined ? named : { ...named, traceparent };
    const report = { id: newId(now), key, target, ...(identity === undefined ? {} : { identity }) };
    try {
      const accepted = await store.accept(report, { now, sinceMs: now - WINDOW_MS });
      if (accepted.isNew) {
        meters.accepted();
        log.debug({ report: report.id, state: "received", note: "accepted" }, "report");
        changes.announce({ id: report.id, state: "received" });
      }
      return accepted;
    } catch (error) {
      log.error({ err: error }, "a report could not be stored");
      const code = "NOT_STORED";
      const details = { code, hint: "Send it again in a moment; the hub's log says why." };
      throw new ToolFailure("unavailable", "the report could not be stored", details, { cause: error });
    }
  }

  /** What the same names mean now, when that is another failure than the one that was filed. */
  async #newIdentity(request: ReportRequest, { isDerived }: Key, filed: Report, signal: AbortSignal) {
    if (!isDerived || filed.state !== "filed" || filed.identity === undefined) return undefined;
    const identity = await identify(this.#parts, request, signal).catch(() => undefined);
    if (signal.aborted) throw new ToolFailure("unavailable", "the hub is stopping; send the report again");
    return identity === filed.identity ? undefined : identity;
  }

  /** Who waits for a stored report waits on while the store cannot be read. */
  #unread(error: unknown, over: AbortSignal): undefined {
    if (error instanceof ToolFailure) throw error;
    this.#parts.log.warn({ err: error }, "a report that somebody waits for cannot be read");
    if (over.aborted) throw new ToolFailure("unavailable", "the report is stored, and cannot be read now");
  }

  async #report(id: string): Promise<Report> {
    const report = await this.#parts.store.get(id);
    if (report !== undefined) return report;
    throw noSuchReport(id);
  }
}

const refusal = (message: string): ToolFailure => new ToolFailure("invalid", message, { code: "WRONG_STATE" });
