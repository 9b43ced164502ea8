// What the pipeline needs of a disk. Two drivers, one test suite. Every method is one transaction; what it returns was committed.
import type { Evidence, FailureTarget } from "../../core/evidence.ts";
import type { IssueRef } from "../../core/issue-tracker.ts";
import type { ReportOutcome, ReportState } from "../../core/report-desk.ts";
import type { Category, IssueDraft } from "../analysis.ts";

export interface StoredTarget extends FailureTarget {
  /** Of W3C Trace Context: where the trace of the report goes on. */
  readonly traceparent?: string | undefined;
  readonly links: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What is about to be written to the tracker. Committed before the write, so that a later look knows what to search for. */
export interface FilingIntent {
  readonly action: "create" | "comment" | "reopen" | "record" | "edit";
  /** When the first try began, in milliseconds. */
  readonly at: number;
  /** Until when a write was on its way of which nobody knows what became: it may still arrive. */
  readonly sentAt?: number | undefined;
  /** Of the issue, for all but create. */
  readonly number?: number | undefined;
}

/** Times are milliseconds since the epoch. */
export interface Report {
  /** Grows with acceptance. */
  readonly seq: number;
  readonly id: string;
  readonly key: string;
  readonly state: ReportState;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When it came into its state. */
  readonly stateAt: number;
  /** Not to be worked on before. */
  readonly dueAt: number;
  /** How often its present state was tried. */
  readonly attempts: number;
  readonly target: StoredTarget;
  /** See EvidenceSource.identify. */
  readonly identity: string | undefined;
  /** Of the failure (`v1:...`), known once collected. */
  readonly fingerprint: string | undefined;
  /** Reports of one group share one issue: the fingerprint, or that of a storm. */
  readonly group: string | undefined;
  readonly category: Category | undefined;
  /** One line for tables: what failed and why. */
  readonly cause: string | undefined;
  readonly analysis: "llm" | "fallback" | undefined;
  readonly draft: IssueDraft | undefined;
  readonly intent: FilingIntent | undefined;
  readonly outcome: ReportOutcome | undefined;
  readonly issue: IssueRef | undefined;
  /** The tracker's comment that tells of this report, when it is an occurrence. */
  readonly commentId: number | undefined;
  readonly tokens: number;
  readonly lastError: string | undefined;
  readonly violations: readonly string[];
  /** An operator asked for its end while it was worked on. */
  readonly isCancelling: boolean;
}

export interface NewReport {
  readonly id: string;
  readonly key: string;
  readonly target: StoredTarget;
  readonly identity?: string | undefined;
}

/** What a worker may change. Undefined members stay; null clears. */
export interface ReportChange {
  readonly state?: ReportState;
  readonly dueAt?: number;
  readonly identity?: string;
  readonly fingerprint?: string;
  readonly group?: string;
  readonly category?: Category;
  readonly cause?: string;
  readonly analysis?: "llm" | "fallback";
  readonly draft?: IssueDraft | null;
  readonly intent?: FilingIntent | null;
  readonly outcome?: ReportOutcome;
  readonly issue?: IssueRef;
  readonly commentId?: number | null;
  /** Added to those there. */
  readonly tokens?: number;
  readonly lastError?: string | null;
  /** Added to those there. */
  readonly violations?: readonly string[];
  readonly evidence?: Evidence;
}

/** A report that this worker alone may change until `leaseUntil`. */
export interface Claim {
  readonly report: Report;
  readonly owner: string;
}

export interface Wanted {
  readonly states: readonly ReportState[];
  /** Only those that came into their state before this time. */
  readonly stateBefore?: number;
  /** Only reports whose group has no earlier one on its way to its first issue (see `active` below). */
  readonly isLeader?: boolean;
  readonly limit: number;
  readonly owner: string;
  readonly now: number;
  readonly leaseMs: number;
}

/** The issue of a group: what recurrences go to. */
export interface GroupIssue extends IssueRef {
  readonly group: string;
  /** Of the report that made it. */
  readonly reportId: string;
  readonly firstAt: number;
  readonly lastAt: number;
  /** Reports that it stands for, the first included. */
  readonly occurrences: number;
  /** The newest comment that lists occurrences, and when it was begun. */
  readonly commentId: number | undefined;
  readonly commentAt: number | undefined;
}

export interface TimelineRow {
  readonly at: number;
  readonly state: ReportState;
  readonly note: string;
}

export interface ListFilter {
  readonly state?: ReportState | undefined;
  readonly namespace?: string | undefined;
  /** Only reports about these namespaces of the hub's own cluster. */
  readonly namespaces?: readonly string[] | undefined;
  readonly sinceMs?: number | undefined;
  readonly limit: number;
  /** Only reports accepted before this one. */
  readonly beforeSeq?: number | undefined;
}

export interface Stats {
  readonly byState: Readonly<Partial<Record<ReportState, number>>>;
  /** Since when the oldest report in `filing` with a failed try waits. */
  readonly outboxSince: number | undefined;
}

/**
 * "Active" in a group: state collected, waiting_llm, analyzing, drafted or filing, and no issue yet. A report with an issue
 * that is analysed again is not.
 */
export interface ReportStore {
  /**
   * Stores a new report in state `received`, or returns the one with this key that was created at or after `sinceMs` and is
   * neither dead nor cancelled. On the disk (fsync) before it returns; concurrent calls may share one transaction.
   */
  accept(report: NewReport, times: { now: number; sinceMs: number }): Promise<{ report: Report; isNew: boolean }>;
  get(id: string): Promise<Report | undefined>;
  /** Newest first. */
  list(filter: ListFilter): Promise<{ reports: Report[]; total: number }>;
  /** Of the hub's own cluster, in order. */
  namespaces(limit: number): Promise<string[]>;
  /** Oldest first, at most 200 rows: the newest. */
  timeline(id: string): Promise<TimelineRow[]>;
  evidence(id: string): Promise<Evidence | undefined>;

