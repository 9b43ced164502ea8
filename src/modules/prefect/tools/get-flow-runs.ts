// prefect_get_flow_runs: runs by everything that operators know them by, the newest first, without those still to come.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import { prefectTool, type Kit } from "../kit.ts";
import { fitPage, openPage, pageOutput } from "../paging.ts";
import { runsInput } from "../runs/input.ts";
import { namesOf } from "../runs/names.ts";
import { mustExist, runsWhere } from "../runs/question.ts";
import { runRow } from "../runs/row.ts";

const NAME = "prefect_get_flow_runs";

export const getFlowRuns = (kit: Kit): Tool =>
  prefectTool(kit, {
    name: NAME,
    title: "List flow runs",
    description:
      "Lists flow runs, the newest first: state and its message, times, how late they started or are, deployment and work pool. " +
      "Use it to find runs by flow, deployment, pool, state or time, for example states [FAILED, CRASHED] since now-1d, or states " +
      "[Late]. All conditions must hold. Runs still to come are hidden unless include_future is true; future_hidden counts " +
      "them. Up to 100 runs a call. For one run in full use prefect_get_flow_run.",
    input: runsInput,
    output: z.looseObject({
      flow_runs: z.array(
        z.looseObject({ id: z.string(), state: z.string(), lateness_s: z.number().optional().describe("Seconds") }),
      ),
      future_hidden: z.number().optional().describe("Runs that match but whose time is still to come"),
      ...pageOutput,
    }),
    run: async (input, call) => {
      const { api, context } = call;
      const page = openPage(NAME, input, call.nowMs);
      const { where, all } = await runsWhere(call, input, page.nowMs);
      const [total, runs, everything] = await Promise.all([
        api.flowRuns.count(where),
        api.flowRuns.filter(where, input.sort, { limit: page.limit, offset: page.offset }),
        all === undefined ? undefined : api.flowRuns.count(all),
      ]);
      const hidden = everything === undefined ? 0 : Math.max(0, everything - total);
      if (total === 0 && hidden === 0) await mustExist(call, input);
      const names = await namesOf(call, runs);
      const { shown, facts } = fitPage(runs, total, page, context.budget.textBytes, (run) => runRow(call, run, names));
      return { flow_runs: shown, ...facts, ...(hidden === 0 ? {} : { future_hidden: hidden, note: noteOn(hidden) }) };
    },
  });

const noteOn = (hidden: number): string =>
  `${hidden === 1 ? "1 run whose time is" : `${hidden} runs whose time is`} still to come: hidden; include_future true shows them`;
