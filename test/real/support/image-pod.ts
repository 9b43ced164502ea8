// A container as the kubelet would start the chart's: its variables, files and volumes, its security context, and whose user it is.
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "./free-port.ts";
import { render, type Values } from "./helm.ts";
import { deploymentOf, envOf, secretsIn, type Deployment } from "./helm-pod.ts";
import type { Child } from "./child.ts";
import type { Engine } from "./image-engine.ts";

export const TOKEN = "a-token-of-one-client";

/** OpenShift gives a namespace its own user, group 0, and its own group for volumes; elsewhere they are the image's and the chart's. */
export interface Identity {
  readonly user: string | undefined;
  readonly fsGroup: number;
}
export const KUBERNETES: Identity = { user: undefined, fsGroup: 1001 };
export const OPENSHIFT: Identity = { user: "1000650000:0", fsGroup: 1_000_650_000 };

export interface PodOptions {
  readonly image: string;
  readonly identity?: Identity;
  readonly prometheusUrl?: string;
  /** Further values of the chart. */
  readonly values?: Values;
}

export interface Pod {
  readonly name: string;
  readonly url: string;
  /** Where the kubelet's probes and Prometheus ask. */
  readonly probesUrl: string;
  log(): string;
  /** One sentence, once the container is gone. */
  readonly exited: Promise<string>;
  /** As the kubelet: the image's stop signal, then a wait. */
  stop(): Promise<unknown>;
  close(): Promise<void>;
}

/** Resolves when the hub says that it is ready. @throws Error with the log when it ends before */
export async function startPod(
  engine: Engine,
  { image, identity = KUBERNETES, prometheusUrl, values = {} }: PodOptions,
): Promise<Pod> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const folder = await mkdtemp(join(tmpdir(), "ops-hub-image-"));
  const manifests = await render({ ...valuesOf(port, metricsPort, prometheusUrl), ...values });
  const deployment = deploymentOf(manifests);
  const mounts = await mountsOf(engine, deployment, secretsIn(manifests), folder, identity.fsGroup);
  const name = `ops-hub-${port}`;
  const args = [...containerOptions(identity), ...variables(envOf(deployment)), ...mounts];
  const child = await engine.startPodman("run", "--rm", "--name", name, ...args, image);
  const log = await untilReady(child);
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    probesUrl: `http://127.0.0.1:${metricsPort}`,
    log,
    exited: child.exited,
    stop: () => engine.podman("stop", "--time", "30", name),
    async close() {
      await engine.podman("rm", "--force", "--time", "0", "--ignore", name);
      await child.exited;
      await engine.asRoot(["rm", "-rf", folder]);
    },
  };
}

/** Resolves with what reads the log. */
async function untilReady(child: Child): Promise<() => string> {
  const lines: string[] = [];
  const log = () => lines.join("\n");
  const { promise: ready, resolve } = Promise.withResolvers<undefined>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    if (line.includes("ops-hub is ready")) resolve(undefined);
  });
  const ended = await Promise.race([ready, child.exited]);
  if (ended !== undefined) throw new Error([ended, log(), child.lastWords()].join("\n"));
  return log;
}

const valuesOf = (port: number, metricsPort: number, prometheusUrl = "http://127.0.0.1:9"): Values => ({
  hub: { port, metricsPort },
  auth: { mode: "token", token: TOKEN },
  reportAuth: { modes: ["token"], token: TOKEN },
  kubernetes: { enabled: false },
  gitea: { host: "http://127.0.0.1:9", token: "a-token-of-the-hub" },
  prometheus: { datasources: [{ name: "prod", type: "prometheus", url: prometheusUrl }] },
});

/** The restricted security context. Limits below those of this machine, which not every root may raise. */
export function containerOptions({ user, fsGroup }: Identity): string[] {
  const restricted =
    "--read-only --read-only-tmpfs=false --tmpfs /tmp:mode=1777 --cap-drop all --security-opt no-new-privileges";
  const limits = "--ulimit nofile=4096:4096 --ulimit nproc=4096:4096";
  // systemd would keep the time of health checks.
  const here = "--network host --health-interval disable";
  const options = [restricted, limits, here].flatMap((text) => text.split(" "));
  return [...options, "--group-add", String(fsGroup), ...(user === undefined ? [] : ["--user", user])];
}

const variables = (env: Readonly<Record<string, string>>): string[] =>
  Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]);

/** Volumes belong to root and to the pod's group, as the kubelet makes them. */
async function mountsOf(
  { asRoot }: Engine,
  { spec }: Deployment,
  secrets: ReadonlyMap<string, string>,
  folder: string,
  fsGroup: number,
): Promise<string[]> {
  const mounts = spec.template.spec.containers[0]?.volumeMounts ?? [];
  const volumes: string[] = [];
  for (const { name, mountPath } of mounts.filter(({ mountPath }) => mountPath !== "/tmp")) {
    const source = join(folder, name);
    // oxlint-disable-next-line no-await-in-loop -- a handful
    await mkdir(source);
    const isState = name === "state";
    for (const [file, content] of isState ? [] : secrets) await writeFile(join(source, file), content);
    volumes.push("--volume", `${source}:${mountPath}${isState ? "" : ":ro"}`);
  }
  await asRoot(["chown", "-R", `0:${fsGroup}`, folder]);
  await asRoot(["chmod", "-R", "u=rwX,g=rX,o=", folder]);
  await asRoot(["chmod", "2770", join(folder, "state")]);
  return volumes;
}
