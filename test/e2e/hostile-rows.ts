// What an attacker would try against a hub behind all its locks: the bytes of each request, and how it is refused.
import { createHmac } from "node:crypto";
import { gzipSync } from "node:zlib";
import { exportJWK, SignJWT } from "jose";
import { SECRETS, type GuardedHub } from "../support/guarded-hub.ts";
import { makeSigner } from "../support/oidc-issuer.ts";
import { LEGACY } from "../support/wire.ts";

export interface Lines {
  readonly method?: string;
  readonly target?: string;
  /** Lines of their own, without the line ends. */
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
  /** Instead of the hub's own name. */
  readonly host?: string;
}

export interface World extends GuardedHub {
  /** A report of `pay`, which zoe may not see. */
  readonly foreignReport: string;
  /** A session of the admin. */
  readonly session: string;
}

export interface Row {
  readonly name: string;
  readonly send: (world: World) => Lines | string | Promise<Lines | string>;
  readonly status: number;
  /** Part of the answer. */
  readonly says: string;
}

const LIST = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });
const auth = (token: string) => `Authorization: Bearer ${token}`;
const admin = auth(SECRETS.admin);
const call = (name: string) =>
  JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: {} } });
const POD = JSON.stringify({ namespace: "shop", pod_name: "web-1" });
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** The request's bytes; a string is sent as it stands. */
export function bytesOf(lines: Lines | string, port: number): Buffer {
  if (typeof lines === "string") return Buffer.from(lines, "latin1");
  const { method = "POST", target = "/mcp", headers = [], body = "", host = `127.0.0.1:${port}` } = lines;
  const hasLength = headers.some((line) => /^(content-length|transfer-encoding)/i.test(line));
  const hasType = headers.some((line) => /^content-type/i.test(line));
  const head = [
    `${method} ${target} HTTP/1.1`,
    ...(host === "" ? [] : [`Host: ${host}`]),
    ...(body === "" || hasType ? [] : ["Content-Type: application/json"]),
    "Accept: application/json, text/event-stream",
    "Connection: close",
    ...headers,
    ...(hasLength ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), Buffer.from(body)]);
}

const list = (...headers: string[]): Lines => ({ headers, body: LIST });
const at = (target: string, more: Lines = {}): Lines => ({ target, headers: [admin], body: LIST, ...more });
const get = (target: string, ...headers: string[]): Lines => ({ method: "GET", target, headers });
const reportAs = (token: string, body = POD, target = "/report-failure"): Lines => ({
  target,
  headers: [auth(token)],
  body,
});

const row = (name: string, status: number, says: string, send: Row["send"]): Row => ({ name, status, says, send });

const NO_CREDENTIAL: Row[] = [
  row("no credential", 401, "credential", () => list()),
  row("an empty Authorization", 401, "Bearer", () => list("Authorization:")),
  row("Bearer without a token", 401, "Bearer", () => list("Authorization: Bearer ")),
  row("the right token as Basic", 401, "Bearer", () =>
    list(`Authorization: Basic ${Buffer.from(`:${SECRETS.admin}`).toString("base64")}`),
  ),
  row("two tokens in one header", 401, "one token", () => list(auth(`${SECRETS.admin} x`))),
  row("two tokens with a comma", 401, "not know", () => list(auth(`${SECRETS.admin},x`))),
  row("the token in quotes", 401, "not know", () => list(auth(`"${SECRETS.admin}"`))),
  row("the token in a cookie", 401, "credential", () => list(`Cookie: token=${SECRETS.admin}`)),
  row("the token in X-API-Key", 401, "credential", () => list(`X-API-Key: ${SECRETS.admin}`)),
  row("the token in Proxy-Authorization", 401, "credential", () =>
    list(`Proxy-Authorization: Bearer ${SECRETS.admin}`),
  ),
  row("the token in the query", 400, "no place for a credential", () => ({
    target: `/mcp?access_token=${SECRETS.admin}`,
    body: LIST,
  })),
  row("a made-up token", 401, "not know", () => list(auth("Canary-Guess-000001"))),
  row("the token in capitals", 401, "not know", () => list(auth(SECRETS.admin.toUpperCase()))),
  row("half of the token", 401, "not know", () => list(auth(SECRETS.admin.slice(0, 12)))),
  row("a token that ends with NUL", 400, "Bad Request", () => list(auth(`${SECRETS.admin}\0`))),
  row("an expired token of the file", 401, "not know", () => list(auth(SECRETS.expired))),
  row("a stream without a credential", 401, "credential", () => get("/sse")),
  row("metrics without a credential", 401, "credential", () => get("/metrics")),
  row("the webhook's token at /mcp", 401, "not know", () => list(auth(SECRETS.report))),
  row("the signing secret as a token", 401, "not know", () => list(auth(SECRETS.hmac))),
];

