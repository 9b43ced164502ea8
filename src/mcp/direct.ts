// The short way for plain tools/call and tools/list, which are nearly all traffic: no SDK server, no web streams, a sixth
// of the CPU. It takes only impeccable requests that expect nothing before their answer; everything else goes through the
// SDK, and a test holds both ways to the same answer.
import { SUPPORTED_PROTOCOL_VERSIONS } from "@modelcontextprotocol/server";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { JsonObject } from "../core/json.ts";
import { isLong } from "../core/tool.ts";
import type { Entry } from "../core/entry.ts";
import type { View } from "./view.ts";

export const MODERN = "2026-07-28";
/** Of W3C Trace Context, which traced clients of either era send. */
const trace = { traceparent: z.string().optional(), tracestate: z.string().optional(), baggage: z.string().optional() };
const Meta = z.strictObject({
  ...trace,
  "io.modelcontextprotocol/protocolVersion": z.literal(MODERN),
  "io.modelcontextprotocol/clientInfo": z.looseObject({ name: z.string(), version: z.string() }),
  "io.modelcontextprotocol/clientCapabilities": z.record(z.string(), z.record(z.string(), z.unknown())),
});
const id = z.union([z.string(), z.int()]);
const Call = z.strictObject({
  jsonrpc: z.literal("2.0"),
  id,
  method: z.literal("tools/call"),
  params: z.strictObject({
    name: z.string(),
    arguments: z.record(z.string(), z.unknown()).optional(),
    _meta: Meta.or(z.strictObject(trace)).optional(),
  }),
});
const List = z.strictObject({
  jsonrpc: z.literal("2.0"),
  id,
  method: z.literal("tools/list"),
  params: z.strictObject({ _meta: Meta.optional() }).optional(),
});

export interface DirectCall {
  readonly method: "tools/call";
  readonly id: string | number;
  readonly entry: Entry;
  readonly input: JsonObject;
  readonly abilities: JsonObject;
  readonly meta: JsonObject | undefined;
  /** How a 2026-era client calls itself. */
  readonly client: object | undefined;
  readonly isModern: boolean;
}

export interface DirectList {
  readonly method: "tools/list";
  readonly id: string | number;
  readonly isModern: boolean;
}

/** The request, when it can be answered directly; undefined sends it through the SDK. */
export function readDirect(request: FastifyRequest, view: View): DirectCall | DirectList | undefined {
  if (request.method !== "POST") return undefined;
  return readCall(request, view) ?? readList(request);
}

function readCall(request: FastifyRequest, view: View): DirectCall | undefined {
  const parsed = Call.safeParse(request.body);
  if (!parsed.success) return undefined;
  const { params, method, id } = parsed.data;
  const { name, _meta: meta } = params;
  const entry = view.registry.find(name);
  if (entry === undefined || view.headerSchemas.has(name)) return undefined;
  const input = params.arguments ?? {};
  if (isLong(entry.tool, input) || entry.tool.asks === true) return undefined;
  const modern = meta !== undefined && "io.modelcontextprotocol/protocolVersion" in meta ? meta : undefined;
  const isModern = modern !== undefined;
  if (!(isModern ? isModernCall(request, method, name) : isLegacyCall(request))) return undefined;
  const abilities = modern?.["io.modelcontextprotocol/clientCapabilities"] ?? {};
  const client = modern?.["io.modelcontextprotocol/clientInfo"];
  return { method, id, entry, input, abilities, meta, client, isModern };
}

function readList(request: FastifyRequest): DirectList | undefined {
  const parsed = List.safeParse(request.body);
  if (!parsed.success) return undefined;
  const { params, method, id } = parsed.data;
  const isModern = params?._meta !== undefined;
  return (isModern ? isModernCall(request, method) : isLegacyCall(request)) ? { method, id, isModern } : undefined;
}

const isModernCall = ({ headers }: FastifyRequest, method: string, name?: string): boolean =>
  headers["mcp-protocol-version"] === MODERN && headers["mcp-method"] === method && headers["mcp-name"] === name;

function isLegacyCall({ headers }: FastifyRequest): boolean {
  const { accept = "", "mcp-protocol-version": version } = headers;
  const isKnown =
    version === undefined || (typeof version === "string" && SUPPORTED_PROTOCOL_VERSIONS.includes(version));
  return isKnown && accept.includes("application/json") && accept.includes("text/event-stream");
}
