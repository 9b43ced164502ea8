// Replies of query and query_range: as an answer in one of the formats, or as one number.
import { formatAnswer, type FormatOptions } from "../format/answer.ts";
import type { Answer } from "../format/draft.ts";
import { readReply } from "../format/reply.ts";
import { toNumber } from "../format/value.ts";
import { projection, type Envelope } from "../projection.ts";

export const queryAnswer = projection("queryAnswer", formatAnswer);

export interface HistogramOptions extends FormatOptions {
  /** The highest finite bucket; a quantile there may in truth be higher. */
  readonly ceiling?: number | undefined;
}

/** How many points of each `quantile` stand at or above the ceiling, of how many. */
export type Saturation = Readonly<Record<string, { readonly at: number; readonly of: number }>>;

/** An answer whose series carry the label `quantile`, and what is saturated in it. */
export const histogramAnswer = projection(
  "histogramAnswer",
  (envelope, options: HistogramOptions): { answer: Answer; saturation: Saturation } => ({
    answer: formatAnswer(envelope, options),
    saturation: options.ceiling === undefined ? {} : saturationOf(envelope, options.ceiling),
  }),
);

function saturationOf(envelope: Envelope, ceiling: number): Saturation {
  const reply = readReply(envelope);
  const found: Record<string, { at: number; of: number }> = {};
  for (const { labels, samples } of "series" in reply ? reply.series : []) {
    const quantile = labels["quantile"] ?? "";
    const at = samples.filter(([, text]) => toNumber(text) >= ceiling).length;
    const known = found[quantile] ?? { at: 0, of: 0 };
    found[quantile] = { at: known.at + at, of: known.of + samples.length };
  }
  return Object.fromEntries(Object.entries(found).filter(([, { at }]) => at > 0));
}

/** The value of a vector's only element; undefined for an empty vector and anything else. */
export const oneNumber = projection("oneNumber", (envelope, _options: Record<string, never>): number | undefined => {
  const reply = readReply(envelope);
  const sample = "series" in reply ? reply.series[0]?.samples[0] : reply.sample;
  return sample === undefined ? undefined : toNumber(sample[1]);
});