const jwt = (name: string, says: string, make: (world: World) => Promise<string>, status = 401): Row =>
  row(name, status, says, async (world) => list(auth(await make(world))));

const cut = async (world: World, change: (parts: string[]) => string[], claims = {}) =>
  change((await world.issuer.token(claims)).split(".")).join(".");

const JWTS: Row[] = [
  jwt("a JWT that expired", "expired", ({ issuer }) => issuer.token({ exp: 1_700_000_000 })),
  jwt("a JWT that begins tomorrow", "not valid yet", ({ issuer }) =>
    issuer.token({ nbf: Math.floor(Date.now() / 1_000) + 86_400 }),
  ),
  jwt("a JWT without an expiry", "no expiry", ({ issuer }) => issuer.token({ exp: undefined })),
  jwt("a JWT without a subject", "no subject", ({ issuer }) => issuer.token({ sub: undefined })),
  jwt("a JWT for another audience", "another audience", ({ issuer }) => issuer.token({ aud: "billing" })),
  jwt("a JWT without an audience", "another audience", ({ issuer }) => issuer.token({ aud: undefined })),
  jwt("a JWT of another issuer", "not know", ({ issuer }) => issuer.token({ iss: "https://evil.example" })),
  jwt("a JWT of the issuer with a slash more", "not know", ({ issuer }) => issuer.token({ iss: `${issuer.url}/` })),
  jwt("alg none", "no JWT", (world) => cut(world, ([, claims = ""]) => [base64({ alg: "none" }), claims, ""])),
  jwt("alg nOnE with the old signature", "not allowed", (world) =>
    cut(world, ([, claims = "", seal = ""]) => [base64({ alg: "nOnE" }), claims, seal]),
  ),
  jwt("HS256, keyed with the public key", "not allowed", async ({ issuer }) => {
    const { kid, publicKey } = issuer.signer;
    const key = new TextEncoder().encode(JSON.stringify(await exportJWK(publicKey)));
    const claims = { iss: issuer.url, sub: "alice", aud: "ops-hub", exp: Math.floor(Date.now() / 1_000) + 300 };
    return new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid }).sign(key);
  }),
  jwt("RS256 in the header of an ES256 signature", "signed with a key", (world) =>
    cut(world, ([, claims = "", seal = ""]) => [base64({ alg: "RS256", kid: world.issuer.signer.kid }), claims, seal]),
  ),
  jwt("the signature taken off", "no JWT", (world) => cut(world, ([head = "", claims = ""]) => [head, claims, ""])),
  jwt("claims changed after signing", "signature", (world) =>
    cut(world, ([head = "", claims = "", seal = ""]) => {
      const changed = { ...JSON.parse(Buffer.from(claims, "base64url").toString()), sub: "root" };
      return [head, base64(changed), seal];
    }),
  ),
  jwt("a stranger's key under the issuer's key name", "signature", async ({ issuer }) =>
    issuer.token({}, {}, await makeSigner(issuer.signer.kid)),
  ),
  jwt("a key name the issuer does not have", "does not have", async ({ issuer }) =>
    issuer.token({}, {}, await makeSigner("evil")),
  ),
  jwt("a key name that is a path", "does not have", ({ issuer }) => issuer.token({}, { kid: "../../dev/null" })),
  jwt("a key in the header (jwk)", "own key", async ({ issuer }) =>
    issuer.token({}, { jwk: (await makeSigner("evil")).jwk }),
  ),
  jwt("a key set in the header (jku)", "own key", ({ issuer }) =>
    issuer.token({}, { jku: "https://evil.example/keys" }),
  ),
  jwt("a certificate's address in the header (x5u)", "own key", ({ issuer }) =>
    issuer.token({}, { x5u: "https://evil.example/cert" }),
  ),
  jwt("a critical header nobody knows", "no JWT", (world) =>
    cut(world, ([, claims = "", seal = ""]) => [
      base64({ alg: "ES256", kid: world.issuer.signer.kid, crit: ["evil"], evil: 1 }),
      claims,
      seal,
    ]),
  ),
  jwt("a logout token", "no access token", ({ issuer }) => issuer.token({}, { typ: "logout+jwt" })),
  jwt("padding behind the signature", "no JWT", (world) =>
    cut(world, (parts) => [...parts.slice(0, 2), `${parts[2]}==`]),
  ),
  jwt("a good JWT of whom no rule names", "no rule", ({ issuer }) => issuer.token({ sub: "eve" }), 403),
];

