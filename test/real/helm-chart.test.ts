// The chart as helm renders it: lint, a matrix of installations, what must be refused, and that the hub takes the settings it would get.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "js-yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { readConfig } from "../../src/config.ts";
import { modules } from "../../src/modules.ts";
import { CHART, helm, refusal, render, withValues, type Values } from "./support/helm.ts";
import { ALWAYS, MATRIX, REFUSED } from "./support/helm-matrix.ts";
import { deploymentOf, envOf, secretsIn } from "./support/helm-pod.ts";
import { chartSettings } from "./support/helm-settings.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ops-hub-helm-env-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** As in the pod, but each secret's file in our folder; those of Secrets that are not the release's hold a word. */
async function asOnThisMachine(env: Record<string, string>, secrets: ReadonlyMap<string, string>) {
  const here = { ...env };
  for (const name of Object.keys(env).filter((name) => name.endsWith("_FILE"))) {
    const variable = name.replace(/_FILE$/, "");
    here[name] = join(folder, variable);
    const word = variable === "DATABASE_URL" ? "postgres://hub:word@db/hub" : "word";
    await writeFile(join(folder, variable), secrets.get(variable) ?? word);
  }
  return here;
}

describe.each(Object.entries(MATRIX))("%s", (_, row) => {
  it("passes lint --strict, renders these kinds, and the hub takes its settings", async () => {
    const manifests = await render(row.values, row);
    expect(manifests.map(({ kind }) => kind).sort()).toEqual(
      [...ALWAYS, ...row.adds].filter(isRendered(row.values)).sort(),
    );
    const env = await asOnThisMachine(envOf(deploymentOf(manifests)), secretsIn(manifests));
    await expect(readConfig(env, modules)).resolves.toBeDefined();
    const files = (row.files ?? []).flatMap((file) => ["--values", join(CHART, file)]);
    await withValues(row.values, (path) => helm("lint", CHART, "--strict", ...files, "--values", path));
  });
});

const isRendered = (values: Readonly<Record<string, unknown>>) => (kind: string) =>
  kind !== "ServiceAccount" || JSON.stringify(values["serviceAccount"] ?? {}) === "{}";

describe("helm refuses", () => {
  it.each(Object.entries(REFUSED))("%s", async (_, [values, words]) => {
    expect(await refusal(values)).toMatch(words);
  });
});

it("every setting of the code reaches the pod from its value, secrets as files from a Secret", async () => {
  const fixed: Record<string, string> = { AUTH_MODE: "active", REPORT_AUTH: "k8s" };
  const settings = chartSettings().map((setting, n) => ({
    ...setting,
    text: fixed[setting.field.env] ?? `${700 + n}`,
  }));
  const values: Record<string, Record<string, string>> = {};
  for (const { block, key, text } of settings) (values[block] ??= {})[key] = text;
  const manifests = await render(values);
  const env = envOf(deploymentOf(manifests));
  const secrets = secretsIn(manifests);
  for (const { field, text } of settings) {
    const name = field.env;
    if (!field.secret) expect(env[name], name).toBe(text);
    else expect([env[`${name}_FILE`], secrets.get(name)], name).toEqual([`/etc/ops-hub/secrets/${name}`, text]);
  }
});

it("takes from a Secret that is there what it is said to hold, else the block's first credential", async () => {
  const files = async (values: Values) =>
    Object.keys(envOf(deploymentOf(await render(values)))).filter((name) => name.endsWith("_FILE"));
  expect(await files({ reportAuth: { modes: ["token"], existingSecret: "hub" } })).toEqual(["REPORT_TOKEN_FILE"]);
  const existingSecretKeys = { REPORT_HMAC_SECRET: "hmac" };
  expect(await files({ reportAuth: { modes: ["hmac"], existingSecret: "hub", existingSecretKeys } })).toEqual([
    "REPORT_HMAC_SECRET_FILE",
  ]);
});

