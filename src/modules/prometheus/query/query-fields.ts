// The inputs that the query tools share.
import { z } from "zod";
import { MAX_QUERY_SECONDS } from "../kit.ts";

/** Longer than the 10,000 characters that are allowed, so that the refusal is the seed's (promql.ts). */
const promql = z.string().max(1_000_000).describe("PromQL expression, at most 10,000 characters");

const time = z.string().max(64).optional();
const FORMS = "RFC3339, a date, Unix seconds, now-1h, now/d or 1h (= an hour ago)";

export const queryFields = {
  promql,
  format: z
    .enum(["auto", "raw", "compact", "summary"])
    .default("auto")
    .describe(
      "auto: raw while it fits, else compact, else summary. raw: Prometheus's own JSON. compact: shared labels and times " +
        "once, 4 digits. summary: totals and statistics",
    ),
  limit: z.number().int().min(1).max(10_000).optional().describe("Most series to show; default as many as fit"),
};

export const timeout = z
  .number()
  .int()
  .min(1)
  .max(MAX_QUERY_SECONDS)
  .optional()
  .describe(`Deadline in seconds, at most ${MAX_QUERY_SECONDS}`);

export const evaluationTime = time.describe(`Evaluation time: ${FORMS}; default now`);

export const rangeFields = {
  start: time.describe(`Start of the range: ${FORMS}; default now-1h`),
  end: time.describe("End of the range, in the same forms; default now"),
  step: z.string().max(32).optional().describe("Resolution such as 30s, 5m or seconds; default chosen from the range"),
  max_points: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(120)
    .describe("With no step: the most steps per series. With a step: the most buckets when points must be merged"),
};

/** The output members of an answer made by format/answer.ts. */
const messages = z.array(z.string()).optional();

/** The output members of an answer made by format/answer.ts, in the order in which they are shown: the data last. */
export const answerFields = {
  query: z.string().describe("The expression that was run"),
  resolved: z.looseObject({}).describe("The times and step as understood"),
  notes: messages.describe("What was assumed about the arguments"),
  result_type: z.enum(["vector", "matrix", "scalar", "string"]),
  format: z.enum(["raw", "compact", "summary"]).describe("The format that was used"),
  total: z.number().describe("Series in the whole result"),
  series_total: z.number().optional(),
  returned: z.number().describe("Series shown"),
  truncated: z.boolean().describe("True when series or points were left out"),
  has_more: z.boolean(),
  truncated_by: z.enum(["series", "points", "bytes"]).optional(),
  how_to_see_more: z.string().optional(),
  downsampled: z
    .boolean()
    .optional()
    .describe("True when points were merged into buckets with their lowest and highest"),
  warnings: messages.describe("From the server, for example about partial data"),
  infos: messages.describe("From the server"),
  hints: messages.describe("Why the answer may be empty"),
  did_you_mean: z.looseObject({}).optional().describe("Existing names near to unknown ones"),
  stats: z
    .array(z.looseObject({}))
    .optional()
    .describe("raw range answers: count, min, max, avg, first, last, delta of each series, in its order"),
  data: z.looseObject({}).describe("raw: Prometheus's envelope (series at data.data.result); else the format's own"),
};

/** A call that waits about a minute or more needs a stream that is kept alive. */
export const isLong = (input: Readonly<Record<string, unknown>>): boolean => Number(input["timeout"] ?? 0) > 45;
