// What the report routes answer when something was thrown: FastAPI's form, as the seed's agent has it.
import type { FastifyReply, FastifyRequest } from "fastify";
import { Denied } from "../core/denied.ts";
import { ToolFailure, type FailureKind } from "../core/failure.ts";
import type { Log } from "../core/log.ts";
import { DetailError } from "./detail.ts";

export const MAX_BODY_BYTES = 64 * 1024;

const STATUS: Readonly<Partial<Record<FailureKind, number>>> = {
  invalid: 409,
  "not-found": 404,
  denied: 403,
  unavailable: 503,
  timeout: 503,
  "too-large": 413,
};

export function statusOf(error: unknown): number {
  if (error instanceof DetailError) return 422;
  if (error instanceof Denied) return error.status;
  if (error instanceof ToolFailure) return STATUS[error.kind] ?? 500;
  const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
  return status >= 400 && status < 500 ? status : 500;
}

export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): FastifyReply {
  const status = statusOf(error);
  void reply.code(status);
  if (error instanceof DetailError) return reply.send({ detail: error.detail });
  if (error instanceof Denied) return reply.headers(error.headers).send({ detail: error.message });
  if (error instanceof ToolFailure) {
    return (status === 503 ? reply.header("retry-after", "10") : reply).send({ detail: error.message });
  }
  if (status === 413) {
    return reply.send({ detail: `the body is larger than ${MAX_BODY_BYTES / 1024} KiB; send less metadata` });
  }
  if (status < 500) return reply.send({ detail: "the request could not be read" });
  log.error({ err: error, path: request.url.split("?")[0] }, "a report route failed in a way nobody foresaw");
  return reply.send({ detail: "internal error in the hub; the operator finds it in the log" });
}
