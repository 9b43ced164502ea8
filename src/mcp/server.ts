// One McpServer per exchange (or session): tools come from the registry's ready-made lists, prompts and resources from
// the SDK's own registries. No registerTool: converting schemas per request costs 100 times the call.
import { randomBytes } from "node:crypto";
import {
  McpServer,
  ProtocolError,
  ProtocolErrorCode,
  createRequestStateCodec,
  type CacheHint,
  type CallToolRequest,
  type Implementation,
} from "@modelcontextprotocol/server";
import type { Caller } from "../core/caller.ts";
import type { CallRequest } from "../core/context.ts";
import type { InFlight } from "../core/in-flight.ts";
import type { Trail } from "../core/trail.ts";
import { callRequest, type CallSource } from "./call.ts";
import { registerPrompts } from "./prompts.ts";
import type { RequestHeaders } from "./request-headers.ts";
import { createRequestSpan } from "./request-span.ts";
import { registerResources } from "./resources.ts";
import { serveSubscriptions } from "./subscriptions.ts";
import { inputRequiredResult, toolResult } from "./result.ts";
import type { View } from "./view.ts";

/** Who does not listen for changes learns of them in a minute. Private: lists follow the caller's rights. */
export const LISTS: CacheHint = { ttlMs: 60_000, cacheScope: "private" };
const CONTENT: CacheHint = { ttlMs: 0, cacheScope: "private" };

const capabilities = (view: View) => ({
  tools: { listChanged: true },
  prompts: { listChanged: false },
  resources: { listChanged: false, subscribe: view.resources.some((resource) => resource.watch !== undefined) },
  completions: {},
  logging: {},
});

const CACHE_HINTS = {
  "tools/list": LISTS,
  "prompts/list": LISTS,
  "resources/list": LISTS,
  "resources/templates/list": LISTS,
  "server/discover": LISTS,
  "resources/read": CONTENT,
};

export interface ServerOptions {
  readonly info: Implementation;
  readonly inFlight: InFlight;
  readonly headers: RequestHeaders;
  readonly trail: Trail;
}

export type ServerFactory = (view: View, caller: Caller) => McpServer;

/** Makes the factory; states of unfinished tools are signed with a key of this process. */
export function createServerFactory({ info, inFlight, headers, trail }: ServerOptions): ServerFactory {
  const key = randomBytes(32);
  return (view, caller) => {
    const codec = createRequestStateCodec({ key, bind: (ctx) => `${caller.id}\0${ctx.mcpReq.method}` });
    const mcp = new McpServer(info, {
      capabilities: capabilities(view),
      instructions: view.instructions,
      cacheHints: CACHE_HINTS,
      requestState: { verify: (state, ctx) => codec.verify(state, ctx) },
    });
    const { server } = mcp;
    const source = (): CallSource => ({
      caller,
      headers: headers.current,
      trace: headers.trace,
      declared: server.getClientCapabilities(),
      named: server.getClientVersion(),
      version: server.getNegotiatedProtocolVersion(),
    });
    const span = createRequestSpan(trail, source);
    server.setRequestHandler("tools/list", () => ({ tools: view.tools }));
    server.setRequestHandler("tools/call", async (request, ctx) => {
      const leave = inFlight.enter();
      try {
        const asked = callRequest(ctx, source());
        return await callTool(view, request.params, asked, (state) => codec.mint(state, ctx));
      } finally {
        leave();
      }
    });
    registerPrompts(mcp, view, { caller, codec, span });
    registerResources(mcp, view, { caller, span });
    serveSubscriptions(mcp, view);
    // The SDK compares Mcp-Param headers with the arguments where a schema asks for it; it knows only registerTool.
    mcp.toolInputSchemaJson = (name) => view.headerSchemas.get(name);
    return mcp;
  };
}

async function callTool(
  view: View,
  params: CallToolRequest["params"],
  request: CallRequest,
  mint: (state: unknown) => Promise<string>,
) {
  const entry = view.registry.find(params.name);
  if (entry === undefined) {
    const why = view.registry.whyAbsent(params.name);
    const reason = why === undefined ? "" : `; ${why}`;
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown tool: ${params.name.slice(0, 64)}${reason}`);
  }
  const input = params.arguments ?? {};
  const outcome = await view.registry.call(params.name, input, request);
  if (!outcome.ok && outcome.kind === "needs-input") {
    return inputRequiredResult(outcome, mint);
  }
  return toolResult(view.registry.present(entry, outcome, input));
}
