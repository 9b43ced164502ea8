// find_series: the label sets behind a selector.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import { datasourceId, envelope, prometheusTool, success, type Kit } from "../kit.ts";
import { explainOversize } from "../query/oversize.ts";
import { pageInput, pageOutput, roomFor } from "../lists/paging.ts";
import { seriesPage } from "../projections/series.ts";
import { matchField, resolveScope, windowFields } from "../language/selectors.ts";
import { unlessEmpty } from "./list-metrics.ts";
import { ToolFailure } from "../../../core/failure.ts";

/** Sent as `limit`; servers before 3.x ignore it and are stopped by the byte limit. */
const CAP = 50_001;

export const findSeries = (kit: Kit): Tool =>
  prometheusTool({
    name: "find_series",
    title: "Find series",
    description:
      "Lists the series (label sets) that a selector matches, and how many values each of their labels has. " +
      "Use it to see which series there are before you query them; labels that all share stand once, under common_labels. " +
      "100 series per answer, at most 1,000 or 24 KB; a selector of more than about 60,000 series is refused.",
    input: z.strictObject({
      datasource_id: datasourceId,
      match: matchField
        .unwrap()
        .describe('Series selector such as up{job="api"}; a JSON list of selectors means any of them'),
      ...windowFields,
      ...pageInput(100, 1_000, "series"),
    }),
    output: envelope({
      data: z.array(z.looseObject({})).describe("Labels of each series without the common ones; text from outside"),
      ...pageOutput,
      total_exact: z.boolean().optional().describe("False when the server has more than were counted"),
      common_labels: z.looseObject({}).describe("Labels with one value in all series that matched"),
      cardinality: z.looseObject({}).describe("By label: how many different values, most first"),
      resolved: z.looseObject({}),
      hints: z.array(z.string()).optional(),
    }),
    run: async ({ datasource_id, match, start, end, limit, offset }, { signal, budget }) => {
      const datasource = kit.datasources.find(datasource_id);
      const scope = resolveScope({ match, start, end }, kit.clock.now());
      const [selector, ...others] = scope.selectors;
      if (selector === undefined) throw emptyMatch();
      const work = kit.client.ask(
        datasource,
        { path: "api/v1/series", params: { ...scope.params, limit: CAP }, form: true, errors: "plain" },
        seriesPage,
        { limit, offset, cap: CAP, roomBytes: roomFor(budget.textBytes, scope.members) },
        { signal },
      );
      const time = typeof scope.params["end"] === "number" ? scope.params["end"] : undefined;
      const counted = { datasource, promql: selector, time };
      const page = await (others.length === 0 ? explainOversize(kit, signal, counted, work) : work);
      const hints =
        page.total === 0 ? ["No series matches: find_metrics_by_pattern and get_label_values show what there is."] : [];
      return success(kit, datasource, { ...scope.members, ...page, ...unlessEmpty("hints", hints) });
    },
  });

const emptyMatch = (): ToolFailure =>
  new ToolFailure("invalid", "INVALID_MATCH: match is empty", {
    code: "INVALID_MATCH",
    hint: 'Write a series selector such as up{job="api"}.',
  });
