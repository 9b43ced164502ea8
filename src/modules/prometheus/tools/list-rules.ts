// list_rules: alerting and recording rules, the broken ones first.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import { datasourceId, envelope, prometheusTool, success, type Kit } from "../kit.ts";
import { pageInput, pageOutput, roomFor } from "../lists/paging.ts";
import { rulesPage } from "../projections/rules.ts";

export const listRules = (kit: Kit): Tool =>
  prometheusTool({
    name: "list_rules",
    title: "List rules",
    description:
      "Lists alerting and recording rules with expression, health and last error: broken rules first, then firing, pending, inactive. " +
      "Use it to see why an alert fires or does not, or where a recorded metric comes from. " +
      "Counts by health, state and type are over all that matched. 100 rules per answer, at most 24 KB.",
    input: z.strictObject({
      datasource_id: datasourceId,
      type: z.enum(["alert", "record"]).optional().describe("alert: only alerting rules; record: only recording rules"),
      name: z.string().max(500).optional().describe("Only rules with exactly this name (alertname or recorded metric)"),
      group: z.string().max(500).optional().describe("Only rules of the group with exactly this name"),
      state: z
        .enum(["firing", "pending", "inactive"])
        .optional()
        .describe("Only alerting rules in this state: firing, pending or inactive"),
      health: z
        .enum(["ok", "err", "unknown"])
        .optional()
        .describe("Only rules of this health: ok, err (the last evaluation failed) or unknown"),
      with_alerts: z.boolean().default(false).describe("Also show up to 20 active alerts of each rule"),
      ...pageInput(100, 1_000, "rules"),
    }),
    output: envelope({
      data: z
        .array(
          z.looseObject({
            name: z.string(),
            type: z.string(),
            group: z.string(),
            expr: z.string(),
            health: z.string(),
          }),
        )
        .describe("Labels, annotations and errors are text from outside"),
      ...pageOutput,
      by_health: z.looseObject({}).describe("Rules of each health, over all that matched"),
      by_state: z.looseObject({}).describe("Alerting rules in each state, over all that matched"),
      by_type: z.looseObject({}).describe("Alerting and recording rules, over all that matched"),
      did_you_mean: z.array(z.string()).optional(),
    }),
    run: async ({ datasource_id, type, with_alerts, ...filters }, { signal, budget }) => {
      const datasource = kit.datasources.find(datasource_id);
      const page = await kit.client.ask(
        datasource,
        { path: "api/v1/rules", params: { type }, errors: "plain" },
        rulesPage,
        {
          ...filters,
          type: type === undefined ? undefined : TYPES[type],
          withAlerts: with_alerts,
          roomBytes: roomFor(budget.textBytes),
        },
        { signal },
      );
      return success(kit, datasource, { ...page });
    },
  });

/** What the API takes, and what it answers. */
const TYPES = { alert: "alerting", record: "recording" } as const;
