// A call of another server's tool as it is counted and traced: https://opentelemetry.io/docs/specs/semconv/gen-ai/mcp/#client
import type { CallToolResult } from "@modelcontextprotocol/client";
import { ToolFailure, type FailureKind } from "../../core/failure.ts";
import type { Carrier, Span } from "../../core/trail.ts";
import type { Watch } from "../../core/watch.ts";
import { RemoteError } from "./failures.ts";

/** What is told apart of the calls that brought no result; the rest is `failed`. As requests over HTTP are counted. */
const WORDS: Readonly<Partial<Record<FailureKind, string>>> = {
  cancelled: "aborted",
  timeout: "timeout",
  "too-large": "too-large",
};

/** `ask` gets what belongs into `_meta`, so that the server's own spans come below ours. */
export async function watchCall(
  watch: Watch,
  { name }: { readonly name: string },
  ask: (meta: Carrier) => Promise<CallToolResult>,
): Promise<CallToolResult> {
  const attributes = {
    "mcp.method.name": "tools/call",
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": name,
  };
  const ended = await watch.exchange({ name: `tools/call ${name}`, attributes }, judge, async (meta) => {
    const [result] = await Promise.allSettled([ask(meta)]);
    return result;
  });
  if (ended.status === "fulfilled") return ended.value;
  throw ended.reason;
}

/** `tool_error` is the server's own no: the tool has failed, or JSON-RPC has a code for it. */
function judge(ended: PromiseSettledResult<CallToolResult>, span: Span): string {
  if (ended.status === "fulfilled" && ended.value.isError !== true) return "ok";
  const error: unknown = ended.status === "fulfilled" ? undefined : ended.reason;
  if (error instanceof RemoteError) span.fail(String(error.code));
  if (error === undefined || error instanceof RemoteError) return failed(span, "tool_error");
  return failed(span, (error instanceof ToolFailure ? WORDS[error.kind] : undefined) ?? "failed");
}

function failed(span: Span, word: string): string {
  span.fail(word);
  return word;
}
