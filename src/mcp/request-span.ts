// What a client asks beside tool calls, as spans: https://opentelemetry.io/docs/specs/semconv/gen-ai/mcp/#server
// Only of requests that do work: lists and greetings are answered from memory.
import { ProtocolError, type ServerContext } from "@modelcontextprotocol/server";
import { originAttributes } from "../core/call-span.ts";
import type { Attributes, Trail } from "../core/trail.ts";
import { originOf, type CallSource } from "./call.ts";

export interface Asked {
  readonly method: "prompts/get" | "resources/read";
  /** For the span's name; one of few. */
  readonly target?: string;
  readonly attributes: Attributes;
}

export type RequestSpan = <T>(asked: Asked, ctx: ServerContext, work: () => Promise<T>) => Promise<T>;

/** `source` is asked at each request. */
export function createRequestSpan(trail: Trail, source: () => CallSource): RequestSpan {
  return async ({ method, target, attributes }, ctx, work) => {
    if (!trail.isTraced) return work();
    const from = source();
    const origin = originOf(ctx, from);
    const start = {
      name: target === undefined ? method : `${method} ${target}`,
      kind: "server" as const,
      from: origin.carriers,
      attributes: {
        ...originAttributes(method, origin),
        "mcp.session.id": ctx.sessionId,
        "client.address": from.caller.address,
        ...attributes,
      },
    };
    return trail.span(start, (span) =>
      work().catch((error: unknown) => {
        if (error instanceof ProtocolError) span.fail(String(error.code));
        throw error;
      }),
    );
  };
}
