// query_exemplars: the traces behind a metric.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import { datasourceId, envelope, prometheusTool, success, type Kit } from "../kit.ts";
import { pageInput, pageOutput, roomFor } from "../lists/paging.ts";
import { exemplarsPage } from "../projections/exemplars.ts";
import { checkQuery } from "../language/promql.ts";
import { queryFields, rangeFields } from "../query/query-fields.ts";
import { deadlineSeconds, echoQuery } from "../query/run-query.ts";
import { echoTime, resolveRange } from "../language/time.ts";

export const queryExemplars = (kit: Kit): Tool =>
  prometheusTool({
    name: "query_exemplars",
    title: "Find traces behind a metric",
    description:
      "Lists exemplars, trace ids that were recorded with the samples of an expression's series, newest first. Use it to " +
      "get from a slow or failing metric to a trace. The answer is at most 24 KB, paged.",
    input: z.strictObject({
      datasource_id: datasourceId,
      promql: queryFields.promql,
      start: rangeFields.start,
      end: rangeFields.end,
      ...pageInput(50, 1000, "exemplars"),
    }),
    output: envelope({
      query: z.string(),
      resolved: z.looseObject({ start: z.string(), end: z.string() }).describe("The range as understood"),
      ...pageOutput,
      data: z
        .array(z.looseObject({ time: z.string(), value: z.string() }))
        .describe("Newest first: time, value, trace_id when there is one, the exemplar's labels, its series"),
    }),
    async run(input, context) {
      checkQuery(input.promql);
      const datasource = kit.datasources.find(input.datasource_id);
      const { start, end, notes } = resolveRange(input, kit.clock.now());
      const resolved = { start: echoTime(start), end: echoTime(end) };
      const query = echoQuery(input.promql, context.budget.textBytes);
      const frame = success(kit, datasource, { query, resolved, ...(notes.length === 0 ? {} : { notes }) });
      const page = await kit.client.ask(
        datasource,
        { path: "api/v1/query_exemplars", params: { query: input.promql, start, end }, form: true, errors: "query" },
        exemplarsPage,
        { limit: input.limit, offset: input.offset, roomBytes: roomFor(context.budget.textBytes, frame) },
        { signal: context.signal, timeoutMs: deadlineSeconds(kit, datasource, undefined) * 1000 },
      );
      return { ...frame, ...page, ...(page.total === 0 ? { hints: EMPTY_HINTS } : {}) };
    },
  });

const EMPTY_HINTS = [
  "Exemplars are stored only when Prometheus runs with --enable-feature=exemplar-storage and the target sends them.",
  "They stand on counters and on the _bucket series of histograms: name such a metric, and try a wider range.",
];
