// A hub as the chart would start it, without a cluster: the pod's volumes as folders of this machine, its variables, and a client.
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { hashToken } from "../../src/auth/hash-token.ts";
import { readConfig } from "../../src/config.ts";
import { createHub, type Hub } from "../../src/hub.ts";
import { modules } from "../../src/modules.ts";
import { startGitea, type GiteaStandIn } from "../support/gitea-stand-in.ts";
import { silent } from "../support/modules.ts";
import { render, type Manifest } from "./support/helm.ts";
import { deploymentOf, envOf } from "./support/helm-pod.ts";

const TOKEN = "a-token-of-one-client";
const GITEA_TOKEN = "feedface".repeat(5);
const CATALOG = `version: 1
env_sets: { base: { pass: [PATH] } }
programs: { echo: { exec: echo, env: [base] } }
tools:
  say_hello: { description: Says hello., program: echo, argv: [hello], risk: read }
`;

let root: string;
let gitea: GiteaStandIn;
let hub: Hub;
let url: string;

const source = z.object({ name: z.string(), items: z.array(z.object({ key: z.string(), path: z.string() })) });
const volume = z.object({
  name: z.string(),
  secret: z.object({ secretName: z.string() }).optional(),
  configMap: z.object({ name: z.string() }).optional(),
  projected: z.object({ sources: z.array(z.object({ secret: source.optional() })) }).optional(),
});

/** File name -> content, as Kubernetes would mount them. */
function contents(of: z.output<typeof volume>, manifests: readonly Manifest[]): Map<string, string> {
  const data = (kind: string, name: string): Record<string, string> => {
    const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
    const pairs = Object.entries(z.object({ data: z.record(z.string(), z.string()) }).parse(found).data);
    const text = (value: string) => (kind === "Secret" ? Buffer.from(value, "base64").toString() : value);
    return Object.fromEntries(pairs.map(([key, value]) => [key, text(value)]));
  };
  if (of.secret !== undefined) return new Map(Object.entries(data("Secret", of.secret.secretName)));
  if (of.configMap !== undefined) return new Map(Object.entries(data("ConfigMap", of.configMap.name)));
  const sources = (of.projected?.sources ?? []).flatMap(({ secret }) => secret ?? []);
  return new Map(
    sources.flatMap(({ name, items }) =>
      items.map(({ key, path }) => [path, data("Secret", name)[key] ?? ""] as const),
    ),
  );
}

/** The pod's variables, its mounts below our folder. Only addresses differ: loopback, and ports that are free. */
async function mount(manifests: readonly Manifest[]): Promise<Record<string, string>> {
  const deployment = deploymentOf(manifests);
  const { containers, volumes } = deployment.spec.template.spec;
  let env = JSON.stringify(envOf(deployment));
  for (const { name, mountPath } of containers[0]?.volumeMounts ?? []) {
    const folder = join(root, mountPath);
    await mkdir(folder, { recursive: true });
    const files = contents(volume.parse(volumes.find((one) => one.name === name)), manifests);
    for (const [file, text] of files) await writeFile(join(folder, file), text);
    env = env.replaceAll(mountPath, folder);
  }
  const here = { HOST: "127.0.0.1", PORT: "0", HEALTH_METRICS_PORT: "0", PATH: "/usr/bin:/bin" };
  return { ...z.record(z.string(), z.string()).parse(JSON.parse(env)), ...here };
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "ops-hub-pod-"));
  gitea = await startGitea({ token: GITEA_TOKEN });
  const manifests = await render({
    auth: { mode: "token", tokensPath: "/etc/ops-hub/files/tokens.yaml", accessPath: "/etc/ops-hub/files/access.yaml" },
    files: {
      "tokens.yaml": `tokens:\n${hashToken(TOKEN)}`,
      "access.yaml": 'rules: [{ caller: "*", access: read }]\n',
    },
    reportAuth: { modes: ["token"], token: "reports-token" },
    kubernetes: { enabled: false },
    prometheus: {
      datasourcesPath: "/etc/grafana/datasources.yaml",
      datasources: [{ name: "prod", type: "prometheus", url: "http://127.0.0.1:9" }],
    },
    releaseOps: { catalogs: { "tools.yaml": CATALOG } },
    gitea: { host: gitea.url, token: GITEA_TOKEN, owner: "ops", repo: "failures" },
  });
  const config = await readConfig(await mount(manifests), modules);
  hub = await createHub({ config, version: "0.0.0-chart", log: silent, clock: { now: Date.now } });
  ({ url } = await hub.listen());
});
afterAll(async () => {
  await hub?.close();
  await gitea?.close();
  await rm(root, { recursive: true });
});

const call = async (authorization: string) => {
  const reply = await fetch(`${url}/mcp`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json", accept: "application/json, text/event-stream" },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "say_hello", arguments: {} },
    }),
  });
  return { status: reply.status, text: await reply.text() };
};

it("is ready, and says which modules the values switched on", async () => {
  expect((await fetch(`${url}/ready`)).status).toBe(200);
  const health = await (await fetch(`${url}/health`)).text();
  expect(health).toContain('"datasources_configured":1');
  expect(health).not.toContain("GITEA_HOST");
  const named = hub.registry.entries.map(({ module }) => module);
  expect([...new Set(named)].sort()).toEqual(["gitea", "prometheus", "release-ops", "reports"]);
});

it("knows the caller of the token file, and nobody else", async () => {
  const mine = await call(`Bearer ${TOKEN}`);
  expect([mine.status, mine.text]).toEqual([200, expect.stringContaining("hello")]);
  expect((await call("Bearer another")).status).toBe(401);
});

it("takes reports of those who have the reports' token, and keeps them on the state volume", async () => {
  const report = (token: string) =>
    fetch(`${url}/report-failure?mode=async`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ namespace: "ci", pipeline_run: "build-7" }),
    });
  expect((await report("another")).status).toBe(401);
  expect((await report("reports-token")).status).toBe(202);
  expect(await readdir(join(root, "var/lib/ops-hub"), { recursive: true })).toContainEqual(
    expect.stringMatching(/\.db$/),
  );
});
