// From Prometheus's reply to an answer that fits: raw while it does, then compact, then summary; exact totals, nothing cut silently.
import { oneLine } from "../../../core/clip.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Envelope } from "../projection.ts";
import { compactBuckets, compactMatrix, compactVector } from "./compact.ts";
import {
  byLabels,
  byLastValue,
  FEWEST_ENTRY_BYTES,
  jsonBytes,
  type Answer,
  type Draft,
  type SeriesType,
} from "./draft.ts";
import { bare, fitCut, fitWhole } from "./fit.ts";
import { rawDraft } from "./raw.ts";
import { readReply, type Series } from "./reply.ts";
import { singleAnswer } from "./single.ts";
import { pointCount } from "./stats.ts";
import { SUMMARY_SERIES, summaryDraft } from "./summary.ts";

export type Format = "auto" | "raw" | "compact" | "summary";

export interface FormatOptions {
  readonly format: Format;
  /** The most that JSON.stringify of the answer may weigh. */
  readonly budgetBytes: number;
  /** The most series to show. */
  readonly limit?: number | undefined;
  /** The most buckets per series when points are merged. */
  readonly maxPoints: number;
  /** The step of a range query, in seconds. */
  readonly stepSeconds?: number | undefined;
  /** The query orders its own result (sort, topk): then its first series are kept, not the largest. */
  readonly isOrdered: boolean;
  readonly query: string;
}

/** With fewer buckets than this a curve says less than a summary; who asks for `compact` gets fewer. */
const AUTO_BUCKETS = 30;
const FEWEST_BUCKETS = 10;
const MAX_MESSAGES = 10;

/** @throws ToolFailure INVALID_RESPONSE */
export function formatAnswer(envelope: Envelope, options: FormatOptions): Answer {
  const reply = readReply(envelope);
  const messages = { ...clipped("warnings", envelope.warnings), ...clipped("infos", envelope.infos) };
  const budgetBytes = options.budgetBytes - jsonBytes(messages);
  const answer =
    "sample" in reply
      ? singleAnswer(envelope, reply.type, reply.sample, options.format, budgetBytes)
      : seriesAnswer(envelope, reply.type, reply.series, { ...options, budgetBytes });
  return { ...answer, ...messages };
}

function seriesAnswer(envelope: Envelope, type: SeriesType, series: readonly Series[], options: FormatOptions): Answer {
  const { limit = series.length, isOrdered, maxPoints, stepSeconds } = options;
  const most = Math.min(limit, series.length, Math.ceil(options.budgetBytes / FEWEST_ENTRY_BYTES));
  const isAll = most === series.length;
  const mayFit = most === Math.min(limit, series.length); // else there is no need to try
  const strongest = once(() => (isOrdered ? series.slice(0, most) : byLastValue(series, most)));
  const shown = once(() => (isAll && !isOrdered ? byLabels(series) : strongest()));
  const longest = type === "vector" ? 0 : series.reduce((length, item) => Math.max(length, pointCount(item)), 0);
  const whole = (make: () => Draft) => (mayFit ? fitWhole(make(), type, series.length, options) : undefined);
  const cut = (draft: Draft) => fitCut(draft, type, series.length, options);

  const raw = (list: readonly Series[]) => rawDraft(envelope, type, list);
  const compact = (list: readonly Series[]) =>
    type === "vector" ? compactVector(list) : compactMatrix(list, stepSeconds);
  const buckets = (fewest: number) =>
    first(bucketCounts(longest, maxPoints, fewest).map((count) => () => whole(() => compactBuckets(shown(), count))));
  const summary = () => cut(summaryDraft(type, series, { ...options, limit: options.limit ?? SUMMARY_SERIES }));

  const wholeRaw = () => whole(() => raw(isAll ? series : strongest()));
  const wholeCompact = () => whole(() => compact(shown()));
  const isLong = longest > 2 * FEWEST_BUCKETS;
  const cutCompact = () => cut(isLong ? compactBuckets(strongest(), FEWEST_BUCKETS) : compact(strongest()));
  const attempts: Record<Format, readonly Attempt[]> = {
    raw: [wholeRaw, () => cut(raw(strongest()))],
    compact: [wholeCompact, () => buckets(FEWEST_BUCKETS), cutCompact, summary],
    summary: [summary],
    auto: [wholeRaw, wholeCompact, () => buckets(AUTO_BUCKETS), summary],
  };
  return first(attempts[options.format]) ?? bare(type, series.length);
}

type Attempt = () => Answer | undefined;

/** What the first attempt that succeeds gives. */
function first(attempts: readonly Attempt[]): Answer | undefined {
  for (const attempt of attempts) {
    const answer = attempt();
    if (answer !== undefined) return answer;
  }
  return undefined;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Falling numbers of buckets worth trying; none when they would not make the series shorter. */
function bucketCounts(longest: number, maxPoints: number, fewest: number): number[] {
  if (longest <= 2 * fewest) return [];
  const counts: number[] = [];
  for (let n = Math.min(maxPoints, Math.floor(longest / 2) - 1); n > fewest; n = Math.floor(n * 0.8)) counts.push(n);
  return [...counts, fewest];
}

/** What the backend says about the answer, bounded: it is text from outside. */
function clipped(name: "warnings" | "infos", messages: readonly string[] | undefined): JsonObject {
  if (messages === undefined || messages.length === 0) return {};
  const left = messages.length - MAX_MESSAGES;
  const shown = messages.slice(0, MAX_MESSAGES).map((message) => oneLine(message, 240));
  return { [name]: left > 0 ? [...shown, `and ${left} more`] : shown };
}