const CLUSTER: Row[] = [
  row("a cluster token for the API itself", 401, "not know", () => list(auth(SECRETS.zoeApi))),
  row("a cluster token for reports", 401, "not know", () => list(auth(SECRETS.zoe))),
  row("the hub's own cluster token", 401, "not know", () => list(auth(SECRETS.own))),
];

const RIGHTS: Row[] = [
  row("a tool the reader may not call", 200, "-32602", () => ({
    headers: [auth(SECRETS.reader)],
    body: call("create_issue"),
  })),
  row("a tool that is not there", 200, "-32602", () => ({
    headers: [auth(SECRETS.reader)],
    body: call("creat_issue"),
  })),
  row("a module that sam may not see", 404, "", () => ({
    target: "/mcp/gitea",
    headers: [auth(SECRETS.sam)],
    body: LIST,
  })),
  row("a module that is not there", 404, "", () => ({
    target: "/mcp/nothing",
    headers: [auth(SECRETS.sam)],
    body: LIST,
  })),
  row("the session of somebody else", 404, "session not found", ({ session }) =>
    list(auth(SECRETS.reader), `Mcp-Session-Id: ${session}`, `MCP-Protocol-Version: ${LEGACY}`),
  ),
  row("the session of somebody else, to end it", 404, "session not found", ({ session }) => ({
    method: "DELETE",
    headers: [auth(SECRETS.reader), `Mcp-Session-Id: ${session}`],
  })),
  row("a session that is a guess", 404, "session not found", () =>
    list(admin, "Mcp-Session-Id: 00000000-0000-4000-8000-000000000000"),
  ),
];

const seal = (text: string) => `sha256=${createHmac("sha256", SECRETS.hmac).update(text).digest("hex")}`;
const seconds = (ahead: number) => String(Math.floor(Date.now() / 1_000) + ahead);
const signed = (timestamp: string | undefined, sealed: string, body = POD): Lines => ({
  target: "/report-failure",
  headers: [
    `X-Hub-Signature-256: ${seal(sealed)}`,
    ...(timestamp === undefined ? [] : [`X-Hub-Timestamp: ${timestamp}`]),
  ],
  body,
});
const about = (namespace: string, more = {}) => JSON.stringify({ namespace, pod_name: "web-1", ...more });
const MAY_NOT = "you may not report for this namespace";

