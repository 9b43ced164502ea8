// get_metric_labels: the labels of one metric, how many values each has, and on demand the most frequent ones.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import { datasourceId, envelope, prometheusTool, success, type Kit } from "../kit.ts";
import { countLabelValues, MAX_COUNTED, MAX_WITH_VALUES, TOP, topLabelValues } from "../lists/label-counts.ts";
import { pageInput, pageOutput, roomFor } from "../lists/paging.ts";
import { namesPage } from "../projections/names.ts";
import { metricNameField, metricSelector, resolveScope, windowFields } from "../language/selectors.ts";
import { unlessEmpty } from "./list-metrics.ts";

const CAP = 10_001;

export const getMetricLabels = (kit: Kit): Tool =>
  prometheusTool({
    name: "get_metric_labels",
    title: "Get metric labels",
    description:
      "Lists the labels of a metric and how many values each has; with with_values also the values that most series have. " +
      "Use it before you filter or aggregate: sum by a label with few values, never by one with thousands. " +
      `Values are counted for the first ${MAX_COUNTED} labels; the ${TOP} most frequent are shown for ${MAX_WITH_VALUES}.`,
    input: z.strictObject({
      datasource_id: datasourceId,
      metric_name: metricNameField,
      ...windowFields,
      with_values: z
        .boolean()
        .default(false)
        .describe(`Also show up to ${TOP} values per label with their number of series, as of end or now`),
      ...pageInput(100, 500, "labels"),
    }),
    output: envelope({
      data: z.array(z.string()).describe("Label names, sorted, without __name__"),
      ...pageOutput,
      cardinality: z.looseObject({}).describe("By label: how many different values it has in the time range"),
      values: z
        .looseObject({})
        .optional()
        .describe("By label: value and number of series, most first; text from outside"),
      values_at: z.string().optional().describe("The moment at which the series were counted"),
      resolved: z.looseObject({ metric_name: z.string() }),
      notes: z.array(z.string()).optional(),
      hints: z.array(z.string()).optional(),
    }),
    run: async ({ datasource_id, metric_name, start, end, with_values, limit, offset }, { signal, budget }) => {
      const datasource = kit.datasources.find(datasource_id);
      const scope = resolveScope({ metric_name, start, end }, kit.clock.now());
      const resolved = { metric_name, ...scope.members.resolved };
      const page = await kit.client.ask(
        datasource,
        { path: "api/v1/labels", params: { ...scope.params, limit: CAP }, form: true, errors: "discovery" },
        namesPage,
        // A third for the names, the rest for what is said about them.
        { limit, offset, cap: CAP, without: "__name__", roomBytes: roomFor(budget.textBytes / 3, resolved) },
        { signal },
      );
      const asking = { kit, datasource, scope, signal };
      const counted = await countLabelValues(asking, page.data);
      const top = with_values
        ? await topLabelValues(asking, metricSelector(metric_name), page.data, budget.textBytes / 3)
        : { members: {}, notes: [] };
      return success(kit, datasource, {
        ...page,
        cardinality: counted.cardinality,
        ...top.members,
        resolved,
        ...unlessEmpty("notes", [...(scope.members.notes ?? []), ...counted.notes, ...top.notes]),
        ...unlessEmpty("hints", page.total === 0 ? hints(metric_name) : []),
      });
    },
  });

const hints = (name: string): string[] => [
  "No such metric in this time range: find_metrics_by_pattern finds names.",
  ...(name.includes("{") ? ["metric_name is a plain name; find_series takes a selector."] : []),
];
