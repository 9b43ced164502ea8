// What a person may be typing: names of flows, deployments and work pools. A completion that cannot be had is an empty one.
import { ToolFailure } from "../../core/failure.ts";
import type { Complete } from "../../core/prompt.ts";
import type { Api } from "./client.ts";
import type { Kit } from "./kit.ts";

export interface Completions {
  readonly flows: Complete;
  /** As `flow/deployment`. */
  readonly deployments: Complete;
  readonly workPools: Complete;
}

const OFFERED = 100;
/** Prefect cannot look for a part of a pool's name. */
const MAX_POOLS = 1_000;

/** Of the hub's own Prefect; callers who bring another would be shown names that are none of theirs, so there are none then. */
export function createCompletions({ instances: { fallback, list }, visitors }: Kit): Completions {
  const instance = visitors.isOn ? undefined : (fallback ?? list[0]);
  const offer =
    (read: (api: Api, typed: string) => Promise<string[]>): Complete =>
    async (typed, _given, signal) => {
      if (instance === undefined) return [];
      try {
        return pick(await read(instance.client.api(signal), typed.trim()), typed.trim());
      } catch (error) {
        if (error instanceof ToolFailure) return [];
        throw error;
      }
    };
  return { flows: offer(flowNames), deployments: offer(deploymentNames), workPools: offer(poolNames) };
}

/** Nothing is said of the name when nothing was typed. */
const like = (text: string) => (text === "" ? {} : { name: { like_: text } });

async function flowNames({ flows }: Api, typed: string): Promise<string[]> {
  const found = await flows.filter({ flows: like(typed) }, { limit: OFFERED });
  return found.map(({ name }) => name);
}

/** With a slash: the flow before it, the deployment after it; without one: either. */
async function deploymentNames({ deployments, flows }: Api, typed: string): Promise<string[]> {
  const [flow = "", name] = typed.split("/").map((part) => part.trim());
  const where =
    name === undefined
      ? { deployments: flow === "" ? {} : { flow_or_deployment_name: { like_: flow } } }
      : { flows: like(flow), deployments: like(name) };
  const found = await deployments.filter(where, "NAME_ASC", { limit: OFFERED });
  const ids = [...new Set(found.map((one) => one.flow_id))];
  if (ids.length === 0) return [];
  const names = await flows.filter({ flows: { id: { any_: ids } } }, { limit: ids.length });
  const byId = new Map(names.map((one) => [one.id, one.name]));
  return found.flatMap((one) => {
    const flowName = byId.get(one.flow_id);
    return flowName === undefined ? [] : [`${flowName}/${one.name}`];
  });
}

const poolNames = async ({ workPools }: Api): Promise<string[]> =>
  (await workPools.filter({}, { limit: MAX_POOLS })).map(({ name }) => name);

/** Names that begin with what was typed, then those that contain it. Prefect takes _ and % for wildcards; here they are letters. */
function pick(names: readonly string[], typed: string): string[] {
  const text = typed.toLowerCase();
  const matching = [...new Set(names)].filter((name) => name.toLowerCase().includes(text)).toSorted();
  const begins = (name: string): boolean => name.toLowerCase().startsWith(text);
  return [...matching.filter(begins), ...matching.filter((name) => !begins(name))].slice(0, OFFERED);
}
