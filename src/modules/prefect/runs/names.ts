// Names of what runs point at, asked for many runs at once: runs themselves hold ids only.
import type { Deployment, Flow } from "../client/shapes.ts";
import type { Call } from "../kit.ts";
import { isUuid } from "../uuid.ts";
import { ToolFailure } from "../../../core/failure.ts";
import { oneLine } from "../../../core/clip.ts";

/** Ids of one `any_`, and the largest page. */
const BATCH = 200;

export interface Names {
  /** Undefined for a flow that was deleted. */
  flow(id: string | undefined): string | undefined;
  /** As `flow/deployment`; undefined for a deployment that was deleted. */
  deployment(id: string | undefined): string | undefined;
}

interface Pointing {
  readonly flow_id?: string | undefined;
  readonly deployment_id?: string | undefined;
}

/** Two requests for up to 200 different flows and deployments; fewer when nothing points at one. */
export async function namesOf(call: Call, runs: readonly Pointing[]): Promise<Names> {
  const isTold = runs.every((run) => run.flow_id !== undefined || run.deployment_id === undefined);
  const reading = deploymentsOf(call, runs);
  // A run names its flow; what names a deployment only must wait for that.
  const [flows, deployments] = await Promise.all([
    flowsOf(call, isTold ? runs : [...runs, ...(await reading)]),
    reading,
  ]);
  return namesFrom(call, flows, deployments);
}

export const flowsOf = ({ api }: Call, pointing: readonly Pointing[]): Promise<Flow[]> =>
  inBatches(
    pointing.map(({ flow_id: id }) => id),
    (ids) => api.flows.filter({ flows: { id: { any_: ids } } }, { limit: BATCH }),
  );

export const deploymentsOf = ({ api }: Call, pointing: readonly Pointing[]): Promise<Deployment[]> =>
  inBatches(
    pointing.map(({ deployment_id: id }) => id),
    (ids) => api.deployments.filter({ deployments: { id: { any_: ids } } }, "NAME_ASC", { limit: BATCH }),
  );

export function namesFrom({ clean }: Call, flows: readonly Flow[], deployments: readonly Deployment[]): Names {
  const flowNames = new Map(flows.map(({ id, name }) => [id, clean.line(name, 200)]));
  const slugs = new Map(
    deployments.map(({ id, name, flow_id: flow }) => [id, `${flowNames.get(flow) ?? "?"}/${clean.line(name, 200)}`]),
  );
  return { flow: (id) => flowNames.get(id ?? ""), deployment: (id) => slugs.get(id ?? "") };
}

async function inBatches<Row>(
  given: readonly (string | undefined)[],
  read: (ids: string[]) => Promise<Row[]>,
): Promise<Row[]> {
  const ids = [...new Set(given.filter((id) => id !== undefined))];
  const batches = Array.from({ length: Math.ceil(ids.length / BATCH) }, (_, i) =>
    ids.slice(BATCH * i, BATCH * (i + 1)),
  );
  return (await Promise.all(batches.map(read))).flat();
}

/** The id of a deployment given as id or as `flow/deployment`; an id is taken as it is. @throws ToolFailure */
export async function deploymentId({ api }: Call, given: string): Promise<string> {
  if (isUuid(given)) return given.trim();
  const [flow = "", name = "", more] = given.split("/").map((part) => part.trim());
  if (flow === "" || name === "" || more !== undefined) {
    throw new ToolFailure(
      "invalid",
      `deployment '${oneLine(given, 60)}' is neither an id nor flow/deployment; prefect_get_deployments with name_contains finds names`,
    );
  }
  return (await api.deployments.named(flow, name)).id;
}
