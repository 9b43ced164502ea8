// Callers who bring their own Prefect, through a whole hub: only when switched on, all or nothing, only to allowed hosts, and never with
// the hub's own credentials. What is not allowed is refused; it is never taken for a question to the hub's own Prefect.
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { prefect } from "../../../src/modules/prefect/index.ts";
import { startHub, type RunningHub } from "../../support/hub.ts";
import { startPrefectStandIn, type PrefectStandIn } from "../../support/prefect-stand-in.ts";
import { call, legacy, modern } from "../../support/wire.ts";

let ours: PrefectStandIn;
let theirs: PrefectStandIn;
let on: RunningHub;
let off: RunningHub;
beforeAll(async () => {
  [ours, theirs] = await Promise.all([
    startPrefectStandIn({ auth: "hub:canary" }),
    startPrefectStandIn({ auth: "guest:pass" }),
  ]);
  const env = { PREFECT_API_URL: ours.url, PREFECT_API_AUTH_STRING: "hub:canary" };
  const hosts = `${new URL(ours.url).host},${new URL(theirs.url).host}`;
  on = await startHub([prefect], { ...env, PREFECT_HEADER_CREDENTIALS: "true", PREFECT_HEADER_HOSTS: hosts });
  off = await startHub([prefect], env);
});
afterAll(() => Promise.all([on.close(), off.close(), ours.close(), theirs.close()]));
beforeEach(() => {
  ours.requests.length = theirs.requests.length = 0;
});

type Headers = Record<string, string>;
const TOOL = "prefect_get_flows"; // asked by nobody but us; the hub itself asks for work pools when it begins
const ERAS = [
  ["2025", ({ url }: RunningHub, headers: Headers) => legacy(`${url}/mcp`, call(TOOL, {}), { headers })],
  ["2026", ({ url }: RunningHub, headers: Headers) => modern(`${url}/mcp`, "tools/call", { name: TOOL, arguments: {} }, { headers })],
] as const; // prettier-ignore
const asked = ({ requests }: PrefectStandIn) => requests.filter(({ path }) => path.startsWith("/flows")).length;

it.each(ERAS)("asks the caller's Prefect with the caller's credentials, era %s", async (_era, ask) => {
  const { json } = await ask(on, { "x-prefect-api-url": theirs.url, "x-prefect-api-auth-string": "guest:pass" });
  expect(json.result?.["isError"] ?? false).toBe(false);
  expect([asked(ours), asked(theirs) > 0]).toEqual([0, true]);
  const { authorization } = theirs.requests[0]!.headers;
  expect(authorization).toBe(`Basic ${Buffer.from("guest:pass").toString("base64")}`);
});

const REFUSED: [what: string, hub: () => RunningHub, headers: () => Headers, words: string][] = [
  ["an address alone", () => on, () => ({ "x-prefect-api-url": ours.url }), "together with"],
  ["a password alone", () => on, () => ({ "x-prefect-api-auth-string": "guest:pass" }), "together with"],
  [
    "a password that is longer than any",
    () => on,
    () => ({ "x-prefect-api-auth-string": "x".repeat(5_000) }),
    "x-prefect-api-auth-string is longer than",
  ],
  [
    "a foreign host",
    () => on,
    () => ({ "x-prefect-api-url": "http://127.0.0.1:1/api", "x-prefect-api-key": "k" }),
    "PREFECT_HEADER_HOSTS",
  ],
  [
    "everything, where it is switched off",
    () => off,
    () => ({ "x-prefect-api-url": theirs.url, "x-prefect-api-auth-string": "guest:pass" }),
    "PREFECT_HEADER_CREDENTIALS",
  ],
];

it.each(REFUSED)("refuses %s, and asks nobody", async (_what, hub, headers, words) => {
  for (const [, ask] of ERAS) {
    const { json } = await ask(hub(), headers());
    expect([json.result?.["isError"], JSON.stringify(json)]).toEqual([true, expect.stringContaining(words)]);
  }
  expect([asked(ours), asked(theirs)]).toEqual([0, 0]);
});

it("shows the hub's own address to a caller whose own credentials are wrong, never its password", async () => {
  const { json } = await ERAS[0][1](on, { "x-prefect-api-url": ours.url, "x-prefect-api-auth-string": "hub:wrong" });
  expect(json.result?.["isError"]).toBe(true);
  expect(JSON.stringify(json)).toContain("(401)");
  expect(JSON.stringify(json)).not.toContain("canary");
});
