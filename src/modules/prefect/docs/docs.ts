// Prefect's documentation, searched by an MCP server elsewhere. It is asked only when someone searches, and never for longer than three
// seconds. Of MCP only what one search needs is spoken here: initialize, tools/list, tools/call over Streamable HTTP.
import { z } from "zod";
import { ToolFailure } from "../../../core/failure.ts";
import { createUpstream, UpstreamError, type Pairs, type Upstream } from "../../../core/upstream.ts";
import type { Watch } from "../../../core/watch.ts";
import { messagesIn } from "./messages.ts";

export interface Found {
  readonly snippet: string;
  readonly title?: string | undefined;
  readonly link?: string | undefined;
  readonly score?: number | undefined;
}

export interface Docs {
  /** @throws ToolFailure */
  search(query: string, most: number, signal: AbortSignal): Promise<Found[]>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 3_000;
const MAX_BYTES = 1024 * 1024;
const PROTOCOL = "2025-06-18";

/** @throws Error for an address that is none */
export function createDocs(address: string, watch?: Watch): Docs {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new Error("PREFECT_DOCS_MCP_URL must be an http or https URL");
  const upstream = createUpstream({
    baseUrl: url.origin,
    headers: () => [],
    maxResponseBytes: MAX_BYTES,
    timeoutMs: TIMEOUT_MS,
    connectTimeoutMs: TIMEOUT_MS,
    watch,
  });
  return {
    search: (query, most, signal) => withinTime(url, signal, (either) => search(upstream, url, query, most, either)),
    close: () => upstream.close(),
  };
}

async function withinTime<T>(url: URL, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = AbortSignal.timeout(TIMEOUT_MS);
  try {
    return await work(AbortSignal.any([signal, deadline]));
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    const where = `the documentation server at ${url.host}`;
    if (signal.aborted) throw new ToolFailure("cancelled", "the caller hung up", {}, { cause: error });
    if (deadline.aborted || error.reason === "timeout") {
      const message = `${where} did not answer within ${TIMEOUT_MS / 1_000} s; nothing else depends on it`;
      throw new ToolFailure("timeout", message, { code: "DOCS_TIMEOUT" }, { cause: error });
    }
    throw unavailable(`${where} cannot be reached: ${error.message}`, error);
  }
}

const unavailable = (message: string, cause?: unknown): ToolFailure =>
  new ToolFailure("unavailable", message, { code: "DOCS_UNAVAILABLE" }, { cause });

const initialized = z.looseObject({ protocolVersion: z.string() });
const toolList = z.looseObject({
  tools: z.array(
    z.looseObject({
      name: z.string(),
      inputSchema: z.looseObject({ properties: z.record(z.string(), z.unknown()).default({}) }),
    }),
  ),
});

async function search(
  upstream: Upstream,
  url: URL,
  query: string,
  most: number,
  signal: AbortSignal,
): Promise<Found[]> {
  const session = new Session(upstream, url, signal);
  const clientInfo = { name: "ops-hub", version: "1" };
  const hello = { protocolVersion: PROTOCOL, capabilities: {}, clientInfo };
  const { protocolVersion } = await session.ask("initialize", hello, initialized);
  session.speaks(protocolVersion);
  await session.tell("notifications/initialized");
  const { tools } = await session.ask("tools/list", {}, toolList);
  const tool = tools.find(({ name, inputSchema }) => /search/i.test(name) && "query" in inputSchema.properties);
  if (tool === undefined) throw unavailable(`the server at ${url.host} offers no search; check PREFECT_DOCS_MCP_URL`);
  const size = "top_k" in tool.inputSchema.properties ? { top_k: most } : {};
  const result = await session.ask("tools/call", { name: tool.name, arguments: { query, ...size } }, callResult);
  return foundIn(result).slice(0, most);
}

/** One conversation: servers may give it an id, and want to hear it again. */
class Session {
  readonly #upstream: Upstream;
  readonly #url: URL;
  readonly #signal: AbortSignal;
  #headers: Pairs = [["accept", "application/json, text/event-stream"]];
  #asked = 0;

  constructor(upstream: Upstream, url: URL, signal: AbortSignal) {
    this.#upstream = upstream;
    this.#url = url;
    this.#signal = signal;
  }

  speaks(version: string): void {
    this.#headers = [...this.#headers, ["mcp-protocol-version", version]];
  }

  async tell(method: string): Promise<void> {
    await this.#post({ jsonrpc: "2.0", method });
  }

  async ask<Schema extends z.ZodType>(method: string, params: object, schema: Schema): Promise<z.output<Schema>> {
    const id = ++this.#asked;
    const { headers, body } = await this.#post({ jsonrpc: "2.0", id, method, params });
    const given = headers["mcp-session-id"];
    if (id === 1 && given !== undefined) this.#headers = [...this.#headers, ["mcp-session-id", given]];
    const reply = messagesIn(body, headers["content-type"]).find((one) => one.id === id);
    const parsed = schema.safeParse(reply?.result);
    if (parsed.success) return parsed.data;
    throw unavailable(`the server at ${this.#url.host} does not answer ${method} as an MCP server would`);
  }

  async #post(json: object) {
    const { pathname, searchParams } = this.#url;
    const request = { method: "POST", path: pathname, query: [...searchParams], json, headers: this.#headers } as const;
    const reply = await this.#upstream.send({ ...request, signal: this.#signal });
    if (reply.status > 299) throw unavailable(`the documentation server at ${this.#url.host} answered ${reply.status}`);
    return reply;
  }
}

const text = z.string().optional().catch(undefined);
const results = z.looseObject({
  results: z.array(
    z.looseObject({
      snippet: text,
      text,
      title: text,
      link: text,
      url: text,
      score: z.number().optional().catch(undefined),
    }),
  ),
});
const callResult = z.looseObject({
  isError: z.boolean().optional(),
  structuredContent: z.unknown().optional(),
  content: z.array(z.looseObject({ type: z.string(), text })).default([]),
});

function foundIn({ isError, structuredContent, content }: z.output<typeof callResult>): Found[] {
  const texts = content.flatMap((block) => (block.text === undefined ? [] : [block.text]));
  if (isError === true)
    throw unavailable(`the documentation server could not search: ${(texts[0] ?? "").slice(0, 200)}`);
  const parsed = results.safeParse(structuredContent ?? jsonIn(texts[0]));
  if (!parsed.success) return texts.map((snippet) => ({ snippet }));
  return parsed.data.results.map(({ snippet, text: said, title, link, url, score }) => ({
    snippet: snippet ?? said ?? "",
    title,
    link: link ?? url,
    score,
  }));
}

function jsonIn(given: string | undefined): unknown {
  try {
    return JSON.parse(given ?? "");
  } catch {
    return undefined;
  }
}