const REPORTS: Row[] = [
  row("a report without a credential", 401, "credential", () => at("/report-failure", { headers: [], body: POD })),
  row("a report with a made-up token", 401, "not known", () => reportAs("Canary-Guess-000002")),
  row("a report with the token of /mcp", 401, "not known", () => reportAs(SECRETS.admin)),
  row("a report with a cluster token for the API", 401, "not known", () => reportAs(SECRETS.zoeApi)),
  row("a report with a JWT of the issuer", 401, "not known", async ({ issuer }) => reportAs(await issuer.token())),
  row("a signature over another body", 401, "not that of this body", () => signed(seconds(0), `${seconds(0)}.{}`)),
  row("a signature without the timestamp in it", 401, "not that of this body", () => signed(seconds(0), POD)),
  row("an old report, sent again", 401, "five minutes", () => signed(seconds(-600), `${seconds(-600)}.${POD}`)),
  row("an old report with a new timestamp", 401, "not that of this body", () =>
    signed(seconds(0), `${seconds(-600)}.${POD}`),
  ),
  row("a report from the future", 401, "five minutes", () => signed(seconds(600), `${seconds(600)}.${POD}`)),
  row("a signature without a timestamp", 401, "must be sent", () => signed(undefined, POD)),
  row("a timestamp that is no time", 401, "five minutes", () => signed("soon", `soon.${POD}`)),
  row("a signature by SHA-1", 401, "credential", () =>
    at("/report-failure", { headers: [`X-Hub-Signature: sha1=${"0".repeat(40)}`], body: POD }),
  ),
  row("an empty signature", 401, "not that of this body", () =>
    at("/report-failure", { headers: ["X-Hub-Signature-256: sha256="], body: POD }),
  ),
  row("a report about another's namespace", 403, MAY_NOT, () => reportAs(SECRETS.zoe, about("pay"))),
  row("a report about no namespace there is", 403, MAY_NOT, () => reportAs(SECRETS.zoe, about("no-such"))),
  row("a report about an empty namespace", 403, MAY_NOT, () => reportAs(SECRETS.zoe, about(""))),
  row("a report about the namespace in another cluster", 403, MAY_NOT, () =>
    reportAs(SECRETS.zoe, about("shop", { cluster: "east" })),
  ),
  row("a report about a path for a namespace", 422, "must be a name", () =>
    reportAs(SECRETS.zoe, about("shop/../kube-system")),
  ),
  row("a report about all namespaces", 422, "must be a name", () => reportAs(SECRETS.zoe, about("*"))),
  row("another's report", 404, "no report", ({ foreignReport }) => get(`/reports/${foreignReport}`, auth(SECRETS.zoe))),
  row("a report that is not there", 404, "no report", () =>
    get("/reports/rpt_00000000000000000000", auth(SECRETS.zoe)),
  ),
  row("another's report, again", 404, "no report", ({ foreignReport }) =>
    reportAs(SECRETS.zoe, "", `/reports/${foreignReport}/retry`),
  ),
  row("another's report, no more", 404, "no report", ({ foreignReport }) =>
    reportAs(SECRETS.zoe, "", `/reports/${foreignReport}/cancel`),
  ),
  row("a report again, by who only reads", 403, "may not change", ({ foreignReport }) =>
    reportAs(SECRETS.reader, "", `/reports/${foreignReport}/retry`),
  ),
  row("reports, by who sees another module", 403, "may not see", () => get("/reports", auth(SECRETS.sam))),
  row("reports, with the webhook's token", 401, "not know", () => get("/reports", auth(SECRETS.report))),
];

