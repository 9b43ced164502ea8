// Fits a draft into the budget and says honestly what of it is shown.
import type { JsonObject } from "../../../core/json.ts";
import type { FormatOptions } from "./answer.ts";
import { fitting, jsonBytes, type Answer, type Draft, type SeriesType } from "./draft.ts";
import { seriesStats } from "./stats.ts";

type Limits = Pick<FormatOptions, "budgetBytes" | "limit" | "format">;

/** Room for digits that are known only after fitting. */
const SLACK = 32;

/** The draft with all of its series; undefined when they do not fit. */
export function fitWhole(draft: Draft, type: SeriesType, total: number, limits: Limits): Answer | undefined {
  const room = roomFor(draft, type, total, limits);
  const entries = fitting(draft, room);
  return room < 0 || entries.length < draft.series.length ? undefined : finish(draft, type, total, entries, limits);
}

/** The draft with as many of its series as fit; undefined when not even the rest of it does. */
export function fitCut(draft: Draft, type: SeriesType, total: number, limits: Limits): Answer | undefined {
  const room = roomFor(draft, type, total, limits);
  return room < 0 ? undefined : finish(draft, type, total, fitting(draft, room), limits);
}

const roomFor = (draft: Draft, type: SeriesType, total: number, limits: Limits): number =>
  limits.budgetBytes - jsonBytes(assemble(draft, type, total, [], limits)) - SLACK;

/** To raw series belong statistics beside them, when there is room. */
function finish(draft: Draft, type: SeriesType, total: number, entries: readonly JsonObject[], limits: Limits): Answer {
  const answer = assemble(draft, type, total, entries, limits);
  if (draft.format !== "raw" || type !== "matrix" || entries.length === 0) return answer;
  const stats = draft.series.slice(0, entries.length).map((item) => seriesStats(item, false));
  const withStats = { ...answer, stats };
  return jsonBytes(withStats) <= limits.budgetBytes ? withStats : answer;
}

function assemble(
  draft: Draft,
  type: SeriesType,
  total: number,
  entries: readonly JsonObject[],
  limits: Limits,
): Answer {
  const returned = entries.length;
  const isPointsCut = draft.cutsPoints && limits.format !== draft.format;
  const bySeries = draft.format === "summary" || returned === limits.limit ? "series" : "bytes";
  const cutBy = returned < total ? bySeries : isPointsCut || draft.extra["downsampled"] === true ? "points" : undefined;
  return {
    result_type: type,
    format: draft.format,
    total,
    series_total: total,
    returned,
    truncated: cutBy !== undefined,
    has_more: returned < total,
    ...(cutBy === undefined ? {} : { truncated_by: cutBy, how_to_see_more: howToSeeMore(cutBy, draft.format) }),
    ...draft.extra,
    data: draft.data(entries),
  };
}

function howToSeeMore(cutBy: string, format: Draft["format"]): string {
  if (cutBy === "points") return "Narrow the selector or the range, or use a larger step, to see every point.";
  const other = format === "summary" ? "raise limit" : "use format=summary for an overview of all";
  return `Narrow the selector, aggregate with sum by (...) or topk(10, ...), or ${other}.`;
}

/** When labels are so long that not even a summary fits. */
export const bare = (type: SeriesType, total: number): Answer => ({
  result_type: type,
  format: "summary",
  total,
  series_total: total,
  returned: 0,
  truncated: true,
  has_more: total > 0,
  truncated_by: "bytes",
  how_to_see_more: "The labels alone are too long: aggregate with sum by (...).",
  data: { resultType: type, series: [] },
});
