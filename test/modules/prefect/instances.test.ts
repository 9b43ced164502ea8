// One Prefect or several: what switches the module on, the file that names them, and the argument that chooses.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../../../src/config.ts";
import { prefect } from "../../../src/modules/prefect/index.ts";
import { startModule } from "../../support/modules.ts";
import { startPrefectStandIn } from "../../support/prefect-stand-in.ts";
import { startWithPrefect } from "./start.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ops-hub-prefect-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

it.each([
  [{}, "PREFECT_API_URL"],
  [{ PREFECT_HEADER_CREDENTIALS: "true" }, "PREFECT_API_URL"],
  [{ PREFECT_HEADER_CREDENTIALS: "true", PREFECT_HEADER_HOSTS: "prefect.example.com" }, undefined],
  [{ PREFECT_API_URL: "http://127.0.0.1:9/api" }, undefined],
  [{ PREFECT_INSTANCES_PATH: "/somewhere" }, undefined],
])("with %o it is off for want of %s", async (env, variable) => {
  const { modules } = await readConfig({ ...env }, [prefect]);
  expect(modules[0]?.off).toBe(variable);
});

it.each([
  [{ PREFECT_API_URL: "prefect.example.com" }, "PREFECT_API_URL must be an http or https URL"],
  [
    { PREFECT_API_URL: "https://u:canary@prefect.example.com/api" },
    "PREFECT_API_URL must not contain a user or password",
  ],
  [
    { PREFECT_API_URL: "http://127.0.0.1:9/api", PREFECT_CLIENT_CUSTOM_HEADERS: "canary" },
    "PREFECT_CLIENT_CUSTOM_HEADERS must be a JSON object",
  ],
  [{ PREFECT_INSTANCES_PATH: "/nowhere.yaml" }, "PREFECT_INSTANCES_PATH /nowhere.yaml cannot be read"],
])("with %o it does not start, and says why without the text", async (env, words) => {
  const starting = startModule(prefect, { ...env });
  await expect(starting).rejects.toThrow(words);
  await expect(starting).rejects.not.toThrow("canary");
});

it("takes no instance when there is one", async () => {
  const { registry } = await startWithPrefect();
  expect(registry.entries.filter(({ properties }) => "instance" in properties)).toEqual([]);
});

describe("a file with two", () => {
  it("gives every tool an instance, and answers say which was asked", async () => {
    const [one, two] = await Promise.all([
      startPrefectStandIn({ auth: "a:b" }),
      startPrefectStandIn({ key: "k-from-file" }),
    ]);
    const key = await file("key", "k-from-file\n");
    const path = await file(
      "instances.yaml",
      `instances:
  - { name: prod, url: "\${PROD_URL}/", auth_string: "\${PROD_AUTH}", default: true }
  - { name: dev, url: ${two.url}, api_key_file: ${key}, headers: { X-Team: ops } }
`,
    );
    const env = { PREFECT_INSTANCES_PATH: path, PROD_URL: one.url, PROD_AUTH: "a:b" };
    const hub = await startModule(prefect, env);
    expect((await hub.call("prefect_get_identity")).structured).toMatchObject({ instance: "prod", auth_mode: "basic" });
    expect((await hub.call("prefect_get_identity", { instance: "dev" })).structured).toMatchObject({
      instance: "dev",
      auth_mode: "bearer",
      api_url: two.url,
    });
    expect(two.requests[0]?.headers).toMatchObject({ "x-team": "ops" });
    expect((await hub.call("prefect_get_identity", { instance: "x" })).text).toBe(
      'no Prefect instance is named "x"; there is: prod, dev',
    );
    expect(hub.registry.entries.every(({ properties }) => "instance" in properties)).toBe(true);
    expect(await hub.running.check(AbortSignal.timeout(5_000))).toEqual({
      ok: true,
      message: `prod: ${one.url} answers; dev: ${two.url} answers`,
    });
    expect(hub.running.secrets?.()).toEqual(expect.arrayContaining(["a:b", "k-from-file"]));
    await Promise.all([hub.close(), one.close(), two.close()]);
  });

  it.each([
    ["instances: []", "is not right: instances"],
    ["instances: [{ name: a, url: 'http://a/api', bogus: 1 }]", 'Unrecognized key: "bogus"'],
    ["instances: [{ name: a, url: '${NOPE}' }]", "needs the variable NOPE, which is not set"],
    [
      "instances: [{ name: a, url: 'http://a/api' }, { name: a, url: 'http://b/api' }]",
      "has two instances of one name",
    ],
    ["instances: [{ name: a, url: 'ftp://a' }]", 'instance "a": url must be an http or https URL'],
    [
      "instances: [{ name: a, url: 'http://a/api', api_key: k, api_key_file: /k }]",
      "has both api_key and api_key_file",
    ],
    ["instances: [{ name: a, url: 'http://a/api', api_key_file: /nowhere }]", "api_key_file /nowhere cannot be read"],
    ["instances: [", "is bad YAML"],
  ])("is refused when it says %s", async (text, words) => {
    const path = await file("bad.yaml", text);
    await expect(startModule(prefect, { PREFECT_INSTANCES_PATH: path })).rejects.toThrow(words);
  });
});
