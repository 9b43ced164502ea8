// list_targets: what Prometheus scrapes, the unhealthy first.
import { z } from "zod";
import { ToolFailure } from "../../../core/failure.ts";
import type { Tool } from "../../../core/tool.ts";
import { datasourceId, envelope, prometheusTool, success, type Kit } from "../kit.ts";
import { pageInput, pageOutput, roomFor } from "../lists/paging.ts";
import { targetsPage } from "../projections/targets.ts";

export const listTargets = (kit: Kit): Tool =>
  prometheusTool({
    name: "list_targets",
    title: "List targets",
    description:
      "Lists the targets that Prometheus scrapes, unhealthy ones first with their last error, and how many are up and down per job. " +
      "Use it when metrics are missing or up is 0. " +
      "state=dropped shows instead the targets that relabelling drops, with their discovered labels. 50 targets per answer, at most 24 KB.",
    input: z.strictObject({
      datasource_id: datasourceId,
      state: z
        .enum(["active", "dropped"])
        .default("active")
        .describe("active: scraped targets; dropped: those that relabelling dropped"),
      scrape_pool: z.string().max(500).optional().describe("Only targets of exactly this scrape pool"),
      health: z
        .enum(["up", "down", "unknown"])
        .optional()
        .describe("Only active targets of this health: up, down or unknown"),
      job: z.string().max(500).optional().describe("Only targets with exactly this label job"),
      ...pageInput(50, 1_000, "targets"),
    }),
    output: envelope({
      data: z.array(z.looseObject({})).describe("Labels and errors are text from outside"),
      ...pageOutput,
      by_job: z
        .looseObject({})
        .describe("Per job, over all that matched: targets of each health, or the number dropped"),
      by_health: z.looseObject({}).optional().describe("Active targets of each health, over all that matched"),
      dropped_in_pools: z
        .looseObject({})
        .optional()
        .describe("All that the server dropped per scrape pool, listed or not"),
      did_you_mean: z.array(z.string()).optional(),
    }),
    run: async ({ datasource_id, scrape_pool, state, ...filters }, { signal, budget }) => {
      const datasource = kit.datasources.find(datasource_id);
      if (state === "dropped" && filters.health !== undefined) {
        throw new ToolFailure("invalid", "health applies to state=active only: dropped targets are not scraped", {
          code: "INVALID_ARGUMENT",
        });
      }
      const page = await kit.client.ask(
        datasource,
        // Both states together weigh 22 MB on a large server, the active ones 0.9 MB.
        { path: "api/v1/targets", params: { state, scrapePool: scrape_pool }, errors: "plain" },
        targetsPage,
        { ...filters, state, scrapePool: scrape_pool, roomBytes: roomFor(budget.textBytes) },
        { signal },
      );
      return success(kit, datasource, { ...page });
    },
  });
