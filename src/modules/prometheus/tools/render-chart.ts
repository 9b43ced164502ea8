// render_chart: a range query as a picture, and the same in words for those who cannot see it.
import { z } from "zod";
import { oneLine } from "../../../core/clip.ts";
import type { Tool } from "../../../core/tool.ts";
import { SUMMARY_SERIES } from "../format/summary.ts";
import type { Labels } from "../format/reply.ts";
import { datasourceId, envelope, prometheusTool, type Kit } from "../kit.ts";
import { queryChart } from "../projections/query-chart.ts";
import { checkQuery } from "../language/promql.ts";
import { answerFields, isLong, queryFields, rangeFields, timeout } from "../query/query-fields.ts";
import { hintsFor, range, runQuery } from "../query/run-query.ts";

export const renderChart = (kit: Kit): Tool =>
  prometheusTool({
    name: "render_chart",
    title: "Draw a chart",
    description:
      "Draws an expression over time as a PNG line chart and returns the same series' statistics as text. Use it when a " +
      `person wants to see a development. At most ${SUMMARY_SERIES} lines; the text says how many series were left out.`,
    long: isLong,
    input: z.strictObject({
      datasource_id: datasourceId,
      promql: queryFields.promql,
      ...rangeFields,
      timeout,
      title: z.string().max(120).optional().describe("Title of the chart; default the expression"),
      unit: z.string().max(24).optional().describe("Unit of the values, such as s, bytes, percent or req/s"),
      theme: z.enum(["light", "dark"]).default("light").describe("Colours of the chart: light or dark"),
      width: z.number().int().min(320).max(1600).default(800).describe("Width in pixels; the height follows"),
    }),
    output: envelope({ ...answerFields, chart: z.looseObject({}).describe("What the picture shows") }),
    async run(input, context) {
      checkQuery(input.promql);
      const datasource = kit.datasources.find(input.datasource_id);
      const timing = range(input, datasource, kit.clock.now());
      const { start = 0, end = 0 } = timing.params;
      const { frame, result } = await runQuery(kit, context, {
        datasource,
        promql: input.promql,
        timing,
        timeoutSeconds: input.timeout,
        format: "summary",
        maxPoints: input.max_points,
        projection: queryChart,
      });
      const { answer, lines } = result;
      const { theme, width } = input;
      const height = Math.round(Math.min(800, Math.max(240, width / 2)));
      const chart = { width, height, lines: lines.length, left_out: answer.total - lines.length, theme };
      const members = {
        ...frame,
        ...answer,
        ...(answer.truncated ? { how_to_see_more: "Narrow the selector, or aggregate with sum by (...)." } : {}),
        ...(await hintsFor(kit, context, datasource, input.promql, answer)),
      };
      if (lines.length === 0) return { ...members, chart: { ...chart, note: "nothing to draw" } };
      const title = oneLine(input.title ?? input.promql, 120);
      const subtitle = lines.length < answer.total ? `${lines.length} of ${answer.total} series` : "";
      const png = await kit.charts.draw(
        {
          start,
          end,
          step: result.spacing,
          title,
          theme,
          width,
          height,
          ...(subtitle === "" ? {} : { subtitle }),
          ...(input.unit === undefined ? {} : { unit: input.unit }),
          series: lines.map(({ labels, points }) => ({
            label: spell({ ...result.common, ...labels }) || title,
            points,
          })),
        },
        context.signal,
      );
      context.attach({ type: "image", mimeType: "image/png", bytes: png });
      return { ...members, chart };
    },
  });

/** `name{job="api",code="500"}`, from which the drawer makes legends; empty for a series without labels. */
function spell({ __name__: name = "", ...labels }: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}
