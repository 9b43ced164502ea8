// From MCP's request context to what the registry wants to know of a call.
import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  PROTOCOL_VERSION_META_KEY,
  type ServerContext,
} from "@modelcontextprotocol/server";
import type { Caller } from "../core/caller.ts";
import type { CallOrigin, CallRequest, ClientInfo, LogLevel } from "../core/context.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import { carrierIn, type Carrier } from "../core/trail.ts";

export interface CallSource {
  readonly caller: Caller;
  /** Of the HTTP request, those that modules asked for. */
  readonly headers?: CallRequest["headers"];
  /** The trace of the HTTP request. */
  readonly trace?: Carrier;
  /** What the client of a 2025-era session said when it opened it. */
  readonly declared?: object | undefined;
  /** How that client called itself then. */
  readonly named?: object | undefined;
  /** The protocol's version that was agreed on then. */
  readonly version?: string | undefined;
}

export function callRequest(ctx: ServerContext, source: CallSource): CallRequest {
  const { caller, headers = {}, declared = {}, named } = source;
  const { mcpReq } = ctx;
  const envelope: JsonObject = mcpReq.envelope ?? {};
  const abilities = envelope[CLIENT_CAPABILITIES_META_KEY] ?? declared;
  return {
    signal: mcpReq.signal,
    caller,
    door: "mcp",
    headers,
    client: clientIn(envelope[CLIENT_INFO_META_KEY] ?? named, ctx.sessionId),
    answers: mcpReq.inputResponses ?? {},
    state: mcpReq.requestState(),
    abilities: isObject(abilities) ? abilities : {},
    origin: originOf(ctx, source),
    progress: progressSender(ctx),
    log: (level: LogLevel, message: string) => void mcpReq.log(level, message).catch(ignore),
  };
}

/** Who came over HTTP has an address; the client of a pipe has none. */
export function originOf({ mcpReq }: ServerContext, { caller, trace = {}, version }: CallSource): CallOrigin {
  const said: JsonObject = mcpReq.envelope ?? {};
  const ofRequest = said[PROTOCOL_VERSION_META_KEY];
  return {
    requestId: String(mcpReq.id),
    transport: caller.address === undefined ? "pipe" : "tcp",
    version: typeof ofRequest === "string" ? ofRequest : version,
    carriers: [carrierIn(mcpReq._meta ?? {}), trace],
  };
}

/** For the audit: clipped, since anybody may call himself anything. */
export function clientIn(info: unknown, session: string | undefined): ClientInfo | undefined {
  if (!isObject(info) || typeof info["name"] !== "string" || typeof info["version"] !== "string") return undefined;
  return { name: info["name"].slice(0, 100), version: info["version"].slice(0, 100), session };
}

/** Progress must grow; where the tool gives no number, the messages are counted. */
function progressSender({ mcpReq }: ServerContext): NonNullable<CallRequest["progress"]> {
  const token = mcpReq._meta?.progressToken;
  if (token === undefined) return () => undefined;
  let sent = 0;
  return (message, done, total) => {
    sent = done ?? sent + 1;
    const params = { progressToken: token, progress: sent, message, ...(total === undefined ? {} : { total }) };
    mcpReq.notify({ method: "notifications/progress", params }).catch(ignore);
  };
}

/** The client has gone: the call's signal says so, and nothing is lost with the notice. */
const ignore = (): undefined => undefined;
