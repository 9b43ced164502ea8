// Prefect's endpoints of deployments, work pools with their queues and workers, and concurrency limits.
import { z } from "zod";
import type { Asker, Window } from "./asker.ts";
import * as infra from "./infra-shapes.ts";
import type { NamedSort, Where, WorkersWhere, WorkPoolsWhere, WorkQueuesWhere } from "./queries.ts";
import * as shapes from "./shapes.ts";

const POST = { method: "POST" } as const;
const GET = { method: "GET" } as const;
const segment = encodeURIComponent;

export interface NewRun {
  readonly name?: string | undefined;
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  readonly enforce_parameter_schema?: boolean | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly idempotency_key?: string | undefined;
  readonly work_queue_name?: string | undefined;
  readonly job_variables?: Readonly<Record<string, unknown>> | undefined;
  readonly state?:
    { readonly type: "SCHEDULED"; readonly state_details: { readonly scheduled_time: string } } | undefined;
}

export const deploymentsApi = ({ ask, rows, count, send }: Asker) => ({
  filter: (where: Where, sort: NamedSort, window: Window) =>
    rows(
      { ...POST, path: "deployments/filter", json: { ...where, sort }, doing: "list deployments" },
      shapes.deployment,
      window,
    ),
  count: (where: Where) => count({ ...POST, path: "deployments/count", json: where, doing: "count deployments" }),
  get: (id: string) =>
    ask(
      {
        ...GET,
        path: `deployments/${id}`,
        doing: `read deployment ${id}`,
        missing: `Deployment ${id} not found (404). Runs keep the id of a deployment that was deleted.`,
      },
      shapes.deployment,
    ),
  named: (flow: string, name: string) =>
    ask(
      {
        ...GET,
        path: `deployments/name/${segment(flow)}/${segment(name)}`,
        doing: `find deployment "${flow}/${name}"`,
        missing: `no deployment is named "${flow}/${name}" (404). prefect_get_deployments with name_contains finds names.`,
      },
      shapes.deployment,
    ),
  /** `isNew` is false when the idempotency key was used before: the earlier run comes back. */
  createRun: async (id: string, json: NewRun) => {
    const request = {
      ...POST,
      isWrite: true,
      path: `deployments/${id}/create_flow_run`,
      json,
      doing: `run deployment ${id}`,
    };
    const reply = await send(request);
    return { run: shapes.flowRun.parse(JSON.parse(new TextDecoder().decode(reply.body))), isNew: reply.status === 201 };
  },
  setPaused: async (id: string, paused: boolean) => {
    const verb = paused ? "pause" : "resume";
    await send({
      ...POST,
      isWrite: true,
      path: `deployments/${id}/${verb}_deployment`,
      doing: `${verb} deployment ${id}`,
    });
  },
});

export const workPoolsApi = ({ ask, rows, count }: Asker) => ({
  filter: (where: WorkPoolsWhere, window: Window) =>
    rows({ ...POST, path: "work_pools/filter", json: where, doing: "list work pools" }, infra.workPool, window),
  count: (where: WorkPoolsWhere) =>
    count({ ...POST, path: "work_pools/count", json: where, doing: "count work pools" }),
  get: (name: string) =>
    ask(
      {
        ...GET,
        path: `work_pools/${segment(name)}`,
        doing: `read work pool "${name}"`,
        missing: `no work pool is named "${name}" (404). prefect_get_work_pools lists them.`,
      },
      infra.workPool,
    ),
  queues: (pool: string, where: WorkQueuesWhere, window: Window) =>
    rows(
      {
        ...POST,
        path: `work_pools/${segment(pool)}/queues/filter`,
        json: where,
        doing: `list the queues of "${pool}"`,
      },
      infra.workQueue,
      window,
    ),
  workers: (pool: string, where: WorkersWhere, window: Window) =>
    rows(
      {
        ...POST,
        path: `work_pools/${segment(pool)}/workers/filter`,
        json: where,
        doing: `list the workers of "${pool}"`,
      },
      infra.worker,
      window,
    ),
  /** Who holds the slots, for each queue; 404 before 3.6.23. */
  slots: (pool: string, runs = 10) =>
    ask(
      {
        ...POST,
        path: `work_pools/${segment(pool)}/concurrency_status`,
        json: { page: 1, limit: 200, flow_run_limit: runs },
        doing: `read who holds the slots of "${pool}"`,
      },
      infra.poolSlots,
    ),
  queueSlots: (queueId: string, runs = 50) =>
    ask(
      {
        ...POST,
        path: `work_queues/${queueId}/concurrency_status`,
        json: { page: 1, limit: runs },
        doing: `read who holds the slots of queue ${queueId}`,
      },
      infra.queueSlots,
    ),
  queueStatus: (queueId: string) =>
    ask(
      { ...GET, path: `work_queues/${queueId}/status`, doing: `read the status of queue ${queueId}` },
      infra.queueStatus,
    ),
});

export const limitsApi = ({ ask, rows }: Asker) => ({
  /** Those of deployments are named `deployment:<id>`, those of tags `tag:<tag>`. */
  global: (window: Window) =>
    rows(
      { ...POST, path: "v2/concurrency_limits/filter", json: {}, doing: "list concurrency limits" },
      shapes.globalLimit,
      window,
    ),
  tags: (window: Window) =>
    rows(
      { ...POST, path: "concurrency_limits/filter", json: {}, doing: "list tag concurrency limits" },
      infra.tagLimit,
      window,
    ),
  tag: (tag: string) =>
    ask(
      { ...GET, path: `concurrency_limits/tag/${segment(tag)}`, doing: `read the limit of tag "${tag}"` },
      infra.tagLimit,
    ),
});

export const versionsApi = ({ ask }: Asker) => ({
  /** The server's own, for example 3.9.1; Cloud has none. */
  server: () => ask({ ...GET, path: "admin/version", doing: "read the server's version" }, z.string()),
  /** The API's, for example 0.8.4. */
  api: () => ask({ ...GET, path: "version", doing: "read the API's version" }, z.string()),
});