it("starts the pod anew for files that are read once, and not for credentials", async () => {
  const sum = async (values: Values) => {
    const { metadata } = deploymentOf(await render(values)).spec.template;
    return z.object({ annotations: z.record(z.string(), z.string()) }).parse(metadata).annotations["checksum/files"];
  };
  const gitea = { host: "https://git.test" };
  const before = await sum({ gitea: { ...gitea, token: "one" } });
  expect(await sum({ gitea: { ...gitea, token: "two" } })).toBe(before);
  expect(await sum({ files: { "upstreams.yaml": "servers: []" } })).not.toBe(before);
  expect(await sum({ releaseOps: { catalogs: { "tools.yaml": "version: 1" } } })).not.toBe(before);
});

it("numbers, fractions, flags and lists are written as the hub reads them", async () => {
  const manifests = await render({
    hub: { maxRequestBytes: 67_108_864, allowWrites: ["gitea", "prefect"], stateless: true },
    agent: { dailyTokens: 0, extraTools: [] },
    prometheus: { seedMetrics: false },
    limits: { callsPerMinute: 1_000_000 },
    tracing: { samplerArgument: 0.25 },
  });
  const env = envOf(deploymentOf(manifests));
  expect(env).toMatchObject({
    MAX_REQUEST_BYTES: "67108864",
    ALLOW_WRITES: "gitea,prefect",
    STATELESS: "true",
    LLM_DAILY_TOKENS: "0",
    PROMS_MCP_METRICS: "false",
    RATE_LIMIT_CALLS_PER_MINUTE: "1000000",
    OTEL_TRACES_SAMPLER_ARG: "0.25",
  });
  expect(env).not.toHaveProperty("AGENT_EXTRA_TOOLS");
});

it("the hub knows the host of each public door", async () => {
  const doors = { ingress: { enabled: true, host: "hub.test" }, route: { enabled: true, host: "hub.apps.test" } };
  const known = async (values: Values) => {
    const { PUBLIC_URL, ALLOWED_HOSTS } = envOf(deploymentOf(await render(values)));
    return [PUBLIC_URL, ALLOWED_HOSTS];
  };
  expect(await known({ route: doors.route })).toEqual(["https://hub.apps.test", undefined]);
  expect(await known(doors)).toEqual(["http://hub.test", "hub.apps.test"]);
  const hub = { publicUrl: "https://proxy.test/hub", allowedHosts: ["other.test"] };
  expect(await known({ ...doors, hub })).toEqual([hub.publicUrl, "other.test,hub.test,hub.apps.test"]);
});

describe("what helm says after installing", () => {
  /** Without a cluster helm shows no notes, so they are rendered as a text of a manifest, in a copy of the chart. */
  async function notes(values: Values): Promise<string> {
    const copy = join(folder, "chart");
    await cp(CHART, copy, { recursive: true });
    const text = await readFile(join(copy, "templates/NOTES.txt"), "utf8");
    const shown = `{{ define "notes" }}${text}{{ end }}notes: {{ include "notes" . | quote }}\n`;
    await writeFile(join(copy, "templates/shown.yaml"), shown);
    return withValues(values, async (path) => {
      const args = ["template", "hub", copy, "--namespace", "ops", "--show-only", "templates/shown.yaml"];
      return z.object({ notes: z.string() }).parse(load(await helm(...args, "--values", path))).notes;
    });
  }

  it("names the address inside the cluster, and what is still missing", async () => {
    const said = await notes({ persistence: { enabled: false } });
    expect([...said.matchAll(/^(\d)\. (\w+)/gm)].map(([, n, verb]) => `${n} ${verb}`)).toEqual([
      "1 See",
      "2 Point",
      "3 Report",
    ]);
    expect(said).toContain("http://hub-ops-hub.ops.svc:8000/mcp");
    expect(said).toContain("There is no Gitea yet");
    expect(said).toContain("WARNING: persistence is off");
  });

  it("names the public address, and does not warn where all is well", async () => {
    const said = await notes({
      ingress: { enabled: true, host: "hub.test", tlsSecret: "tls" },
      gitea: { host: "https://git.test", existingSecret: "gitea" },
    });
    expect(said).toContain("https://hub.test/mcp");
    expect(said).not.toMatch(/WARNING|no Gitea/);
  });
});