const EDGES: Row[] = [
  row("another Host", 403, "not allowed", () => at("/mcp", { host: "evil.example" })),
  row("ours as the beginning of another Host", 403, "not allowed", () =>
    at("/mcp", { host: "localhost.evil.example" }),
  ),
  row("no Host", 400, "", () => at("/mcp", { host: "" })),
  row("another Host behind X-Forwarded-Host", 403, "not allowed", () =>
    at("/mcp", { host: "evil.example", headers: [admin, "X-Forwarded-Host: localhost"] }),
  ),
  row("a page of another origin", 403, "not allowed", () => list(admin, "Origin: https://evil.example")),
  row("a page without an origin", 403, "not allowed", () => list(admin, "Origin: null")),
  row("our origin by another scheme", 403, "not allowed", ({ port }) =>
    list(admin, `Origin: https://127.0.0.1:${port}`),
  ),
  row("a whole URL of another host", 421, "another host", () => at("http://evil.example/mcp")),
  row("a whole URL of the cluster's metadata", 421, "another host", () =>
    at("http://169.254.169.254/latest/meta-data"),
  ),
  row("a good and a bad Authorization", 400, "may stand once", () => list(admin, auth("Canary-Guess-000003"))),
  row("two Hosts", 400, "may stand once", () => list(admin, "Host: evil.example")),
  row("two signatures", 400, "may stand once", () =>
    at("/report-failure", { headers: [`X-Hub-Signature-256: ${seal(POD)}`, "X-Hub-Signature-256: x"], body: POD }),
  ),
  row("a length and chunks", 400, "Bad Request", () => list(admin, "Content-Length: 4", "Transfer-Encoding: chunked")),
  row("two lengths", 400, "Bad Request", () => list(admin, "Content-Length: 4", "Content-Length: 58")),
  row("chunks by another name", 400, "Bad Request", () => list(admin, "Transfer-Encoding: xchunked")),
  row("a blank before the colon", 400, "Bad Request", () => list(`Authorization : Bearer ${SECRETS.admin}`)),
  row("a folded header", 400, "Bad Request", () => list(`X-A: b\r\n Authorization: Bearer ${SECRETS.admin}`)),
  row(
    "bare line feeds",
    400,
    "Bad Request",
    () => `POST /mcp HTTP/1.1\nHost: localhost\n${admin}\nContent-Length: 2\n\n{}`,
  ),
  row("a second request in the first one's body", 400, "Bad Request", () =>
    list(admin, "Content-Length: 0", "Content-Length: 99"),
  ),
  row("a request line that is none", 400, "Bad Request", () => `${SECRETS.admin}\r\n\r\n`),
  row("TLS to a port without it", 400, "Bad Request", () => "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
  row("headers of 20 KiB", 431, "Too Large", () => list(admin, `X-A: ${"a".repeat(20_000)}`)),
  row("a body of 300 KiB", 413, "", () => list(admin, `Content-Length: ${300 * 1024}`)),
  row("a report of 100 KiB", 413, "larger than", () =>
    reportAs(SECRETS.report, about("shop", { metadata: { a: "x".repeat(100_000) } })),
  ),
  row("a compressed body", 415, "compressed", () =>
    at("/mcp", { headers: [admin, "Content-Encoding: gzip"], body: gzipSync(LIST) }),
  ),
  row("a compressed report", 415, "compressed", () =>
    at("/report-failure", { headers: [auth(SECRETS.report), "Content-Encoding: gzip"], body: gzipSync(POD) }),
  ),
  row("a batch of 101", 400, "Batch", () =>
    at("/mcp", { body: `[${Array.from({ length: 101 }, () => LIST).join()}]` }),
  ),
  row("JSON nested 10,000 deep", 400, "", () => at("/mcp", { body: "[".repeat(10_000) + "]".repeat(10_000) })),
  row("JSON that ends early", 400, "-32700", () => at("/mcp", { body: LIST.slice(0, 20) })),
  row("JSON that would change every object", 400, "", () =>
    at("/mcp", { body: '{"__proto__":{"admin":true},"jsonrpc":"2.0","id":1,"method":"tools/list"}' }),
  ),
  row("another type of body", 415, "", () => ({ headers: [admin, "Content-Type: text/plain"], body: LIST })),
  row("a path back out of /mcp", 404, "", () => get("/mcp/../metrics", admin)),
  row("an encoded path back out of /reports", 404, "no report", () => get("/reports/..%2f..%2fetc%2fpasswd", admin)),
  row("a path with NUL", 404, "", () => get("/reports/%00", admin)),
  row("a path that is no UTF-8", 400, "no valid URL path", () => get("/mcp/%ff%fe", admin)),
  row("TRACE", 405, "Method not allowed", () => ({ method: "TRACE", headers: [admin] })),
  row("a tunnel by CONNECT", 0, "", () => ({ method: "CONNECT", target: "169.254.169.254:80", headers: [admin] })),
];

export const ROWS: readonly Row[] = [...NO_CREDENTIAL, ...JWTS, ...CLUSTER, ...RIGHTS, ...REPORTS, ...EDGES];

/** The same doors, asked by who may come in. */
export async function honest({ issuer }: World): Promise<Record<string, Lines>> {
  const now = seconds(0);
  const later = (lines: Lines): Lines => ({ ...lines, target: "/report-failure?mode=async" });
  return {
    admin: list(admin),
    reader: list(auth(SECRETS.reader)),
    alice: list(auth(await issuer.token())),
    sam: list(auth(SECRETS.sam)),
    token: later(reportAs(SECRETS.report)),
    zoe: later(reportAs(SECRETS.zoe)),
    signed: later(signed(now, `${now}.${POD}`)),
  };
}
