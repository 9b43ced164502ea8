// A cluster with a small shop in it, and the module started against it.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubernetes } from "../../../src/modules/kubernetes/index.ts";
import {
  startKubernetes,
  type KubeObject,
  type KubernetesStandIn,
  type StandInOptions,
} from "../../support/kubernetes-stand-in.ts";
import { startModule, type TestHub } from "../../support/modules.ts";
import type { Traced } from "../../support/spans.ts";

export const TOKEN = "kube-token-canary-0123456789";

export interface Ground {
  cluster: KubernetesStandIn;
  hub: TestHub;
  folder: string;
  close(): Promise<void>;
}

export interface GroundOptions extends Partial<StandInOptions> {
  readonly contexts?: readonly string[];
  readonly user?: Record<string, unknown>;
  readonly env?: Record<string, string>;
  readonly traced?: Traced;
}

export async function startGround({
  contexts,
  user,
  env = {},
  traced,
  ...options
}: GroundOptions = {}): Promise<Ground> {
  const cluster = await startKubernetes({ token: TOKEN, ...options });
  const folder = await mkdtemp(join(tmpdir(), "ops-hub-kubernetes-"));
  const file = join(folder, "config");
  await writeFile(file, cluster.kubeconfig(contexts, user));
  const hub = await startModule(kubernetes, { KUBECONFIG: file, ...env }, undefined, traced?.metrics, traced?.given);
  const close = async (): Promise<void> => {
    await hub.close();
    await cluster.close();
    await rm(folder, { recursive: true });
  };
  return { cluster, hub, folder, close };
}

interface PodParts {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly phase?: string;
  readonly annotations?: Record<string, string>;
  readonly init?: readonly object[];
  readonly containers: readonly ({ name: string } & Record<string, unknown>)[];
}

interface Made {
  readonly name: string;
  readonly state?: object;
  readonly lastState?: object;
  readonly restartCount?: number;
}

const statusOf = ({ name, state = { running: {} }, lastState = {}, restartCount = 0 }: Made) => ({
  name,
  ready: "running" in state,
  restartCount,
  state,
  lastState,
});

export const pod = ({
  name,
  namespace = "shop",
  labels = {},
  phase = "Running",
  annotations,
  init = [],
  containers,
}: PodParts): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name,
    namespace,
    labels,
    creationTimestamp: "2026-11-25T11:00:00Z",
    managedFields: [{ manager: "kubelet" }],
    ...(annotations === undefined ? {} : { annotations }),
  },
  spec: {
    nodeName: "node-1",
    containers: containers.map((one) => ({ name: one.name, image: "registry.example/shop:1" })),
    initContainers: (init as Made[]).map((one) => ({ name: one.name, image: "registry.example/init:1" })),
  },
  status: {
    phase,
    initContainerStatuses: (init as Made[]).map(statusOf),
    containerStatuses: (containers as readonly Made[]).map(statusOf),
  },
});

export const exited = (exitCode: number, finishedAt = "2026-11-25T11:05:00Z", more: object = {}) => ({
  terminated: { exitCode, reason: exitCode === 0 ? "Completed" : "Error", finishedAt, ...more },
});

/** Log lines one second apart. */
export const lines = (...texts: (string | Uint8Array)[]) =>
  texts.map((text, i) => ({ at: new Date(Date.parse("2026-11-25T11:00:00Z") + i * 1_000).toISOString(), text }));
