// From an upstream's tools to ours: named, described as somebody else's, and only as mighty as the operator lets them be.
import type { Progress } from "@modelcontextprotocol/client";
import { z } from "zod";
import type { CallContext } from "../../core/context.ts";
import { ToolFailure, type FailureKind } from "../../core/failure.ts";
import { globMatcher } from "../../core/glob.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Redactor } from "../../core/redact.ts";
import { defineTool, type Access, type Tool } from "../../core/tool.ts";
import { oneLine } from "../../core/clip.ts";
import type { Connection } from "./connection.ts";
import { RemoteError } from "./failures.ts";
import { toolNames } from "./names.ts";
import { plainText, type RemoteTool } from "./remote-tool.ts";
import { fitText, readReply, textOf } from "./reply.ts";
import type { Server } from "./server.ts";

/** Our own limit for a description. */
const MAX_DESCRIPTION = 1_000;
/** A failure's text stands in the log, too. */
const MAX_FAILURE_BYTES = 8_192;
/** Calls that may take longer than a minute are kept alive from their start. */
const LONG_MS = 60_000;
/** A server that tells of its progress without end is heard this often. */
const PROGRESS_MS = 200;

export interface Offered {
  readonly tools: readonly Tool[];
  /** Tools that are there and not offered, each with what would switch it on. */
  readonly absent: Readonly<Record<string, string>>;
}

export interface OfferOptions {
  readonly server: Server;
  readonly connection: Connection;
  readonly redactor: Redactor;
}

export function offer(remote: readonly RemoteTool[], options: OfferOptions): Offered {
  const { name, prefix, allow, deny, writes } = options.server;
  const allowed = allow.map(globMatcher);
  const denied = deny.map(globMatcher);
  const chosen = remote.filter(
    (tool) =>
      (allowed.length === 0 || allowed.some((fits) => fits(tool.name))) && !denied.some((fits) => fits(tool.name)),
  );
  const names = toolNames(
    prefix,
    chosen.map((tool) => tool.name),
  );
  const tools: Tool[] = [];
  const absent: Record<string, string> = {};
  for (const tool of chosen) {
    const ours = names.get(tool.name) ?? tool.name;
    if (tool.readOnly || writes) tools.push(toolOf(ours, tool, options));
    else absent[ours] = `it may write: the operator switches it on with writes: true for ${name} in UPSTREAMS_PATH`;
  }
  return { tools, absent };
}

const accessOf = ({ readOnly, destructive }: RemoteTool): Access =>
  readOnly ? "read" : destructive ? "destructive" : "write";

/** The server checks its arguments itself, and knows better. */
const ANY_OBJECT = z.looseObject({});

/** Given back as it is; the reply was taken apart and cleaned before. */
const ANSWER: z.ZodType<JsonObject> = z.any().meta({ type: "object" });

function toolOf(name: string, tool: RemoteTool, { server, connection, redactor }: OfferOptions): Tool {
  const texts = new WeakMap<JsonObject, string>();
  return defineTool({
    name,
    title: tool.title ?? name,
    description: describe(server.name, tool),
    access: accessOf(tool),
    openWorld: tool.openWorld,
    idempotent: tool.readOnly || tool.idempotent,
    long: server.timeoutMs > LONG_MS,
    input: ANY_OBJECT,
    inputSchema: tool.inputSchema,
    output: ANSWER,
    run: async (input, context) => {
      const progress = progressTo(context);
      const result = await connection
        .call(tool, input, { signal: context.signal, progress })
        .catch((error: unknown) => {
          throw error instanceof RemoteError ? answeredWithError(server.name, error, { context, redactor }) : error;
        });
      if (result.isError === true) throw toolFailed(server.name, textOf(result), { context, redactor });
      const { text, structured, attachments } = readReply(result, { budget: context.budget, redactor });
      for (const attachment of attachments) context.attach(attachment);
      const value = structured ?? { text };
      texts.set(value, text);
      return value;
    },
    text: (value) => texts.get(value) ?? JSON.stringify(value),
  });
}

function describe(server: string, { description }: RemoteTool): string {
  const said = description === "" ? "it says nothing of it." : description;
  return plainText(`Tool of the MCP server ${server}, which describes it so: ${said}`, MAX_DESCRIPTION - 1);
}

interface Showing {
  readonly context: CallContext;
  readonly redactor: Redactor;
}

function toolFailed(server: string, text: string, { context, redactor }: Showing): ToolFailure {
  const budget = { ...context.budget, textBytes: Math.min(context.budget.textBytes, MAX_FAILURE_BYTES) };
  const said = fitText(text, { budget, redactor }) || "it does not say why";
  return new ToolFailure("invalid", `${server} says: ${said}`, { code: "UPSTREAM_TOOL_FAILED" });
}

function answeredWithError(
  server: string,
  { code, message }: RemoteError,
  { context, redactor }: Showing,
): ToolFailure {
  const failed = toolFailed(server, message, { context, redactor });
  return new ToolFailure(KINDS[code] ?? "unavailable", failed.message, { code: "UPSTREAM_ERROR", json_rpc_code: code });
}

/** JSON-RPC's own codes: no such method, bad arguments. */
const KINDS: Readonly<Record<number, FailureKind>> = { [-32_601]: "not-found", [-32_602]: "invalid" };

function progressTo(context: CallContext): (progress: Progress) => void {
  let last = -Infinity;
  return ({ message, progress, total }) => {
    const now = performance.now();
    if (now - last < PROGRESS_MS) return;
    last = now;
    context.progress(message === undefined ? "under way" : oneLine(message, 200), progress, total);
  };
}
