// prefect_get_concurrency_limits: every kind of limit in one list, and who holds the slots.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import { prefectTool, type Kit } from "../kit.ts";
import { allLimits, withHolders } from "../pools/limits.ts";
import { fitPage, openPage, pageInput, pageOutput } from "../paging.ts";

export const getConcurrencyLimits = (kit: Kit): Tool =>
  prefectTool(kit, {
    name: "prefect_get_concurrency_limits",
    title: "Concurrency limits and who holds their slots",
    description:
      "Lists the limits of names (global), tags, deployments, work pools and queues with taken slots, fullest first, and who holds " +
      "them for how long. Use it when runs wait for a slot (AwaitingConcurrencySlot, Late with a live worker). PENDING runs hold " +
      "slots too. At most 10 holders of a limit; Prefect does not tell those of global limits. The first 200 of each kind.",
    input: z.strictObject({
      only_saturated: z.boolean().default(false).describe("Only limits without a free slot"),
      ...pageInput(50, 200, "limits"),
    }),
    output: z.looseObject({
      limits: z.array(
        z.looseObject({ kind: z.string(), name: z.string(), limit: z.number(), active_slots: z.number() }),
      ),
      ...pageOutput,
    }),
    run: async (input, call) => {
      const page = openPage("prefect_get_concurrency_limits", input, call.nowMs);
      const all = await allLimits(call);
      const wanted = input.only_saturated ? all.filter(({ saturated }) => saturated) : all;
      const chosen = wanted.slice(page.offset, page.offset + page.limit);
      const rows = await Promise.all(chosen.map((one) => withHolders(call, one)));
      const { shown, facts } = fitPage(rows, wanted.length, page, call.context.budget.textBytes, (row) => row);
      return { limits: shown, ...facts };
    },
  });
