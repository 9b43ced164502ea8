// An upstream MCP server as the agent's tracker and evidence see it: names and calls, no protocol.
import type { JsonObject } from "../../core/json.ts";

export interface UpstreamReply {
  /** The tool itself failed (`isError`, or a JSON-RPC error); `text` says why. */
  readonly isError: boolean;
  /** All text parts, joined by newlines, as they came: hostile, and not redacted. */
  readonly text: string;
  readonly structured: JsonObject | undefined;
}

export interface UpstreamPort {
  readonly name: string;
  /** By the names of the server itself, whatever the allow and deny lists offer to callers. */
  has(tool: string): boolean;
  tools(): readonly string[];
  /** @throws ToolFailure unavailable, timeout, cancelled or too-large; `details.may_have_written` when the request had been sent */
  call(tool: string, args: JsonObject, signal: AbortSignal): Promise<UpstreamReply>;
  /** Resolves once the server has told its tools. @throws ToolFailure as `call` */
  ready(signal: AbortSignal): Promise<void>;
}
