// What the pipeline is made from, and what it is to the rest of the agent.
import type { Registry } from "prom-client";
import type { Clock } from "../../core/clock.ts";
import type { EvidenceSource } from "../../core/evidence.ts";
import type { IssueTracker } from "../../core/issue-tracker.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Log } from "../../core/log.ts";
import type { Redactor } from "../../core/redact.ts";
import type { ReportDesk } from "../../core/report-desk.ts";
import type { Trail } from "../../core/trail.ts";
import type { Analyst } from "../model/index.ts";
import type { ReportStore } from "../store/contract.ts";

export interface PipelineLimits {
  /** From acceptance until a report that waits for the model gets its issue without one. */
  readonly budgetMs: number;
  readonly llmConcurrency: number;
  readonly evidenceConcurrency: number;
  readonly filingConcurrency: number;
  /** A day, in UTC; 0 is no limit. */
  readonly dailyTokens: number;
  /** More different failures of one namespace than this within the window make one issue. */
  readonly stormThreshold: number;
  readonly stormWindowMs: number;
  readonly retentionMs: number;
  readonly evidenceBytes: number;
  /** How long an issue may wait for its tracker before the report is given up. */
  readonly outboxMs: number;
  readonly collectMs: number;
  /** A worker that is silent for so long has lost its report. */
  readonly leaseMs: number;
  /** How often idle lanes look for what other replicas did and what came due; 1,000 by default. */
  readonly pollMs?: number;
}

export interface PipelineOptions {
  /** Stays open when the pipeline closes. */
  readonly store: ReportStore;
  readonly source: EvidenceSource | undefined;
  readonly tracker: IssueTracker | undefined;
  readonly analyst: Analyst | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Registry;
  readonly redactor: Redactor;
  readonly trail: Trail;
  readonly template: "hub" | "seed";
  readonly publicUrl: string | undefined;
  readonly limits: PipelineLimits;
}

export interface Pipeline {
  readonly desk: ReportDesk;
  /** Frees what a killed predecessor held, and begins to work. */
  start(): void;
  /** Stops claiming, aborts what runs and gives it back; takes about a second at most. */
  close(): Promise<void>;
  health(): JsonObject;
}
