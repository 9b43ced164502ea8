// Tokens of five minutes and streams of hours: what is open goes on for who has renewed the token, and ends for who has not.
import { request } from "node:http";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { createHub, type Hub } from "../../src/hub.ts";
import { fixedClock, silent } from "../support/modules.ts";
import { startIssuer, type OidcIssuer } from "../support/oidc-issuer.ts";
import { trialModule } from "../support/trial-module.ts";
import { initialize, legacy, until } from "../support/wire.ts";

const LIFETIME_MS = 300_000;
const SKEW_MS = 30_000;

let clock: ReturnType<typeof fixedClock>;
let issuer: OidcIssuer;
let hub: Hub;
let url: string;
beforeEach(async () => {
  clock = fixedClock(Date.now());
  issuer = await startIssuer(() => clock.at);
  const env = {
    PORT: "0",
    HEALTH_METRICS_PORT: "0",
    AUTH_MODE: "oidc",
    OIDC_ISSUER: issuer.url,
    OIDC_AUDIENCE: "ops-hub",
  };
  const { module } = trialModule();
  hub = await createHub({ config: await readConfig(env, [module]), version: "0", log: silent, clock });
  url = (await hub.listen()).url;
});
afterEach(async () => {
  await hub.close();
  await issuer.close();
});

const bearer = async (sub = "alice") => ({ authorization: `Bearer ${await issuer.token({ sub })}` });

interface Stream {
  /** What came so far. */
  text: string;
  isOpen: boolean;
}

async function open(path: string, headers: Record<string, string>): Promise<Stream> {
  const stream = { text: "", isOpen: true };
  const before = hub.counts().streams;
  const options = { agent: false, headers: { accept: "text/event-stream", ...headers } };
  const asked = request(`${url}${path}`, options, (response) => {
    response.on("data", (chunk: Buffer) => (stream.text += chunk.toString())).on("error", () => {});
    response.on("close", () => (stream.isOpen = false));
  });
  asked.on("error", () => (stream.isOpen = false)).end();
  await until(() => hub.counts().streams > before, "the stream");
  return stream;
}

/** The first token is over; a second one is good for a while. */
function later(): void {
  clock.at += LIFETIME_MS + SKEW_MS - 1_000;
}

it("the stream of HTTP+SSE goes on for who sends messages with a new token", async () => {
  const renewing = await open("/sse", await bearer());
  const forgetful = await open("/sse", await bearer("bob"));
  await until(() => renewing.text.includes("/messages?") && forgetful.text.includes("/messages?"), "the endpoints");
  later();
  const endpoint = /data: (\S+)/.exec(renewing.text)?.[1] ?? "";
  expect((await legacy(`${url}${endpoint}`, initialize(), { headers: await bearer() })).status).toBe(202);
  clock.at += 1_000;
  await hub.reload();
  await until(() => !forgetful.isOpen, "the end of the forgetful one's stream");
  expect([renewing.isOpen, hub.counts().streams]).toEqual([true, 1]);
});

it("the stream of a session goes on for who uses the session with a new token", async () => {
  const session = async (headers: Record<string, string>) => {
    const opened = await legacy(`${url}/mcp`, initialize(), { headers });
    return { "mcp-session-id": String(opened.headers["mcp-session-id"]), "mcp-protocol-version": "2025-11-25" };
  };
  const renewing = await session(await bearer());
  const forgetful = await session(await bearer("bob"));
  const kept = await open("/mcp", { ...(await bearer()), ...renewing });
  const lost = await open("/mcp", { ...(await bearer("bob")), ...forgetful });
  later();
  const ping = { jsonrpc: "2.0", id: 2, method: "ping" };
  expect((await legacy(`${url}/mcp`, ping, { headers: { ...(await bearer()), ...renewing } })).status).toBe(200);
  clock.at += 1_000;
  await hub.reload();
  await until(() => !lost.isOpen, "the end of the forgetful one's stream");
  expect([kept.isOpen, hub.counts()]).toEqual([true, { sessions: 1, streams: 1 }]);
});

it("a stranger's message with a good token renews nothing", async () => {
  const stream = await open("/sse", await bearer());
  await until(() => stream.text.includes("/messages?"), "the endpoint");
  later();
  const endpoint = /data: (\S+)/.exec(stream.text)?.[1] ?? "";
  expect((await legacy(`${url}${endpoint}`, initialize(), { headers: await bearer("eve") })).status).toBe(404);
  clock.at += 1_000;
  await hub.reload();
  await until(() => !stream.isOpen, "the end of the stream");
});
