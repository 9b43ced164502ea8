// get_metric_metadata: type, help and unit, of one metric or of all that a search finds.
import { z } from "zod";
import { oneLine } from "../../../core/clip.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Tool } from "../../../core/tool.ts";
import { attempt } from "../client/attempt.ts";
import type { Datasource } from "../datasource.ts";
import { datasourceId, envelope, prometheusTool, success, type Kit } from "../kit.ts";
import { pageInput, pageOutput, roomFor, type Page } from "../lists/paging.ts";
import { wholeText } from "../language/pattern.ts";
import { baseName, metadataPage, type MetadataOptions, type NamedMetadata } from "../projections/metadata.ts";
import { metricNameField, resolveScope } from "../language/selectors.ts";
import { readMetricNames, unlessEmpty } from "./list-metrics.ts";

export const getMetricMetadata = (kit: Kit): Tool =>
  prometheusTool({
    name: "get_metric_metadata",
    title: "Get metric metadata",
    description:
      "Gives type, help text and unit of a metric, or of all metrics whose name or help contains a text (search). " +
      "Use it to learn what a metric means and whether it needs rate(): counters do, gauges do not. " +
      "For a series name such as x_bucket or x_total it falls back to x and says so in resolved_from. 50 metrics per answer.",
    input: z.strictObject({
      datasource_id: datasourceId,
      metric_name: metricNameField.optional().describe("Exact metric name; left out for all metrics"),
      search: z.string().max(200).optional().describe("Text in the metric's name or help, in any case"),
      ...pageInput(50, 1_000, "metrics"),
    }),
    output: envelope({
      data: z
        .looseObject({ status: z.literal("success"), data: z.looseObject({}) })
        .describe(
          "Prometheus's envelope: data.data is a list of type, help and unit by metric name; text from outside",
        ),
      ...pageOutput,
      resolved: z.looseObject({ metric_name: z.string().optional() }),
      resolved_from: z.string().optional().describe("The name that was asked, when its base name had the metadata"),
      did_you_mean: z.array(z.string()).optional(),
      hints: z.array(z.string()).optional(),
    }),
    run: async ({ datasource_id, metric_name: asked, search, limit, offset }, { signal, budget }) => {
      const datasource = kit.datasources.find(datasource_id);
      const options = { search, limit, offset, roomBytes: roomFor(budget.textBytes, { asked, again: asked }) };
      const first = await read(kit, datasource, asked, options, signal);
      const base = first.total === 0 ? baseName(asked ?? "") : undefined;
      const second = base === undefined ? first : await read(kit, datasource, base, options, signal);
      const [page, name] = second.total > 0 && base !== undefined ? [second, base] : [first, asked];
      const { data, ...facts } = page;
      return success(kit, datasource, {
        data: { status: "success" as const, data: Object.fromEntries(data) },
        ...facts,
        resolved: name === undefined ? {} : { metric_name: name },
        ...(name === asked ? {} : { resolved_from: asked }),
        ...(page.total === 0 ? await explainNothing(kit, datasource, asked, signal) : {}),
      });
    },
  });

// Without `limit`: which metrics a limit keeps is random in Prometheus 2.42.
const read = (
  kit: Kit,
  datasource: Datasource,
  metric: string | undefined,
  options: MetadataOptions,
  signal: AbortSignal,
): Promise<Page<NamedMetadata>> =>
  kit.client.ask(
    datasource,
    { path: "api/v1/metadata", params: { metric }, errors: "discovery" },
    metadataPage,
    options,
    { signal },
  );

/** An unknown metric is a success, as in the seed; one more request looks for the reason. */
async function explainNothing(
  kit: Kit,
  datasource: Datasource,
  name: string | undefined,
  signal: AbortSignal,
): Promise<JsonObject> {
  if (name === undefined) return { hints: ["No metric's name or help contains this; try a shorter text."] };
  const scope = resolveScope({}, kit.clock.now());
  const options = { pattern: wholeText(name), near: name, limit: 1, offset: 0, roomBytes: LOOKUP_BYTES };
  const found = await attempt(readMetricNames(kit, datasource, { scope, options, signal }));
  if (!found.ok) return {};
  const shown = JSON.stringify(oneLine(name, 120));
  if (found.value.total > 0) return { hints: [`${shown} exists but has no metadata: ${WITHOUT}`] };
  const near = found.value.did_you_mean ?? [];
  return { hints: [`No metric is called ${shown} in this datasource.`], ...unlessEmpty("did_you_mean", near) };
}

const LOOKUP_BYTES = 2_048;
const WITHOUT = "recorded and federated metrics have none, nor have those that Prometheus makes itself, such as up.";