  /** Takes reports that are due and whose lease is free or over, one namespace after the other, oldest first in each; adds 1 to `attempts`. */
  claim(wanted: Wanted): Promise<Claim[]>;
  /**
   * Commits a change and one row of the timeline, and ends the lease unless `keep`. A new state sets `attempts` to 0 (to 1
   * when the lease is kept) and `stateAt` to now, and `dueAt` to now unless the change names it.
   * @throws LeaseLost when another has the lease, or the report was cancelled meanwhile
   */
  save(claim: Claim, change: ReportChange, step: { now: number; note: string; keep?: boolean }): Promise<Report>;
  /** @throws LeaseLost */
  renew(claim: Claim, until: number): Promise<void>;
  /** Ends the lease without a trace: stopping. Never throws for a lost lease. */
  release(claim: Claim): Promise<void>;
  /** Single process only (SQLite): whoever held leases is gone. Postgres: does nothing, leases run out. */
  releaseAll(now: number): Promise<void>;

  /** Changes a report that nobody works on (retry). Undefined when somebody does. */
  change(id: string, change: ReportChange, step: { now: number; note: string }): Promise<Report | undefined>;
  /**
   * `cancelled` at once when nobody works on it, else `isCancelling` and the next `save` of its worker throws LeaseLost and it
   * is cancelled. One that has its issue and is analysed again becomes `filed` instead. Undefined when it had ended.
   */
  cancel(id: string, now: number): Promise<Report | undefined>;

  /** The group's issue in this repository. */
  groupIssue(repo: { owner: string; repo: string }, group: string): Promise<GroupIssue | undefined>;
  /** Waiting followers: state collected, same group, not leased, oldest first. */
  followers(group: string, limit: number): Promise<Report[]>;
  /** Reports that a comment tells of, newest first, and how many there are. */
  commented(commentId: number, limit: number): Promise<{ reports: Report[]; total: number }>;
  /**
   * Ends a filing in one transaction: the claimed report becomes filed, and so do these followers (still collected and free
   * of leases; others are skipped); the group's issue is made or moved, its occurrences and last comment counted.
   * @throws LeaseLost
   */
  file(claim: Claim, filed: Filed, step: { now: number; note: string }): Promise<Report>;

  /** Different fingerprints that this namespace reported since then. */
  countFingerprints(namespace: string, sinceMs: number): Promise<number>;
  /** The newest group of this namespace that starts with `prefix` and got a report since then. */
  newestGroup(namespace: string, prefix: string, sinceMs: number): Promise<string | undefined>;
  /** Filed with a fallback analysis as outcome `created`, created since then, newest first. */
  unanalysed(sinceMs: number, limit: number): Promise<Report[]>;
  /** Tokens counted on reports since then. */
  tokensSince(sinceMs: number): Promise<number>;
  stats(): Promise<Stats>;

  /** Deletes what ended before then, and then the oldest evidence of ended reports beyond so many bytes. Returns how many reports went. */
  purge(endedBefore: number, maxEvidenceBytes: number): Promise<number>;
  /** Writes and rolls back. Throws when it cannot. */
  probe(): Promise<void>;
  close(): Promise<void>;
}

export interface Filed {
  readonly outcome: ReportOutcome;
  readonly issue: IssueRef;
  readonly analysis?: "llm" | "fallback";
  /** The comment that tells of it and of the followers. */
  readonly comment?: { readonly id: number; readonly isNew: boolean };
  readonly followers: readonly string[];
  /** A new issue of the group replaces the one there was. */
  readonly isNewIssue: boolean;
}

export class LeaseLost extends Error {
  constructor(id: string) {
    super(`report ${id} is no longer this worker's`);
    this.name = "LeaseLost";
  }
}
