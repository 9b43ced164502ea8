// One query from a tool to its answer: checks, times, the bytes that are left for the data, and help when it is empty or too large.
import { byteLength, clipBytes } from "../../../core/clip.ts";
import type { CallContext } from "../../../core/context.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { ApiRequest } from "../client.ts";
import type { Datasource } from "../datasource.ts";
import type { Format } from "../format/answer.ts";
import { jsonBytes, type Answer } from "../format/draft.ts";
import { emptyHints } from "./hints.ts";
import { MAX_QUERY_SECONDS, success, type Kit } from "../kit.ts";
import { explainOversize } from "./oversize.ts";
import type { Projection } from "../projection.ts";
import type { HistogramOptions } from "../projections/query.ts";
import { isOrdered } from "../language/promql.ts";
import { resolveStep } from "../language/step.ts";
import { echoTime, futureNote, parseTime, resolveRange } from "../language/time.ts";

/** Servers since 3.2 stop here; a result of more series is beyond the byte limit anyhow. */
const SERIES_CAP = 100_000;
/** Room for the members that a tool adds to its answer. */
const HEADROOM = 256;

/** When a query is evaluated: what is sent, and what is said about it. */
export interface Timing {
  readonly path: "api/v1/query" | "api/v1/query_range";
  readonly params: Readonly<Record<string, number | undefined>>;
  readonly resolved: JsonObject;
  readonly notes: readonly string[];
  readonly stepSeconds?: number;
  /** Where to count series when the reply is too large. */
  readonly countAt: number | undefined;
}

/** Without a time the server's own clock decides. @throws ToolFailure INVALID_TIME */
export function instant(time: string | undefined, nowMs: number): Timing {
  const parsed = time === undefined || time.trim() === "" ? undefined : parseTime(time, "time", nowMs);
  return {
    path: "api/v1/query",
    params: { time: parsed?.unixSeconds },
    resolved: { time: echoTime(parsed?.unixSeconds ?? nowMs / 1000) },
    notes: [...(parsed?.notes ?? []), ...futureNote("time", parsed?.unixSeconds, nowMs)],
    countAt: parsed?.unixSeconds,
  };
}

export interface RangeInput {
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly step?: string | undefined;
  readonly max_points: number;
}

/** @throws ToolFailure INVALID_TIME, INVALID_TIME_RANGE, INVALID_STEP */
export function range(input: RangeInput, datasource: Datasource, nowMs: number): Timing & { stepSeconds: number } {
  const { start, end, notes } = resolveRange(input, nowMs);
  const { timeIntervalSeconds } = datasource;
  const step = resolveStep({ step: input.step, start, end, maxPoints: input.max_points, timeIntervalSeconds });
  return {
    path: "api/v1/query_range",
    params: { start, end, step: step.seconds },
    resolved: { start: echoTime(start), end: echoTime(end), step: step.seconds, step_source: step.source },
    notes,
    stepSeconds: step.seconds,
    countAt: end,
  };
}

export interface QueryRun<Result> {
  readonly datasource: Datasource;
  readonly promql: string;
  readonly timing: Timing;
  readonly timeoutSeconds: number | undefined;
  readonly format: Format;
  readonly limit?: number | undefined;
  readonly maxPoints: number;
  /** Turns the reply into a result; gets the bytes that are left. */
  readonly projection: Projection<HistogramOptions, Result>;
  /** The highest finite bucket of a classic histogram. */
  readonly ceiling?: number | undefined;
  /** More members of the frame, known before the reply. */
  readonly members?: JsonObject;
  /** Bytes to keep free for members that are known only after the reply. */
  readonly headroom?: number;
}

export interface Ran<Result> {
  /** The answer's members around the result. */
  readonly frame: ReturnType<typeof success<{ query: string; resolved: JsonObject }>>;
  readonly result: Result;
}

/** @throws ToolFailure with a code of failures.ts before its text */
export async function runQuery<Result>(kit: Kit, context: CallContext, run: QueryRun<Result>): Promise<Ran<Result>> {
  const { datasource, promql, timing, projection } = run;
  const query = echoQuery(promql, context.budget.textBytes);
  const notes = query === promql ? timing.notes : [...timing.notes, "the query is shown in part only"];
  const members = { query, resolved: timing.resolved, ...(notes.length === 0 ? {} : { notes }), ...run.members };
  const frame = success(kit, datasource, members);
  const options: HistogramOptions = {
    format: run.format,
    budgetBytes: context.budget.textBytes - jsonBytes(frame) - (run.headroom ?? HEADROOM),
    limit: run.limit,
    maxPoints: run.maxPoints,
    stepSeconds: timing.stepSeconds,
    isOrdered: timing.stepSeconds === undefined && isOrdered(promql),
    query: promql,
    ceiling: run.ceiling,
  };
  const seconds = deadlineSeconds(kit, datasource, run.timeoutSeconds);
  const request: ApiRequest = {
    path: timing.path,
    params: { query: promql, ...timing.params, limit: SERIES_CAP + 1 },
    form: true,
    errors: "query",
  };
  const { signal } = context;
  const work = kit.client.ask(datasource, request, projection, options, { signal, timeoutMs: seconds * 1000 });
  const result = await explainOversize(kit, signal, { datasource, promql, time: timing.countAt }, work);
  return { frame, result };
}

/** The members that explain an empty answer; none for others. */
export const hintsFor = async (
  kit: Kit,
  context: CallContext,
  datasource: Datasource,
  promql: string,
  answer: Answer,
): Promise<JsonObject> => (answer["total"] === 0 ? emptyHints(kit, context.signal, datasource, promql) : {});

export const deadlineSeconds = (kit: Kit, datasource: Datasource, asked: number | undefined): number =>
  Math.min(MAX_QUERY_SECONDS, asked ?? datasource.queryTimeoutSeconds ?? kit.queryTimeoutSeconds);

/** The whole query as long as it leaves half of the answer to the data. */
export function echoQuery(promql: string, textBytes: number): string {
  if (jsonBytes(promql) <= textBytes / 2) return promql;
  // A character may weigh six bytes in JSON.
  return byteLength(promql) <= textBytes / 12 ? promql : `${clipBytes(promql, Math.floor(textBytes / 12))}…`;
}
