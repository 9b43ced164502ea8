// The running module: the clusters, the tools on them, and the evidence of failures.
import { z } from "zod";
import { ToolFailure } from "../../core/failure.ts";
import type { ModuleCheck, ModuleStart, RunningModule } from "../../core/module.ts";
import type { Values } from "../../core/settings.ts";
import { openClusters, type Clusters } from "./api/clusters.ts";
import { inCluster, kubeconfigFiles, type ConfigSource } from "./api/kubeconfig.ts";
import { createEvidenceSource } from "./failure/index.ts";
import type { SETTINGS } from "./settings.ts";
import { tools } from "./tools/index.ts";

export async function startKubernetes(start: ModuleStart<typeof SETTINGS>): Promise<RunningModule> {
  const { settings, redactor, clock, log } = start;
  const { contexts: wanted, timeoutSeconds } = settings;
  const watch = start.watch("kubernetes");
  const clusters = await openClusters({ source: sourceOf(settings), wanted, timeoutMs: timeoutSeconds * 1_000, watch });
  for (const problem of clusters.problems) log.warn({ problem }, "kubernetes");
  return {
    tools: tools({ clusters, redactor }),
    services: { evidence: createEvidenceSource({ clusters, redactor, clock }) },
    secrets: () => clusters.secrets(),
    check: (signal) => check(clusters, signal),
    health: () => ({ contexts: [...clusters.names], problems: [...clusters.problems] }),
    close: () => clusters.close(),
  };
}

function sourceOf(settings: Values<typeof SETTINGS>): ConfigSource {
  const { kubeconfig, serviceHost: host = "", servicePort: port, serviceAccountPath: path } = settings;
  return kubeconfig === undefined ? inCluster({ host, port, path }) : kubeconfigFiles(kubeconfig);
}

const version = z.looseObject({ gitVersion: z.string() });

async function check(clusters: Clusters, signal: AbortSignal): Promise<ModuleCheck> {
  const asked = await Promise.all(
    clusters.names.map(async (name) => {
      try {
        const request = { path: "version", verb: "get", resource: "version", signal } as const;
        const { gitVersion } = await clusters.find(name).get(request, version);
        return { ok: true, message: `${name}: ${gitVersion}` };
      } catch (error) {
        if (error instanceof ToolFailure) return { ok: false, message: `${name}: ${error.message}` };
        throw error;
      }
    }),
  );
  const message = [...asked.map((one) => one.message), ...clusters.problems].join("; ");
  return { ok: asked.every(({ ok }) => ok) && clusters.problems.length === 0, message };
}
