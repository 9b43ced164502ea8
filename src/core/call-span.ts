// A tool call as a span, in the words of the conventions for MCP servers and generative AI:
// https://opentelemetry.io/docs/specs/semconv/gen-ai/mcp/#server and .../gen-ai-spans/#execute-tool-span
import type { CallOrigin, CallRequest } from "./context.ts";
import type { Entry } from "./entry.ts";
import type { Outcome } from "./outcome.ts";
import type { Attributes, Span, SpanStart } from "./trail.ts";

export interface CallSpan {
  readonly start: SpanStart;
  readonly end: (span: Span, outcome: Outcome) => void;
}

/** Arguments and answers stand in no span: they may hold anything, and the audit is the place for them. */
export function callSpan(
  entry: Entry | undefined,
  callId: string,
  { door, client, caller, origin }: CallRequest,
): CallSpan {
  const tool = entry?.tool.name;
  const common = {
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": tool,
    "gen_ai.tool.type": "extension",
    "ops_hub.module": entry?.module,
    "ops_hub.call.id": callId,
  };
  return {
    start:
      origin === undefined
        ? { name: named("execute_tool", tool), kind: "internal", attributes: { ...common, "ops_hub.door": door } }
        : {
            name: named("tools/call", tool),
            kind: "server",
            from: origin.carriers,
            attributes: {
              ...common,
              ...originAttributes("tools/call", origin),
              "mcp.session.id": client?.session,
              "client.address": caller.address,
            },
          },
    end: (span, outcome) => {
      span.set({ "ops_hub.outcome": outcome.ok ? "success" : outcome.kind });
      if (!outcome.ok && outcome.kind !== "needs-input") span.fail("tool_error");
    },
  };
}

/** What is told of every request of an MCP client. */
export const originAttributes = (method: string, { requestId, transport, version }: CallOrigin): Attributes => ({
  "mcp.method.name": method,
  "mcp.protocol.version": version,
  "jsonrpc.request.id": requestId,
  "network.transport": transport,
  "network.protocol.name": transport === "tcp" ? "http" : undefined,
});

/** Names of spans are few: an unknown tool's name is the caller's. */
const named = (operation: string, tool: string | undefined): string =>
  tool === undefined ? operation : `${operation} ${tool}`;
