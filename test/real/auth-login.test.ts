// OAuth from end to end: clients that know nothing but the hub's address meet its challenge, find the issuer by RFC 9728, log in
// there, and come back with a token for this hub. The hub stands behind a proxy, once with a path in front of it.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { startHub, type RunningHub } from "../support/hub.ts";
import { startRelay, type Relay } from "../support/relay.ts";
import { trialModule } from "../support/trial-module.ts";
import { loginV1, loginV2, type Login } from "./support/auth-login.ts";
import { startAuthServer, type AuthServer } from "./support/auth-server.ts";
import { startPythonClients, type PythonClients } from "./support/python-clients.ts";

const READS = ["echo", "wait", "wait_long"];
const Listing = z.looseObject({ tools: z.array(z.looseObject({ name: z.string() })) });

let python: PythonClients;
beforeAll(async () => {
  python = await startPythonClients();
});
afterAll(() => python?.close());

describe.each(["", "/ops"])("a hub at a public address with the path '%s'", (prefix) => {
  let authority: AuthServer;
  let relay: Relay;
  let hub: RunningHub;
  beforeAll(async () => {
    [authority, relay] = await Promise.all([startAuthServer(), startRelay({ prefix })]);
    const env = { AUTH_MODE: "oidc", OIDC_ISSUER: authority.issuer.url, PUBLIC_URL: relay.url };
    hub = await startHub([trialModule().module], env);
    relay.target = hub.url;
  });
  afterAll(async () => {
    await hub?.close();
    await Promise.all([relay?.close(), authority?.close()]);
  });

  const resource = () => expect.stringMatching(new RegExp(`^${relay.url}/?$`));

  test.each<[string, string, (url: string) => Promise<Login>]>([
    ["TypeScript SDK v2 (auto)", "/mcp", (url) => loginV2(url, "auto")],
    ["TypeScript SDK v2 (legacy)", "/mcp/trial", (url) => loginV2(url, "legacy")],
    ["TypeScript SDK v2 (2026-07-28)", "/mcp", (url) => loginV2(url, "2026-07-28")],
    ["TypeScript SDK v2 (legacy)", "/sse", (url) => loginV2(url, "legacy")],
    ["TypeScript SDK v1", "/mcp/trial", loginV1],
    ["TypeScript SDK v1", "/mcp/sse", loginV1],
  ])("%s finds the issuer from %s, and is in once a person has agreed", async (_client, path, login) => {
    const client = await login(`${relay.url}${path}`);
    const { refused, askedAt } = client;
    expect(refused).toMatch(/Unauthorized/);
    expect(`${askedAt.origin}${askedAt.pathname}`).toBe(`${authority.issuer.url}/authorize`);
    expect(askedAt.searchParams.get("resource")).toEqual(resource());
    expect(await client.tools()).toEqual(READS);
  });

  test.each(["mcp", "fastmcp"] as const)(
    "Python %s finds the issuer, and is in once a person has agreed",
    async (library) => {
      const before = authority.asked.length;
      const client = await python.connect(library, { kind: "http", url: `${relay.url}/mcp`, login: true }, "auto");
      const { tools } = Listing.parse(await client.ask("tools/list"));
      expect(tools.map(({ name }) => name)).toEqual(READS);
      expect(authority.asked.slice(before).map((asked) => asked.get("resource"))).toEqual([resource()]);
      await client.close();
    },
  );
});

test("a token for another resource of the same issuer does not open the hub", async () => {
  const authority = await startAuthServer();
  const env = { AUTH_MODE: "oidc", OIDC_ISSUER: authority.issuer.url, PUBLIC_URL: "https://hub.example.com" };
  const hub = await startHub([trialModule().module], env);
  const status = async (aud: string) => {
    const headers = { authorization: `Bearer ${await authority.issuer.token({ aud })}` };
    return (await fetch(`${hub.url}/metrics`, { headers })).status;
  };
  expect(await Promise.all(["https://wiki.example.com", "https://hub.example.com"].map(status))).toEqual([401, 200]);
  await hub.close();
  await authority.close();
});
