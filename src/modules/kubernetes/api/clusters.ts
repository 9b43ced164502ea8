// The clusters a caller may name: one for each context that is offered.
import { ToolFailure } from "../../../core/failure.ts";
import { closest } from "../../../core/closest.ts";
import type { Watch } from "../../../core/watch.ts";
import { openCluster, type Cluster } from "./cluster.ts";
import { openConnection } from "./connection.ts";
import type { ConfigSource, ContextList } from "./kubeconfig.ts";

export interface Clusters {
  /** The default one first. */
  readonly names: readonly string[];
  /** Why there are none, or fewer than were named. */
  readonly problems: readonly string[];
  /** The default one without a name. @throws ToolFailure when there is none of this name */
  find(name?: string): Cluster;
  /** Credentials in use, to be taken out of logs. */
  secrets(): readonly string[];
  close(): Promise<void>;
}

export interface ClustersOptions {
  readonly source: ConfigSource;
  /** Of the contexts to offer; none for all. */
  readonly wanted: readonly string[];
  readonly timeoutMs: number;
  readonly watch?: Watch | undefined;
}

/** Never throws: a hub with a broken kubeconfig still serves its other modules, and says why this one is silent. */
export async function openClusters({ source, wanted, timeoutMs, watch }: ClustersOptions): Promise<Clusters> {
  const problems: string[] = [];
  const { contexts, current } = await source.contexts().catch((error: unknown): ContextList => {
    problems.push(error instanceof Error ? error.message : "the kubeconfig cannot be read");
    return { contexts: [], current: undefined };
  });
  const chosen = wanted.length > 0 ? wanted : sortedBy(current, contexts);
  const clusters = chosen.flatMap((name) => {
    const entry = contexts.find((context) => context.name === name);
    if (entry !== undefined)
      return [openCluster({ ...entry, connection: openConnection(name, source, watch), timeoutMs })];
    if (contexts.length > 0) problems.push(`KUBERNETES_CONTEXTS names "${name}", which the kubeconfig does not have`);
    return [];
  });
  if (clusters.length === 0 && problems.length === 0) problems.push("the kubeconfig has no contexts");
  const names = clusters.map(({ name }) => name);
  return {
    names,
    problems,
    find(name) {
      const cluster = name === undefined ? clusters[0] : clusters.find((one) => one.name === name);
      if (cluster !== undefined) return cluster;
      if (names.length === 0) {
        throw new ToolFailure("unavailable", `no cluster: ${problems.join("; ")}`, { code: "NO_CLUSTER" });
      }
      const near = closest(name ?? "", names, 3);
      const known = near.length > 0 ? `did you mean ${near.join(", ")}?` : `there is: ${names.slice(0, 20).join(", ")}`;
      throw new ToolFailure("not-found", `no context "${name}"; ${known}`, { code: "UNKNOWN_CONTEXT" });
    },
    secrets: () => clusters.flatMap((cluster) => cluster.secrets()),
    close: async () => void (await Promise.all(clusters.map((cluster) => cluster.close()))),
  };
}

/** The current context first, as it is the default. */
const sortedBy = (current: string | undefined, contexts: ContextList["contexts"]): string[] => {
  const names = contexts.map(({ name }) => name);
  return current !== undefined && names.includes(current) ? [...new Set([current, ...names])] : names;
};
