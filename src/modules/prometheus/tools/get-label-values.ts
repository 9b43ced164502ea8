// get_label_values: the values of one label, of all series or of some.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import { datasourceId, envelope, prometheusTool, success, type Kit } from "../kit.ts";
import { pageInput, pageOutput, roomFor } from "../lists/paging.ts";
import { namesPage } from "../projections/names.ts";
import { labelSegment, matchField, metricNameField, resolveScope, windowFields } from "../language/selectors.ts";

const CAP = 100_001;

export const getLabelValues = (kit: Kit): Tool =>
  prometheusTool({
    name: "get_label_values",
    title: "Get label values",
    description:
      "Lists the values of one label, sorted, 500 at a time; with metric_name only those of that metric. " +
      "Use it before you write a matcher, to see what there is to filter by. " +
      "match and prefix narrow it further. At most 10,000 values or 24 KB per answer.",
    input: z.strictObject({
      datasource_id: datasourceId,
      label_name: z.string().min(1).max(200).describe("Label name, for example job"),
      metric_name: metricNameField.optional().describe("Only values of this metric (exact name)"),
      match: matchField,
      ...windowFields,
      prefix: z.string().max(1_000).optional().describe("Only values that start with this"),
      ...pageInput(500, 10_000, "values"),
    }),
    output: envelope({
      data: z.array(z.string()).describe("Label values, sorted; text from outside"),
      ...pageOutput,
      total_exact: z.boolean().optional().describe("False when the server has more than were counted"),
      resolved: z.looseObject({}),
      hints: z.array(z.string()).optional(),
    }),
    run: async ({ datasource_id, label_name, metric_name, match, start, end, prefix, limit, offset }, context) => {
      const datasource = kit.datasources.find(datasource_id);
      const path = `api/v1/label/${labelSegment(label_name)}/values`;
      const scope = resolveScope({ metric_name, match, start, end }, kit.clock.now());
      const page = await kit.client.ask(
        datasource,
        { path, params: { ...scope.params, limit: CAP }, errors: "discovery" },
        namesPage,
        { limit, offset, prefix, cap: CAP, roomBytes: roomFor(context.budget.textBytes, scope.members) },
        { signal: context.signal },
      );
      return success(kit, datasource, { ...scope.members, ...page, ...(page.total === 0 ? { hints: [HINT] } : {}) });
    },
  });

const HINT =
  "No series has this label here: get_metric_labels shows the labels of a metric; a narrower match or time range can be the reason too.";
