// What is written down of who did what, one line each. Nothing here throws: an audit that fails is told, and fails no call.
import type { Caller } from "./caller.ts";
import type { CallRecord, FinishedCall } from "./registry.ts";

interface Answered {
  readonly caller?: Caller | undefined;
  /** Method and path, without the query: `POST /report-failure`. */
  readonly route: string;
  readonly status: number;
  readonly address: string;
}

export interface AuditedReport extends Answered {
  /** What was sent, or the filter that was asked for. */
  readonly arguments: unknown;
  readonly durationMs: number;
  /** Of the answer. */
  readonly bytes: number;
  readonly reportId?: string | undefined;
}

export interface AuditedRefusal extends Answered {
  /** Of the door that refused: http, mcp, reports. */
  readonly door: string;
  /** The message of the refusal. */
  readonly reason: string;
}

export interface Audit {
  /** One finished call of a tool; fits `onCall` of the registry. */
  call(record: CallRecord, call: FinishedCall): void;
  /** One request to the webhook or to the reports that was let in. */
  report(report: AuditedReport): void;
  /** One request that was not. */
  refused(refusal: AuditedRefusal): void;
}

export const NO_AUDIT: Audit = { call: () => undefined, report: () => undefined, refused: () => undefined };
