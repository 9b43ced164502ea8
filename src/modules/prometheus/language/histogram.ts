// The PromQL of quantiles, for classic histograms (le buckets) and native ones. Only validated names get into it.
// https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
import { ToolFailure } from "../../../core/failure.ts";
import { formatDuration } from "./duration.ts";
import { formatMatchers, type Matcher } from "./matchers.ts";
import { parseStep } from "./step.ts";

export interface HistogramQuery {
  /** The metric without _bucket. */
  readonly metric: string;
  readonly quantiles: readonly number[];
  readonly matchers: readonly Matcher[];
  readonly by: readonly string[];
  readonly windowSeconds: number;
}

const SUFFIX = /_(?:bucket|count|sum)$/;

/** The histogram's own name, whichever of its series was named. @throws ToolFailure INVALID_METRIC_NAME */
export function histogramName(name: string): string {
  if (/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) return name.replace(SUFFIX, "");
  throw new ToolFailure("invalid", "INVALID_METRIC_NAME: a metric name has only letters, digits, _ and :", {
    code: "INVALID_METRIC_NAME",
    hint: "Matchers belong into the argument matchers. find_metrics_by_pattern finds names.",
  });
}

/** @throws ToolFailure INVALID_LABEL_NAME */
export function checkGrouping(by: readonly string[]): void {
  for (const label of by) {
    if (/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) && label !== "le" && label !== "quantile") continue;
    const message = `INVALID_LABEL_NAME: cannot group by ${JSON.stringify(label.slice(0, 64))}`;
    const hint = "Label names have only letters, digits and _; le and quantile are used by the query itself.";
    throw new ToolFailure("invalid", message, { code: "INVALID_LABEL_NAME", hint });
  }
}

/** Prometheus's own default, assumed where the datasource file does not say: a window too wide still has an answer. */
const DEFAULT_SCRAPE_SECONDS = 60;

/** The given window, or 4 scrape intervals, a minute and a step at least, so that no sample is passed over. */
export function windowSeconds(given: string | undefined, scrapeSeconds: number | undefined, step: number): number {
  const text = given?.trim() ?? "";
  if (text === "" || text === "auto") return Math.max(60, 4 * (scrapeSeconds ?? DEFAULT_SCRAPE_SECONDS), step);
  const seconds = parseStep(text);
  if (seconds !== undefined) return seconds;
  const message = `INVALID_WINDOW: window ${JSON.stringify(text.slice(0, 64))} must be a positive duration such as 5m.`;
  throw new ToolFailure("invalid", message, { code: "INVALID_WINDOW" });
}

/** One expression per quantile. */
export function quantileQueries(query: HistogramQuery, kind: "classic" | "native"): string[] {
  const { metric, matchers, by, windowSeconds } = query;
  const selector = `${metric}${kind === "classic" ? "_bucket" : ""}${matchers.length > 0 ? `{${formatMatchers(matchers)}}` : ""}`;
  const grouping = [...(kind === "classic" ? ["le"] : []), ...by];
  const sum = `sum${grouping.length > 0 ? ` by (${grouping.join(", ")}) ` : ""}`;
  const rate = `rate(${selector}[${formatDuration(windowSeconds)}])`;
  return query.quantiles.map((quantile) => `histogram_quantile(${quantile}, ${sum}(${rate}))`);
}

/** All quantiles in one request, told apart by the label `quantile`. */
export const combined = (queries: readonly string[], quantiles: readonly number[]): string =>
  queries.map((query, i) => `label_replace(${query}, "quantile", "${quantiles[i]}", "", "")`).join(" or ");
