// prefect_get_deployments: what can run, where, when next, and how it went last.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import type { Where } from "../client/queries.ts";
import type { Deployment } from "../client/shapes.ts";
import { splitName } from "../deployments/find.ts";
import { lastRuns, nextRuns } from "../deployments/recent.ts";
import { deploymentRow, fullParts } from "../deployments/row.ts";
import { combine } from "../filters/filter.ts";
import { deploymentFilter, type DeploymentFilter } from "../filters/runs.ts";
import { prefectTool, type Call, type Kit } from "../kit.ts";
import { fitPage, openPage, pageInput, pageOutput, type Page } from "../paging.ts";
import { uuid } from "../uuid.ts";

const MAX_FULL = 5;
/** Prefect cannot filter by status, so that is done here. */
const MAX_SCANNED = 1_000;
const name = (what: string) => z.string().min(1).max(400).optional().describe(what);

const input = z.strictObject({
  id: uuid("Id of a deployment").optional(),
  name: name("Its exact name as flow/deployment"),
  name_contains: name("Part of the deployment's or its flow's name, in any case; % and _ stand for anything"),
  flow_name: name("Exact name of the flow"),
  tags: z.array(z.string().min(1).max(200)).max(20).optional().describe("Tags, all of which it must have"),
  paused: z.boolean().optional().describe("Only paused ones, or only others"),
  work_pool: name("Exact name of the work pool"),
  status: z
    .enum(["READY", "NOT_READY"])
    .optional()
    .describe(`READY or NOT_READY (nobody polls it); looked for in the first ${MAX_SCANNED} that match the rest`),
  filter: deploymentFilter.argument,
  detail: z
    .enum(["summary", "full"])
    .default("summary")
    .describe(`summary, or full: at most ${MAX_FULL}, with parameters and schema`),
  ...pageInput(20, 100, "deployments"),
});

type Input = z.output<typeof input>;

export const getDeployments = (kit: Kit): Tool =>
  prefectTool(kit, {
    name: "prefect_get_deployments",
    title: "Deployments",
    description:
      "Lists deployments with pool and queue, whether they are paused and polled, schedules, the next run, the states of the last " +
      "3 runs (never future ones) and concurrency slots. Use it to find a deployment, or to see why it does not run. At most 100; " +
      `detail=full shows at most ${MAX_FULL}, with parameter schema, parameters, job variables and pull steps, secrets as ***.`,
    input,
    output: z.looseObject({ deployments: z.array(z.looseObject({ id: z.string(), slug: z.string() })), ...pageOutput }),
    run: async (given, call) => {
      const opened = openPage("prefect_get_deployments", given, call.nowMs);
      const isFull = given.detail === "full";
      const page = isFull ? { ...opened, limit: Math.min(opened.limit, MAX_FULL) } : opened;
      const { total, rows, note } = await read(call, whereOf(given), given.status, page);
      if (rows.length === 0 && page.offset === 0) await mustExist(call, given);
      const now = { ...call, nowMs: page.nowMs };
      const [flows, last, next] = await Promise.all([flowNames(call, rows), lastRuns(now, rows), nextRuns(now, rows)]);
      const { shown, facts } = fitPage(rows, total, page, call.context.budget.textBytes, (one) => ({
        ...deploymentRow(call, one, {
          flowName: flows.get(one.flow_id),
          last: last.get(one.id) ?? [],
          next: next.get(one.id)?.[0],
        }),
        ...(isFull ? fullParts(call, one) : {}),
      }));
      return { deployments: shown, ...facts, ...(note === undefined ? {} : { note }) };
    },
  });

function whereOf(given: Input): Where {
  const [flow, deployment] = given.name === undefined ? [] : splitName(given.name);
  const flows = [flow, given.flow_name].filter((one) => one !== undefined);
  const own: DeploymentFilter = {
    ...(given.id === undefined ? {} : { id: { any_: [given.id] } }),
    ...(deployment === undefined ? {} : { name: { any_: [deployment] } }),
    ...(given.name_contains === undefined ? {} : { flow_or_deployment_name: { like_: given.name_contains } }),
    ...(given.tags === undefined ? {} : { tags: { all_: given.tags } }),
    ...(given.paused === undefined ? {} : { paused: { eq_: given.paused } }),
  };
  return {
    deployments: combine(deploymentFilter.parse(given.filter), own),
    ...(flows.length === 0 ? {} : { flows: { name: { any_: [...new Set(flows)] } } }),
    ...(given.work_pool === undefined ? {} : { work_pools: { name: { any_: [given.work_pool] } } }),
  };
}

async function read({ api }: Call, where: Where, status: Input["status"], { limit, offset }: Page) {
  const window = status === undefined ? { limit, offset } : { limit: MAX_SCANNED };
  const [total, rows] = await Promise.all([
    api.deployments.count(where),
    api.deployments.filter(where, "NAME_ASC", window),
  ]);
  if (status === undefined) return { total, rows, note: undefined };
  const found = rows.filter((one) => one.status === status);
  const note =
    total > MAX_SCANNED ? `status was looked for in the first ${MAX_SCANNED} of ${total} deployments` : undefined;
  return { total: found.length, rows: found.slice(offset, offset + limit), note };
}

/** @throws ToolFailure not-found when the one that was named is not there */
async function mustExist({ api }: Call, { id, name: full }: Input): Promise<void> {
  if (id !== undefined) await api.deployments.get(id);
  if (full !== undefined) await api.deployments.named(...splitName(full));
}

async function flowNames({ api }: Call, rows: readonly Deployment[]): Promise<Map<string, string>> {
  const ids = [...new Set(rows.map((one) => one.flow_id))];
  const flows = ids.length === 0 ? [] : await api.flows.filter({ flows: { id: { any_: ids } } }, { limit: ids.length });
  return new Map(flows.map((flow) => [flow.id, flow.name]));
}
