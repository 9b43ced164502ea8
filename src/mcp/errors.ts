// JSON-RPC bodies for what goes wrong before or beside the SDK: clients can read nothing else on these paths.
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { Denied } from "../core/denied.ts";
import { isObject } from "../core/json.ts";
import { UnknownModule } from "./views.ts";

const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;
const SERVER_ERROR = -32_000;
export const SESSION_NOT_FOUND = -32_001;

/** Deeper JSON than this is refused: nothing legitimate needs it, and recursive readers break on it. */
const MAX_DEPTH = 64;

/** A refusal that becomes an HTTP status and a JSON-RPC error. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: number, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export const rpcError = (code: number, message: string, id: string | number | null = null) => ({
  jsonrpc: "2.0" as const,
  error: { code, message },
  id,
});

export const INTERNAL_ERROR = rpcError(-32_603, "internal error in the hub");

/** The id of a single request, to be answered with; null for anything else. */
export function requestId(body: unknown): string | number | null {
  const id = isObject(body) ? body["id"] : undefined;
  return typeof id === "string" || typeof id === "number" ? id : null;
}

/** Fastify's error handler for the MCP paths. */
export function sendError(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): void {
  const { status, code, message, headers } = refusalOf(error);
  if (status >= 500) request.log.error({ err: error }, "an MCP request failed");
  void reply
    .code(status)
    .headers(headers)
    .type("application/json")
    .send(rpcError(code, message, requestId(request.body)));
}

function refusalOf(error: FastifyError | Error): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof Denied) return new Refusal(error.status, SERVER_ERROR, error.message, { ...error.headers });
  if (error instanceof UnknownModule) return new Refusal(404, INVALID_REQUEST, error.message);
  const code = "code" in error ? error.code : "";
  const status = "statusCode" in error ? (error.statusCode ?? 500) : 500;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    return new Refusal(413, INVALID_REQUEST, "the request body is too large", { connection: "close" });
  }
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") {
    return new Refusal(415, SERVER_ERROR, "Content-Type must be application/json");
  }
  if (status === 400) return new Refusal(400, PARSE_ERROR, `the body is not acceptable JSON: ${error.message}`);
  if (status < 500) return new Refusal(status, INVALID_REQUEST, error.message);
  return new Refusal(500, -32_603, "internal error in the hub");
}

/** Throws a Refusal when a parsed body is nested too deeply. */
export function checkDepth(body: unknown): void {
  if (isDeeperThan(body, MAX_DEPTH)) {
    throw new Refusal(400, INVALID_REQUEST, `the body is nested deeper than ${MAX_DEPTH} levels`);
  }
}

/** Recursive, but never deeper than the limit itself. */
function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((member) => isDeeperThan(member, levels - 1));
}
