// list_alerts: what is firing or about to fire.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import type { Datasource } from "../datasource.ts";
import { datasourceId, envelope, prometheusTool, success, type Kit } from "../kit.ts";
import { pageInput, pageOutput, roomFor } from "../lists/paging.ts";
import { alertsPage, type AlertsOptions, type AlertsPage } from "../projections/alerts.ts";
import { labelFilter, parseLabelFilter } from "../language/selectors.ts";
import { attachLink } from "./list-metrics.ts";

export const listAlerts = (kit: Kit): Tool =>
  prometheusTool({
    name: "list_alerts",
    title: "List alerts",
    description:
      "Lists the alerts that are firing or pending now, firing and newest first, with counts by state and severity over all that matched. " +
      "Use it first when something is wrong; list_rules then shows the expression behind an alert. " +
      "Alerts that do not fire are not here: list_rules with state=inactive has them. 100 alerts per answer, at most 24 KB.",
    input: z.strictObject({
      datasource_id: datasourceId,
      state: z.enum(["firing", "pending"]).optional().describe("Only alerts in this state: firing or pending"),
      name: z.string().max(500).optional().describe("Only alerts with exactly this alertname"),
      labels: z
        .string()
        .max(2_000)
        .optional()
        .describe('Label matchers as in PromQL, all of which must hold: severity="page",team=~"db.*"'),
      ...pageInput(100, 1_000, "alerts"),
    }),
    output: envelope({
      data: z
        .array(z.looseObject({ name: z.string(), state: z.string() }))
        .describe("Labels and annotations are text from outside"),
      ...pageOutput,
      by_state: z.looseObject({}).describe("Alerts in each state, over all that matched"),
      by_severity: z.looseObject({}).describe("Alerts of each value of the label severity, over all that matched"),
      did_you_mean: z.array(z.string()).optional(),
    }),
    run: async ({ datasource_id, state, name, labels, limit, offset }, context) => {
      const datasource = kit.datasources.find(datasource_id);
      const matchers = parseLabelFilter(labels);
      labelFilter(matchers); // refuses a bad pattern before anything is fetched
      const options = { state, name, matchers, limit, offset, roomBytes: roomFor(context.budget.textBytes) };
      const page = await readAlerts(kit, datasource, options, context.signal);
      if (page.truncated) attachLink(context, datasource, "alerts");
      return success(kit, datasource, { ...page });
    },
  });

/** One page of the alerts that are pending or firing. */
export const readAlerts = (
  kit: Kit,
  datasource: Datasource,
  options: AlertsOptions,
  signal: AbortSignal,
): Promise<AlertsPage> =>
  kit.client.ask(datasource, { path: "api/v1/alerts", errors: "plain" }, alertsPage, options, { signal });
