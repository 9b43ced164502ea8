// What no honest client sends, and what servers and proxies understand differently: refused before anybody looks at it.
import type { FastifyRequest } from "fastify";
import { Denied } from "../core/denied.ts";

/** A second one of these would be somebody else's word about who asks, or what was signed. */
const SINGLE = new Set([
  "host",
  "origin",
  "authorization",
  "x-hub-signature-256",
  "x-gitea-signature",
  "x-hub-timestamp",
]);
const LONGEST = Math.max(...[...SINGLE].map((name) => name.length));

/** In a URL they end up in logs, histories and Referer headers. */
const CREDENTIALS = new Set([
  "access_token",
  "api_key",
  "api-key",
  "apikey",
  "auth_token",
  "authorization",
  "bearer",
  "client_secret",
  "id_token",
  "password",
  "refresh_token",
  "secret",
  "token",
  "x-api-key",
]);

export function shapeProblem(request: FastifyRequest): Denied | undefined {
  const { rawHeaders } = request.raw;
  const { "content-encoding": encoding, "transfer-encoding": transfer } = request.headers;
  const twice = doubled(rawHeaders);
  if (twice !== undefined) return new Denied(400, `the header ${twice} may stand once`);
  if (encoding !== undefined && !/^ *identity *$/i.test(encoding)) return COMPRESSED;
  if (transfer !== undefined && !/^ *chunked *$/i.test(transfer)) return COMPRESSED;
  const credential = credentialIn(request.originalUrl);
  if (credential === undefined) return undefined;
  const message = `a URL is no place for a credential (?${credential}=): send the header Authorization: Bearer <token>`;
  return new Denied(400, message);
}

const COMPRESSED = new Denied(415, "compressed bodies are not taken; send the body as it is", {
  headers: { "accept-encoding": "identity" },
});

/** Node keeps the first, or joins them: only the raw list tells. */
function doubled(rawHeaders: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const raw = rawHeaders[at] ?? "";
    if (raw.length > LONGEST) continue;
    const name = raw.toLowerCase();
    if (!SINGLE.has(name)) continue;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}

function credentialIn(url: string): string | undefined {
  const at = url.indexOf("?");
  if (at < 0) return undefined;
  return [...new URLSearchParams(url.slice(at + 1)).keys()]
    .map((name) => name.trim().toLowerCase())
    .find((name) => CREDENTIALS.has(name));
}

/** A request line may hold a whole URL (RFC 9112, 3.2.2); undefined when it does not. */
export function targetOf(url: string): URL | undefined {
  return /^[a-z][a-z\d+.-]*:/i.test(url) && URL.canParse(url) ? new URL(url) : undefined;
}
