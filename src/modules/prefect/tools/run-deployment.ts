// prefect_run_deployment: makes one run of a deployment, after looking at all that would keep it from going well.
import { z } from "zod";
import { ToolFailure } from "../../../core/failure.ts";
import type { Tool } from "../../../core/tool.ts";
import type { Deployment } from "../client/shapes.ts";
import { findDeployment } from "../deployments/find.ts";
import { prefectTool, type Call, type Kit } from "../kit.ts";
import { howFull, isFull } from "../pools/full.ts";
import { poolVerdict, type PoolVerdict } from "../pools/verdict.ts";
import { readTime, time } from "../times.ts";
import { checkParameters } from "../writes/parameters.ts";

const TAG = "mcp";
const anything = (what: string) =>
  z.looseObject({}).optional().meta({ description: what, additionalProperties: true, maxProperties: 200 });

export const runDeployment = (kit: Kit): Tool =>
  prefectTool(kit, {
    name: "prefect_run_deployment",
    title: "Run a deployment",
    description:
      "Makes one flow run of a deployment and returns its id, link and state. Use it to start something now or at a time. Before " +
      "that, parameters are checked against the deployment's schema (unknown names are refused) and the work queue must exist; " +
      "warnings tell what will delay the run (paused, NOT_READY, no ONLINE worker). The run gets the tag mcp. With an " +
      "idempotency_key that was used before, the earlier run comes back and created is false.",
    access: "write",
    idempotent: false,
    input: z.strictObject({
      deployment: z.string().min(1).max(400).describe("Id of the deployment, or its name as flow/deployment"),
      parameters: anything("Parameters by name, beside those the deployment sets; an object or its JSON text"),
      tags: z
        .array(z.string().min(1).max(100))
        .max(20)
        .optional()
        .describe("Tags for the run, beside the deployment's"),
      run_name: z.string().min(1).max(200).optional().describe("Name of the run; Prefect makes one up otherwise"),
      scheduled_time: time("When it shall start; now if left out"),
      work_queue: z.string().min(1).max(200).optional().describe("Name of an existing queue of the deployment's pool"),
      job_variables: anything("Job variables that replace the deployment's; an object or its JSON text"),
      idempotency_key: z.string().min(1).max(200).optional().describe("The same key never makes a second run"),
    }),
    output: z.looseObject({
      flow_run_id: z.string(),
      created: z.boolean().describe("False: this idempotency key was used before, and this is the earlier run"),
      url: z.string(),
      warnings: z.array(z.string()),
    }),
    run: async (input, call) => {
      const { clean, api, instance, nowMs } = call;
      const at = readTime("scheduled_time", input.scheduled_time, nowMs);
      const deployment = await findDeployment(call, input.deployment);
      const checked = checkParameters(deployment, input.parameters ?? {});
      if (checked.problems.length > 0) {
        const why = clean.line(checked.problems.slice(0, 10).join("; "), 1_500);
        throw new ToolFailure("invalid", `no run was made: ${why}`, { code: "INVALID_PARAMETERS" });
      }
      const delays = await whatDelays(call, deployment, input.work_queue);
      const { run, isNew } = await api.deployments.createRun(deployment.id, {
        ...(input.run_name === undefined ? {} : { name: input.run_name }),
        ...(input.parameters === undefined ? {} : { parameters: input.parameters }),
        tags: [...new Set([...(input.tags ?? []), TAG])],
        ...(input.idempotency_key === undefined ? {} : { idempotency_key: input.idempotency_key }),
        ...(input.work_queue === undefined ? {} : { work_queue_name: input.work_queue }),
        ...(input.job_variables === undefined ? {} : { job_variables: input.job_variables }),
        ...(at === undefined ? {} : { state: { type: "SCHEDULED", state_details: { scheduled_time: at } } }),
      });
      const replay = isNew
        ? []
        : ["this idempotency_key was used before: nothing new was made, the arguments were not used"];
      return {
        flow_run_id: run.id,
        created: isNew,
        name: clean.line(run.name, 200),
        state: run.state_name ?? run.state_type,
        deployment_id: deployment.id,
        expected_start_time: run.expected_start_time,
        work_pool: run.work_pool_name === undefined ? undefined : clean.line(run.work_pool_name, 200),
        work_queue: run.work_queue_name === undefined ? undefined : clean.line(run.work_queue_name, 200),
        tags: run.tags.map((tag) => clean.line(tag, 100)),
        warnings: [...replay, ...checked.warnings, ...delays].map((text) => clean.line(text, 500)),
        url: instance.links.flowRun(run.id),
      };
    },
  });

/** @throws ToolFailure for a queue that is not there: Prefect would silently make it, and nobody would poll it */
async function whatDelays(call: Call, deployment: Deployment, queue: string | undefined): Promise<string[]> {
  const own = ownDelays(deployment);
  const { work_pool_name: poolName } = deployment;
  if (poolName === undefined) {
    if (queue === undefined)
      return [...own, "the deployment has no work pool: only a process that serves it will run it"];
    throw new ToolFailure(
      "invalid",
      "no run was made: the deployment has no work pool, so work_queue cannot be given",
      {
        code: "NO_WORK_POOL",
      },
    );
  }
  const view = await poolVerdict(call, await call.api.workPools.get(poolName));
  if (queue !== undefined) await mustHaveQueue(call, poolName, queue, view);
  const target = queue ?? deployment.work_queue_name;
  const problems = view.problems.filter((one) => one.queue === undefined || one.queue === target);
  const isNotReady = deployment.status === "NOT_READY" && problems.length === 0 ? ["the deployment is NOT_READY"] : [];
  return [...own, ...isNotReady, ...problems.map(({ text }) => text)];
}

function ownDelays({ paused, global_concurrency_limit: limit, concurrency_options: options }: Deployment): string[] {
  const delays = paused === true ? ["the deployment is paused; a run made by hand is accepted all the same"] : [];
  if (limit === undefined || !isFull(limit)) return delays;
  const then = options?.collision_strategy === "CANCEL_NEW" ? "is cancelled instead of started" : "waits for a slot";
  return [...delays, `the deployment's concurrency limit is full (${howFull(limit)}): the run ${then}`];
}

async function mustHaveQueue({ api }: Call, pool: string, queue: string, { queues }: PoolVerdict): Promise<void> {
  const names = queues.map(({ name }) => name);
  if (names.includes(queue)) return;
  // The view holds the first 200 queues only.
  const [found] = await api.workPools.queues(pool, { work_queues: { name: { any_: [queue] } } }, { limit: 1 });
  if (found !== undefined) return;
  const known = names.slice(0, 20).join(", ");
  throw new ToolFailure(
    "invalid",
    `no run was made: work pool "${pool}" has no queue "${queue}" (Prefect would make it, and nothing would poll it). Known: ${known}`,
    { code: "NO_SUCH_QUEUE" },
  );
}
