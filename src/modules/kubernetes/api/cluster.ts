// One cluster as tools see it: JSON by path, and streams for logs. Every request has a deadline and a cap, and only reads.
import type { Readable } from "node:stream";
import type { z } from "zod";
import { explainNetwork, UpstreamError } from "../../../core/upstream-error.ts";
import { readBody } from "../../../core/read-body.ts";
import { ToolFailure } from "../../../core/failure.ts";
import type { Pairs } from "../../../core/upstream.ts";
import type { Connection, ConnectionReply } from "./connection.ts";
import { refused, unanswered, type Asked } from "./failures.ts";

export interface ApiRequest extends Omit<Asked, "context"> {
  /** For example `api/v1/namespaces/shop/pods`; made by `apiPath`. */
  readonly path: string;
  readonly query?: Pairs;
  readonly accept?: string;
  readonly signal: AbortSignal;
}

export interface Cluster {
  /** The name of its context. */
  readonly name: string;
  /** Where calls go that name no namespace. */
  readonly namespace: string;
  /** @throws ToolFailure for everything but a 2xx with the shape asked for */
  get<T>(request: ApiRequest, shape: z.ZodType<T>): Promise<T>;
  /** The raw bytes of a successful reply; whoever gets them reads or destroys them. The deadline ends with the headers. */
  stream(request: ApiRequest): Promise<Readable>;
  /** Credentials in use, to be taken out of logs. */
  secrets(): readonly string[];
  close(): Promise<void>;
}

export interface ClusterOptions {
  readonly name: string;
  readonly namespace: string;
  readonly connection: Connection;
  readonly timeoutMs: number;
}

/** A page of 500 large objects is a few megabytes. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;
const MAX_REFUSAL_BYTES = 64 * 1024;

export function openCluster({ name, namespace, connection, timeoutMs }: ClusterOptions): Cluster {
  /** Runs `use` on the reply; whatever goes wrong becomes a failure in our words. */
  async function ask<T>(
    request: ApiRequest,
    encoding: string,
    use: (reply: ConnectionReply, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(new UpstreamError("timeout", "no answer in time")), timeoutMs);
    const signal = AbortSignal.any([request.signal, deadline.signal]);
    const asked: Asked = { ...request, context: name };
    try {
      const headers: Pairs = [
        ["accept", request.accept ?? "application/json"],
        ["accept-encoding", encoding],
      ];
      const reply = await connection.open({ path: request.path, query: request.query ?? [], headers, signal });
      if (reply.status >= 200 && reply.status <= 299) return await use(reply, signal);
      const body = await readBody(reply.body, reply.contentEncoding, MAX_REFUSAL_BYTES, signal).catch(() => undefined);
      throw refused(asked, reply.status, body === undefined ? "" : new TextDecoder().decode(body));
    } catch (error) {
      if (error instanceof ToolFailure) throw error;
      throw unanswered(asked, explain(error, request.signal, deadline.signal), timeoutMs);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    name,
    namespace,
    get: (request, shape) =>
      ask(request, "gzip, identity", async (reply, signal) => {
        const bytes = await readBody(reply.body, reply.contentEncoding, MAX_BODY_BYTES, signal);
        return parseReply(bytes, shape);
      }),
    stream: (request) => ask(request, "identity", async ({ body }) => body),
    secrets: () => connection.secrets(),
    close: () => connection.close(),
  };
}

const invalidReply = (): ToolFailure =>
  new ToolFailure("unavailable", "the answer is not what the Kubernetes API would say; is this address its own?", {
    code: "INVALID_RESPONSE",
  });

function parseReply<T>(bytes: Uint8Array, shape: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw invalidReply();
  }
  const parsed = shape.safeParse(value);
  if (!parsed.success) throw invalidReply();
  return parsed.data;
}

function explain(error: unknown, caller: AbortSignal, deadline: AbortSignal): UpstreamError {
  if (error instanceof UpstreamError) return error;
  if (caller.aborted) return new UpstreamError("aborted", "the caller hung up", {}, { cause: error });
  if (deadline.aborted) return new UpstreamError("timeout", "no answer in time", {}, { cause: error });
  const known = explainNetwork(error);
  if (known === undefined) throw error;
  return known;
}

/**
 * Joins segments, each encoded; empty ones and undefined are left out.
 * @throws ToolFailure for a dot segment, with which a name would climb to another resource
 */
export function apiPath(...segments: readonly (string | undefined)[]): string {
  const given = segments.filter((segment): segment is string => segment !== undefined && segment !== "");
  if (given.some((segment) => segment === "." || segment === "..")) {
    throw new ToolFailure("invalid", "a name of Kubernetes is never . or ..");
  }
  return given.map(encodeURIComponent).join("/");
}
