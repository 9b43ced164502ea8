// The hub as its own process, between stand-ins that outlive it: for tests that kill it.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startGitea, type GiteaStandIn } from "../../support/gitea-stand-in.ts";
import { startKubernetes, type KubernetesStandIn } from "../../support/kubernetes-stand-in.ts";
import { startModel, type ModelStandIn } from "../../support/model-stand-in.ts";
import { startChild, type Child } from "./child.ts";

const MAIN = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));
const TOKEN = "gt0ken0123456789abcdef0123456789abcdef01";

export interface AgentProcess {
  readonly url: string;
  /** Calls back with every line that the hub logs. */
  onLine(listener: (line: string) => void): void;
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and wait. */
  end(): Promise<void>;
}

/** What stays when the hub dies. */
export interface AgentGround {
  readonly kubernetes: KubernetesStandIn;
  readonly gitea: GiteaStandIn;
  readonly model: ModelStandIn;
  /** Starts a hub on the ground's database; resolves when it listens. */
  start(env?: Record<string, string>): Promise<AgentProcess>;
  close(): Promise<void>;
}

export async function startAgentGround(options: { modelDelayMs?: number } = {}): Promise<AgentGround> {
  const directory = await mkdtemp(join(tmpdir(), "ops-hub-agent-"));
  const kubernetes = await startKubernetes({ token: "kube" });
  const gitea = await startGitea({ token: TOKEN });
  const model = await startModel(undefined, { delayMs: options.modelDelayMs ?? 0 });
  await writeFile(join(directory, "kubeconfig"), kubernetes.kubeconfig());
  const running = new Set<Child>();
  const base = {
    PATH: process.env["PATH"] ?? "",
    PORT: "0",
    HEALTH_METRICS_PORT: "0",
    LOG_LEVEL: "debug", // info at least: its address stands in the log
    DRAIN_SECONDS: "2",
    KUBECONFIG: join(directory, "kubeconfig"),
    GITEA_HOST: gitea.url,
    GITEA_ACCESS_TOKEN: TOKEN,
    GITEA_OWNER: "ops",
    GITEA_REPO: "reports",
    LITELLM_URL: model.url,
    DATA_DIR: join(directory, "data"),
  };
  return {
    kubernetes,
    gitea,
    model,
    async start(env = {}) {
      const child = await startChild(process.execPath, [MAIN], { ...base, ...env });
      running.add(child);
      void child.exited.then(() => running.delete(child));
      const listeners: ((line: string) => void)[] = [];
      const ready = Promise.withResolvers<string>();
      createInterface({ input: child.stdout }).on("line", (line) => {
        const url = /"url":"(http:[^"]+)\/mcp"/.exec(line)?.[1];
        if (url !== undefined) ready.resolve(url);
        for (const listener of listeners) listener(line);
      });
      void child.exited.then((how) => ready.reject(new Error(`${how}: ${child.lastWords()}`)));
      return {
        url: await ready.promise,
        onLine: (listener) => void listeners.push(listener),
        async kill() {
          process.kill(child.pid, "SIGKILL");
          await child.exited;
        },
        end: () => child.end(10_000),
      };
    },
    async close() {
      await Promise.all([...running].map((child) => child.end(0)));
      await Promise.all([kubernetes.close(), gitea.close(), model.close()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A pod that failed in its own way: `n` makes another failure, which no fingerprint takes for the same. */
export function addFailedPod(
  kubernetes: KubernetesStandIn,
  namespace: string,
  n: number,
): { namespace: string; pod_name: string } {
  const pod = `${wordOf(n)}-runner`;
  const at = "2026-11-25T10:00:00Z";
  kubernetes.objects.push({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: pod, namespace, uid: `uid-${namespace}-${n}`, labels: {}, creationTimestamp: at },
    spec: { containers: [{ name: "app", image: "registry.test/app:1" }] },
    status: {
      phase: "Failed",
      containerStatuses: [
        {
          name: "app",
          restartCount: 0,
          ready: false,
          image: "registry.test/app:1",
          state: { terminated: { exitCode: 1, reason: "Error", startedAt: at, finishedAt: at } },
        },
      ],
    },
  });
  const text = `Error: cannot find module '${wordOf(n)}'`;
  kubernetes.logs.set(`${namespace}/${pod}/app`, [
    { at, text: "starting" },
    { at, text },
  ]);
  return { namespace, pod_name: pod };
}

/** Letters alone: fingerprints do not look at numbers. */
const wordOf = (n: number): string =>
  ["quiet", "green", "heavy", "round", "early", "plain", "short", "loud", "cold", "dry"][n % 10] +
  Array.from(String(Math.floor(n / 10)), (digit) => "abcdefghij"[Number(digit)]).join("");
