// What a health check reads from Prometheus: the answer to `query=1`, and the server's build.
import { z } from "zod";
import { ToolFailure } from "../../../core/failure.ts";
import { projection } from "../projection.ts";

/** Prometheus answers with a scalar, VictoriaMetrics with a vector of one. */
const sample = z.tuple([z.number(), z.string()]);
const one = z.union([
  z.looseObject({ resultType: z.literal("scalar"), result: sample.transform(([time]) => time) }),
  z.looseObject({
    resultType: z.literal("vector"),
    result: z.array(z.looseObject({ value: sample })).transform((series) => series[0]?.value[0]),
  }),
]);

/** The evaluation time of `query=1`, in Unix seconds: what the server takes for now. Undefined for an empty answer. */
export const probeQuery = projection("probeQuery", ({ data }, _options: Record<string, never>) => {
  const parsed = one.safeParse(data);
  if (parsed.success) return { time: parsed.data.result };
  throw new ToolFailure("unavailable", "INVALID_RESPONSE: the answer to query=1 is no Prometheus result", {
    code: "INVALID_RESPONSE",
    hint: "The url may point at something that is no Prometheus.",
  });
});

export interface Build {
  readonly version?: string;
  readonly revision?: string;
  readonly goVersion?: string;
  /** Mimir and others name themselves here. */
  readonly application?: string;
}

const shortText = z.string().max(200).optional().catch(undefined);
const build = z
  .object({ version: shortText, revision: shortText, goVersion: shortText, application: shortText })
  .catch({ version: undefined, revision: undefined, goVersion: undefined, application: undefined });

/** https://prometheus.io/docs/prometheus/latest/querying/api/#build-information; what is missing stays out. */
export const buildInfo = projection("buildInfo", ({ data }, _options: Record<string, never>): Build => {
  const known = Object.entries(build.parse(data)).filter(([, text]) => text !== undefined && text !== "");
  return Object.fromEntries(known);
});
