// What a web page of a listed origin may do: everything but send cookies, which we have none of. Others get no word of it.
// https://fetch.spec.whatwg.org/#http-cors-protocol
import type { FastifyReply, FastifyRequest } from "fastify";

const METHODS = "GET, POST, DELETE";
const EXPOSED = "Mcp-Session-Id, WWW-Authenticate, Retry-After, Location, Mcp-Protocol-Version";
const MAX_AGE_SECONDS = "600";
const MAX_HEADERS = 50;
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]{1,100}$/;

/** True when that was a preflight, and it is answered. The origin has passed already. */
export function answerCors(request: FastifyRequest, reply: FastifyReply, allowedOrigins: readonly string[]): boolean {
  if (allowedOrigins.length === 0) return false;
  const { origin } = request.headers;
  // on the raw response: doors that write it themselves send them too
  reply.raw.setHeader("vary", "Origin");
  if (origin === undefined || !allowedOrigins.includes(origin)) return false;
  reply.raw.setHeader("access-control-allow-origin", origin);
  reply.raw.setHeader("access-control-expose-headers", EXPOSED);
  if (request.method !== "OPTIONS" || request.headers["access-control-request-method"] === undefined) return false;
  void reply
    .code(204)
    .headers({
      "access-control-allow-methods": METHODS,
      "access-control-allow-headers": wantedHeaders(request).join(", "),
      "access-control-max-age": MAX_AGE_SECONDS,
    })
    .send();
  return true;
}

/** MCP names headers after arguments (Mcp-Param-*), so there is no list of all of them. */
function wantedHeaders({ headers }: FastifyRequest): string[] {
  const { "access-control-request-headers": wanted = "" } = headers;
  const names = wanted.split(",").map((name) => name.trim());
  return names.filter((name) => HEADER_NAME.test(name)).slice(0, MAX_HEADERS);
}
