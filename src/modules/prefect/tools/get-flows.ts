// prefect_get_flows: which flows there are, how they are deployed, and how each last went.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import { combine } from "../filters/filter.ts";
import { flowFilter, type FlowFilter } from "../filters/runs.ts";
import { prefectTool, type Kit } from "../kit.ts";
import { fitPage, openPage, pageInput, pageOutput } from "../paging.ts";
import { flowFacts } from "../runs/flow-facts.ts";
import { some } from "../runs/row.ts";

const NAME = "prefect_get_flows";
const words = (what: string) => z.array(z.string().min(1).max(200)).max(50).optional().describe(what);

export const getFlows = (kit: Kit): Tool =>
  prefectTool(kit, {
    name: NAME,
    title: "List flows",
    description:
      "Lists flows by name: how many deployments each has, and the state of its last run (runs still to come do not count). Use it " +
      "to find the exact name of a flow, or what exists at all. Up to 100 a call.",
    input: z.strictObject({
      name_contains: z
        .string()
        .min(1)
        .max(200)
        .optional()
        .describe("Only flows whose name holds this text, in any case; _ and % are wildcards"),
      names: words("Only flows of exactly these names"),
      tags: words("Only flows with all of these tags"),
      filter: flowFilter.argument,
      ...pageInput(20, 100, "flows"),
    }),
    output: z.looseObject({
      flows: z.array(z.looseObject({ id: z.string(), name: z.string(), deployments: z.number() })),
      ...pageOutput,
    }),
    run: async (input, call) => {
      const { api, clean, context, instance } = call;
      const page = openPage(NAME, input, call.nowMs);
      const { name_contains: text, names = [], tags = [] } = input;
      const byName = { ...(text === undefined ? {} : { like_: text }), ...(names.length === 0 ? {} : { any_: names }) };
      const own: FlowFilter = {
        ...(Object.keys(byName).length === 0 ? {} : { name: byName }),
        ...(tags.length === 0 ? {} : { tags: { all_: tags } }),
      };
      const wanted = combine(flowFilter.parse(input.filter), own);
      const where = Object.keys(wanted).length === 0 ? {} : { flows: wanted };
      const [total, flows] = await Promise.all([
        api.flows.count(where),
        api.flows.filter(where, { limit: page.limit, offset: page.offset }),
      ]);
      const facts = await flowFacts(call, flows);
      const { shown, facts: paging } = fitPage(flows, total, page, context.budget.textBytes, (flow) => ({
        id: flow.id,
        name: clean.line(flow.name, 200),
        ...(flow.tags.length === 0 ? {} : { tags: flow.tags.slice(0, 10).map((tag) => clean.line(tag, 100)) }),
        ...some("created", flow.created),
        deployments: 0,
        ...facts.get(flow.id),
        url: instance.links.flow(flow.id),
      }));
      return { flows: shown, ...paging };
    },
  });
