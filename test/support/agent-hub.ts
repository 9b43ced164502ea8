// A whole hub with the failure agent, between stand-ins for Kubernetes, Gitea and the model.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino, { type Level } from "pino";
import { reports } from "../../src/agent/index.ts";
import { readConfig } from "../../src/config.ts";
import type { Module } from "../../src/core/module.ts";
import { Trail } from "../../src/core/trail.ts";
import { createHub, type Hub } from "../../src/hub.ts";
import { gitea } from "../../src/modules/gitea/index.ts";
import { kubernetes } from "../../src/modules/kubernetes/index.ts";
import { startGitea, type GiteaStandIn, type IssueState, type StandInOptions } from "./gitea-stand-in.ts";
import { startKubernetes, type KubernetesStandIn } from "./kubernetes-stand-in.ts";
import { startModel, type ModelOptions, type ModelScript, type ModelStandIn } from "./model-stand-in.ts";

export const GITEA_TOKEN = "feedface".repeat(5);
export const MODEL_KEY = "model-key-c0ffee-0123456789";
const MODULES = [kubernetes, gitea, reports];

export interface AgentHubOptions {
  readonly env?: Record<string, string>;
  /** `undefined`: no model is configured. */
  readonly script?: ModelScript | "none";
  readonly model?: ModelOptions;
  readonly gitea?: StandInOptions;
  readonly level?: Level;
  /** Of the hub, and of each that comes after a restart. */
  readonly trail?: () => Trail;
  /** Instead of the three that the agent needs. */
  readonly modules?: readonly Module[];
}

export interface Posted {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
}

export interface AgentHub {
  readonly hub: Hub;
  readonly url: string;
  readonly directory: string;
  readonly kubernetes: KubernetesStandIn;
  readonly gitea: GiteaStandIn;
  readonly model: ModelStandIn;
  /** Everything the hub logged, as text. */
  logged(): string;
  issues(repo?: string): IssueState[];
  report(body: unknown, headers?: Record<string, string>, query?: string): Promise<Posted>;
  get(path: string): Promise<Posted>;
  post(path: string): Promise<Posted>;
  /** Ends the hub alone: its database is then free to be looked at. */
  stop(): Promise<void>;
  /** The same database and stand-ins, a new hub. */
  restart(env?: Record<string, string>): Promise<void>;
  close(): Promise<void>;
}

export async function startAgentHub(options: AgentHubOptions = {}): Promise<AgentHub> {
  const directory = await mkdtemp(join(tmpdir(), "ops-hub-agent-"));
  const cluster = await startKubernetes({ token: "kube-t0ken" });
  const git = await startGitea({ token: GITEA_TOKEN, ...options.gitea });
  const { script } = options;
  const model = await startModel(script === "none" ? undefined : script, { key: MODEL_KEY, ...options.model });
  await writeFile(join(directory, "kubeconfig"), cluster.kubeconfig());
  let lines = "";
  let trail = new Trail();
  const log = pino(
    { level: options.level ?? "debug", mixin: () => trail.fields() },
    { write: (line: string) => void (lines += line) },
  );
  const base: Record<string, string> = {
    PORT: "0",
    HEALTH_METRICS_PORT: "0",
    DRAIN_SECONDS: "2",
    KUBECONFIG: join(directory, "kubeconfig"),
    GITEA_HOST: git.url,
    GITEA_ACCESS_TOKEN: GITEA_TOKEN,
    GITEA_OWNER: "ops",
    GITEA_REPO: "reports",
    GITEA_WRITES_PER_SECOND: "1000",
    DATA_DIR: join(directory, "data"),
    ...(script === "none" ? {} : { LITELLM_URL: model.url, LITELLM_API_KEY: MODEL_KEY }),
    ...options.env,
  };
  const start = async (env: Record<string, string> = {}) => {
    const given = Object.fromEntries(Object.entries({ ...base, ...env }).filter(([, value]) => value !== ""));
    trail = options.trail?.() ?? new Trail();
    const hub = await createHub({
      config: await readConfig(given, options.modules ?? MODULES),
      version: "test",
      log,
      trail,
      clock: { now: Date.now },
    });
    return { hub, url: (await hub.listen()).url };
  };
  let running = await start();
  let stopped: Hub | undefined;
  const stop = async (): Promise<void> => {
    if (stopped !== running.hub) await running.hub.close();
    stopped = running.hub;
  };
  const ask = async (path: string, init?: RequestInit): Promise<Posted> => {
    const reply = await fetch(running.url + path, init);
    const text = await reply.text();
    return { status: reply.status, headers: reply.headers, body: text.startsWith("{") ? JSON.parse(text) : text };
  };
  return {
    get hub() {
      return running.hub;
    },
    get url() {
      return running.url;
    },
    directory,
    kubernetes: cluster,
    gitea: git,
    model,
    logged: () => lines,
    issues: (repo = "ops/reports") => git.repo(repo).issues,
    report: (body, headers = {}, query = "") =>
      ask(`/report-failure${query}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    get: (path) => ask(path),
    post: (path) => ask(path, { method: "POST" }),
    stop,
    async restart(env) {
      await stop();
      running = await start(env);
    },
    async close() {
      await stop();
      await Promise.all([cluster.close(), git.close(), model.close()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
