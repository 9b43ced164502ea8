// Failure reports as the doors see them: POST /report-failure, GET /reports, and the tools of the module `reports`.
import { z } from "zod";
import type { Evidence, FailureTarget } from "./evidence.ts";
import { ToolFailure } from "./failure.ts";
import type { IssueRef } from "./issue-tracker.ts";

/**
 * `received -> collecting -> collected -> (waiting_llm -> analyzing) -> drafted -> filing -> filed`; each step is one committed
 * transaction. `dead` was given up (kept, and told in logs, metrics and /health), `cancelled` by an operator.
 */
export const STATES = [
  "received",
  "collecting",
  "collected",
  "waiting_llm",
  "analyzing",
  "drafted",
  "filing",
  "filed",
  "dead",
  "cancelled",
] as const;
export type ReportState = (typeof STATES)[number];

export const OUTCOMES = ["created", "commented", "reopened", "recorded"] as const;
export type ReportOutcome = (typeof OUTCOMES)[number];

/** What a caller sends, already parsed. */
export interface ReportRequest extends FailureTarget {
  /** The caller's own key: the same key within 24 hours is the same report. */
  readonly idempotencyKey?: string | undefined;
  /** Names to http(s) URLs, for the issue. */
  readonly links: Readonly<Record<string, string>>;
  /** For the issue; text. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** One report as GET /reports/{id} shows it, in its own words. */
export interface ReportView {
  readonly report_id: string;
  readonly state: ReportState;
  readonly outcome: ReportOutcome | null;
  /** RFC 3339, UTC. */
  readonly created_at: string;
  readonly updated_at: string;
  readonly namespace: string;
  /** Only of reports that name one: all others are about the hub's own. */
  readonly cluster?: string;
  readonly pod_name: string;
  readonly container: string | null;
  readonly pipeline_run: string | null;
  /** Tries of the present state. */
  readonly attempts: number;
  readonly issue: IssueRef | null;
  readonly analysis: "llm" | "fallback" | null;
  /** True when another report's issue carries this one. */
  readonly deduplicated: boolean;
  /** What the model counted, input and output. */
  readonly tokens: number;
  readonly last_error: string | null;
  readonly policy_violations: readonly string[];
}

export interface TimelineEntry {
  readonly at: string;
  readonly state: ReportState;
  readonly note: string;
}

export type ReportDetail = ReportView & { readonly timeline: readonly TimelineEntry[] };

export interface ReportFilter {
  readonly state?: ReportState | undefined;
  readonly namespace?: string | undefined;
  /** Only reports about these namespaces of the hub's own cluster. */
  readonly namespaces?: readonly string[] | undefined;
  /** Created at or after this time, in milliseconds. */
  readonly sinceMs?: number | undefined;
  readonly limit: number;
  /** The `next_cursor` of the page before. */
  readonly cursor?: string | undefined;
}

/** Newest first. */
export interface ReportPage {
  readonly reports: readonly ReportView[];
  readonly total: number;
  readonly next_cursor: string | null;
}

export interface Submitted {
  readonly report: ReportView;
  /** False when an earlier report had the same key. */
  readonly isNew: boolean;
}

/** Methods that name a report throw ToolFailure `not-found` when there is none, `invalid` when its state forbids it. */
export interface ReportDesk {
  /** Returns once the report is on disk. @throws ToolFailure unavailable when it cannot be stored */
  submit(request: ReportRequest, signal: AbortSignal): Promise<Submitted>;
  /**
   * Waits until the report is filed, dead, cancelled, or waits for an upstream; at most so long. Returns what it then is.
   */
  settled(id: string, waitMs: number, signal: AbortSignal): Promise<ReportView>;
  get(id: string): Promise<ReportDetail>;
  evidence(id: string): Promise<Evidence | undefined>;
  list(filter: ReportFilter): Promise<ReportPage>;
  /** Namespaces of the hub's own cluster that there are reports about, at most 1,000. */
  namespaces(): Promise<readonly string[]>;
  retry(id: string): Promise<ReportView>;
  cancel(id: string): Promise<ReportView>;
  /** Can reports be stored now? */
  isWritable(): Promise<boolean>;
}

/** The same words whether there is none or the caller may not know of it. */
export const noSuchReport = (id: string): ToolFailure =>
  new ToolFailure("not-found", `no report ${id.slice(0, 60)}; list_reports shows those there are`, {
    code: "NO_SUCH_REPORT",
  });

/** The result line of the seed: what callers print. */
export function resultLine(report: ReportView): string {
  const { outcome, issue, state, report_id } = report;
  if (state !== "filed" || issue === null) return `Report ${report_id} stored`;
  const words = {
    created: "Issue created",
    reopened: "Issue reopened",
    commented: "Issue updated",
    recorded: "Occurrence recorded",
  };
  return `${outcome === null ? "Issue updated" : words[outcome]}: ${issue.url}`;
}

export const reportState = z.enum(STATES);
