// Rows as the database gives them, parsed; and reports as the code knows them.
import { z } from "zod";
import { OUTCOMES, STATES } from "../../core/report-desk.ts";
import { CATEGORIES } from "../analysis.ts";
import type { GroupIssue, Report } from "./contract.ts";
import type { Row } from "./engine.ts";

// PostgreSQL tells 64-bit numbers as text.
const int = z.coerce.number().int();
const text = z.string();
const maybeText = orUndefined(text);
const maybeInt = orUndefined(int);
const words = z.record(text, text);

const targetJson = z.object({
  cluster: text.optional(),
  namespace: text,
  podName: text,
  container: text.optional(),
  pipelineRun: text.optional(),
  taskRun: text.optional(),
  pipelineTask: text.optional(),
  traceparent: text.optional(),
  links: words,
  metadata: words,
});
const draftJson = z.object({ title: text, body: text, labels: z.array(text) });
const intentJson = z.object({
  action: z.enum(["create", "comment", "reopen", "record", "edit"]),
  at: z.number(),
  sentAt: z.number().optional(),
  number: z.number().optional(),
});
const issueJson = z.object({ owner: text, repo: text, number: z.number(), url: text });

const reportRow = z.object({
  seq: int,
  id: text,
  report_key: text,
  state: z.enum(STATES),
  created_at: int,
  updated_at: int,
  state_at: int,
  due_at: int,
  attempts: int,
  target: json(targetJson),
  identity: maybeText,
  fingerprint: maybeText,
  group_key: maybeText,
  category: orUndefined(z.enum(CATEGORIES)),
  cause: maybeText,
  analysis: orUndefined(z.enum(["llm", "fallback"])),
  draft: orUndefined(json(draftJson)),
  intent: orUndefined(json(intentJson)),
  outcome: orUndefined(z.enum(OUTCOMES)),
  issue: orUndefined(json(issueJson)),
  comment_id: maybeInt,
  tokens: int,
  last_error: maybeText,
  violations: json(z.array(text)),
  is_cancelling: int,
  group_turn: maybeInt,
  lease_owner: maybeText,
  lease_until: maybeInt,
});

/** A report, and what only the store knows of it. */
export interface StoredReport {
  readonly report: Report;
  readonly groupTurn: number | undefined;
  readonly lease: { readonly owner: string; readonly until: number } | undefined;
}

export function toStored(row: Row): StoredReport {
  const r = reportRow.parse(row);
  const { lease_owner: owner, lease_until: until } = r;
  const report: Report = {
    seq: r.seq,
    id: r.id,
    key: r.report_key,
    state: r.state,
    createdAt: r.created_at,
    updatedAt: r.updated_at,
    stateAt: r.state_at,
    dueAt: r.due_at,
    attempts: r.attempts,
    target: r.target,
    identity: r.identity,
    fingerprint: r.fingerprint,
    group: r.group_key,
    category: r.category,
    cause: r.cause,
    analysis: r.analysis,
    draft: r.draft,
    intent: r.intent,
    outcome: r.outcome,
    issue: r.issue,
    commentId: r.comment_id,
    tokens: r.tokens,
    lastError: r.last_error,
    violations: r.violations,
    isCancelling: r.is_cancelling === 1,
  };
  return {
    report,
    groupTurn: r.group_turn,
    lease: owner === undefined || until === undefined ? undefined : { owner, until },
  };
}

export const toReport = (row: Row): Report => toStored(row).report;

const groupRow = z.object({
  owner: text,
  repo: text,
  group_key: text,
  number: int,
  url: text,
  report_id: text,
  first_at: int,
  last_at: int,
  occurrences: int,
  comment_id: maybeInt,
  comment_at: maybeInt,
});

export function toGroupIssue(row: Row): GroupIssue {
  const r = groupRow.parse(row);
  return {
    owner: r.owner,
    repo: r.repo,
    number: r.number,
    url: r.url,
    group: r.group_key,
    reportId: r.report_id,
    firstAt: r.first_at,
    lastAt: r.last_at,
    occurrences: r.occurrences,
    commentId: r.comment_id,
    commentAt: r.comment_at,
  };
}

const timelineRow = z.object({ at: int, state: z.enum(STATES), note: text });
export const toTimelineRow = (row: Row): z.output<typeof timelineRow> => timelineRow.parse(row);

/** The one number of a row such as `select count(*) as n`; 0 for NULL and for no row. */
export const numberIn = (row: Row | undefined): number => int.nullish().parse(row?.["n"]) ?? 0;

function json<T extends z.ZodType>(schema: T) {
  return z
    .string()
    .transform((value): unknown => JSON.parse(value))
    .pipe(schema);
}

function orUndefined<T extends z.ZodType>(schema: T) {
  return schema.nullable().transform((value) => value ?? undefined);
}
