// A Prefect behind TLS with an authority of its own: trusted when it is named, and never by accident.
import { request } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readConfig } from "../../../src/config.ts";
import { prefect } from "../../../src/modules/prefect/index.ts";
import { startHub } from "../../support/hub.ts";
import { startPrefectStandIn, type PrefectStandIn } from "../../support/prefect-stand-in.ts";
import { call, legacy } from "../../support/wire.ts";

const pem = (name: string) => fileURLToPath(new URL(`../../fixtures/tls/${name}`, import.meta.url));

let behind: PrefectStandIn;
let folder: string;
let url: string;
let close: () => void;
beforeAll(async () => {
  behind = await startPrefectStandIn();
  const [key, cert] = ["server.key", "server.crt"].map((name) => readFileSync(pem(name)));
  const server = createServer({ key, cert }, (incoming, response) => {
    const { method, headers } = incoming;
    const passed = request(`${new URL(behind.url).origin}${incoming.url}`, { method, headers }, (reply) => {
      response.writeHead(reply.statusCode ?? 0, reply.headers);
      reply.pipe(response);
    });
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
  close = () => {
    server.close();
    server.closeAllConnections();
  };
  folder = await mkdtemp(join(tmpdir(), "ops-hub-prefect-tls-"));
});
afterAll(async () => {
  close();
  await Promise.all([behind.close(), rm(folder, { recursive: true })]);
});

async function identityWith(env: Record<string, string>) {
  const hub = await startHub([prefect], env);
  const { json } = await legacy(`${hub.url}/mcp`, call("prefect_get_identity", {}));
  await hub.close();
  return [json.result?.["isError"] ?? false, JSON.stringify(json)];
}

it("trusts the authority of PREFECT_API_SSL_CERT_FILE", async () => {
  const told = await identityWith({ PREFECT_API_URL: url, PREFECT_API_SSL_CERT_FILE: pem("ca.crt") });
  expect(told).toEqual([false, expect.stringContaining("self_hosted")]);
});

it("trusts nobody else by default, and names the setting", async () => {
  const told = await identityWith({ PREFECT_API_URL: url });
  expect(told).toEqual([true, expect.stringContaining("The operator sets PREFECT_API_SSL_CERT_FILE")]);
});

it("takes any certificate with PREFECT_API_TLS_INSECURE_SKIP_VERIFY", async () => {
  const told = await identityWith({ PREFECT_API_URL: url, PREFECT_API_TLS_INSECURE_SKIP_VERIFY: "true" });
  expect(told).toEqual([false, expect.stringContaining("self_hosted")]);
});

it("trusts the ca_file of one instance for that one alone", async () => {
  const path = join(folder, "instances.yaml");
  const text = `instances:
  - { name: good, url: "${url}", ca_file: "${pem("ca.crt")}", default: true }
  - { name: bare, url: "${url}" }
`;
  await writeFile(path, text);
  const hub = await startHub([prefect], { PREFECT_INSTANCES_PATH: path });
  const ask = async (instance: string) => {
    const { json } = await legacy(`${hub.url}/mcp`, call("prefect_get_identity", { instance }));
    return json.result?.["isError"] ?? false;
  };
  expect([await ask("good"), await ask("bare")]).toEqual([false, true]);
  await hub.close();
});

it("does not start with a file that is not there", async () => {
  const missing = join(folder, "none.pem");
  const reading = readConfig({ PREFECT_API_URL: url, PREFECT_API_SSL_CERT_FILE: missing }, [prefect]);
  await expect(reading).rejects.toThrow("PREFECT_API_SSL_CERT_FILE");
});
