// THE list: one import and one line for each module.
import { reports } from "./agent/index.ts";
import type { Module } from "./core/module.ts";
import { gitea } from "./modules/gitea/index.ts";
import { kubernetes } from "./modules/kubernetes/index.ts";
import { prefect } from "./modules/prefect/index.ts";
import { prometheus } from "./modules/prometheus/index.ts";
import { releaseOps } from "./modules/release-ops/index.ts";
import { upstreamModules } from "./modules/upstream/index.ts";

export const modules: readonly Module[] = [prometheus, prefect, gitea, kubernetes, releaseOps, reports];

/** Those, and one for each MCP server that the environment names. These come first: what they can do for the agent counts. */
export async function modulesFor(env: Readonly<Record<string, string | undefined>>): Promise<readonly Module[]> {
  const names = modules.map(({ name }) => name);
  const upstreams = await upstreamModules(env, names);
  const replaced = upstreams.map(({ name }) => name);
  return [...upstreams, ...modules.filter(({ name }) => !replaced.includes(name))];
}
