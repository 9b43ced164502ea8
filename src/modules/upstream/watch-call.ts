// A call of another server's tool as it is counted and traced: https://opentelemetry.io/docs/specs/semconv/gen-ai/mcp/#client
import type { CallToolResult } from "@modelcontextprotocol/client";
import type { Carrier } from "../../core/trail.ts";
import type { Watch } from "../../core/watch.ts";

/** `ask` gets what belongs into `_meta`, so that the server's own spans come below ours. */
export function watchCall(
  watch: Watch,
  { name }: { readonly name: string },
  ask: (meta: Carrier) => Promise<CallToolResult>,
): Promise<CallToolResult> {
  const attributes = {
    "mcp.method.name": "tools/call",
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": name,
  };
  return watch.exchange(
    { name: `tools/call ${name}`, attributes },
    (result, span) => {
      if (result.isError !== true) return "ok";
      span.fail("tool_error");
      return "tool_error";
    },
    ask,
  );
}
