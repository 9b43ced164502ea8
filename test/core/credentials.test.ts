import { expect, it, onTestFinished } from "vitest";
import { credentialsIn, withoutCredentials } from "../../src/core/credentials.ts";
import { Secret } from "../../src/core/secret.ts";
import { createUpstream } from "../../src/core/upstream.ts";
import { startHttp } from "../support/mcp-upstream.ts";

const header = (name: string, value: string) => [name, new Secret(value)] as const;
const basic = (login: string) => `Basic ${Buffer.from(login).toString("base64")}`;

it("finds the credential in a header, with and without its scheme, and the password of Basic", () => {
  expect(credentialsIn([header("Authorization", "Bearer abcdef-123")])).toEqual(["Bearer abcdef-123", "abcdef-123"]);
  expect(credentialsIn([header("authorization", basic("me:pass:word"))])).toEqual([
    basic("me:pass:word"),
    basic("me:pass:word").slice(6),
    "pass:word",
  ]);
  expect(credentialsIn([header("CF-Access-Client-Secret", "0123456789")])).toEqual(["0123456789"]);
});

it("leaves alone what is no secret, or too short to be told from words", () => {
  expect(credentialsIn([header("X-Scope-OrgID", "production"), header("X-API-Key", "abc")])).toEqual([]);
  const body = new Uint8Array(Buffer.from([0xff, 0x00, 0x61]));
  expect(withoutCredentials(body, [header("X-API-Key", "abcdefgh")])).toBe(body);
});

it("takes it out of a refusal that repeats it, also as JSON has it, and out of nothing else", async () => {
  const password = 'quoted"password';
  const said = JSON.stringify({ detail: `no: ${password}, ${basic(`me:${password}`)}` });
  const server = await startHttp((request, response) =>
    response.writeHead(request.url === "/ok" ? 200 : 403, { "content-type": "application/json" }).end(said),
  );
  onTestFinished(() => server.close());
  const headers = () => [header("authorization", basic(`me:${password}`))];
  const upstream = createUpstream({ baseUrl: server.url, headers, maxResponseBytes: 10_000, timeoutMs: 5_000 });
  onTestFinished(() => upstream.close());
  const ask = async (path: string) => {
    const { body } = await upstream.send({ method: "GET", path, signal: AbortSignal.timeout(5_000) });
    return Buffer.from(body).toString();
  };
  expect(JSON.parse(await ask("no"))).toEqual({ detail: "no: ***, ***" });
  expect(await ask("ok")).toBe(said);
});
