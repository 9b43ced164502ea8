// One session with an upstream server, over whatever transport: list, call, ping. It knows no retries; connection.ts does.
import {
  Client,
  SseError,
  type CallToolResult,
  type McpSubscription,
  type Progress,
  type Transport,
} from "@modelcontextprotocol/client";
import { z } from "zod";
import { oneLine } from "../../core/clip.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Carrier } from "../../core/trail.ts";
import { explain, RemoteError } from "./failures.ts";
import type { RemoteTool } from "./remote-tool.ts";

export const MAX_TOOLS = 1_000;
const MAX_PAGES = 100;
/** A stream that is cut again and again is opened this often at most. */
const LISTEN_MS = 10_000;

/** What a session tells without being asked. */
export interface SessionEvents {
  lost(why: string): void;
  toolsChanged(): void;
  /** An error that has no call; for the log. */
  noticed(error: Error): void;
}

export interface CallOptions {
  readonly signal: AbortSignal;
  readonly progress?: (progress: Progress) => void;
  /** The trace it belongs to, for `_meta`. */
  readonly meta?: Carrier;
}

export interface Session {
  /** How the server calls itself. */
  readonly server: string | undefined;
  /** Raw descriptions, at most MAX_TOOLS; `more` when the server has more. */
  listTools(signal: AbortSignal): Promise<{ tools: readonly unknown[]; more: boolean }>;
  /** @throws ToolFailure, RemoteError or SessionLost */
  call(tool: Pick<RemoteTool, "name" | "inputSchema">, args: JsonObject, options: CallOptions): Promise<CallToolResult>;
  /** Resolves when the server answers at all. */
  ping(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly name: string;

  readonly transport: Transport;
  /** Undefined: find out. */
  readonly era: "legacy" | undefined;
  /** Of the first question, which an old server on a pipe may never answer. */
  readonly probeMs: number;
  /** Of connecting, whole. */
  readonly connectMs: number;
  /** Of one call. */
  readonly timeoutMs: number;
  readonly events: SessionEvents;
  /** Says goodbye to the server, where the protocol has a word for it; bounded. */
  leave(): Promise<void>;
  /** Closes what is below the transport. */
  release(): Promise<void>;
}

/** Connects. @throws whatever the transport or the SDK throws; the caller words it */
export async function openSession(options: SessionOptions, signal: AbortSignal): Promise<Session> {
  const { transport, events, connectMs, probeMs, era } = options;
  const onChanged = () => events.toolsChanged();
  const client = new Client(
    { name: "ops-hub", version: "1" },
    {
      capabilities: {}, // nothing of ours is asked for: no sampling, no elicitation, no roots
      versionNegotiation: { mode: era ?? "auto", probe: { timeoutMs: probeMs } },
      listChanged: { tools: { autoRefresh: false, debounceMs: 0, onChanged } },
    },
  );
  // an event stream of 2024 comes back by itself, to a server that does not know us any more
  client.onerror = (error) =>
    error instanceof SseError ? events.lost("the event stream broke") : events.noticed(error);
  const stop = () => void transport.close().catch(() => undefined); // a transport that is still starting knows no signal
  signal.addEventListener("abort", stop, { once: true });
  try {
    await client.connect(transport, { signal, timeout: connectMs });
  } catch (error) {
    await client.close().catch(() => undefined);
    await transport.close().catch(() => undefined);
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
  client.onclose = () => events.lost("the connection was closed");
  return new SdkSession(client, options);
}

const PAGE = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });

class SdkSession implements Session {
  readonly server: string | undefined;
  readonly #client: Client;
  readonly #options: SessionOptions;
  /** Its stream of changes has ended; a server of 2026 only. */
  #isDeaf = false;
  #listenedAt = -Infinity;

  constructor(client: Client, options: SessionOptions) {
    this.#client = client;
    this.#options = options;
    const info = client.getServerVersion();
    this.#watch(client.autoOpenedSubscription);
    this.server = info === undefined ? undefined : oneLine(`${info.name} ${info.version}`, 100);
  }

  async listTools(signal: AbortSignal): Promise<{ tools: readonly unknown[]; more: boolean }> {
    if (this.#client.getServerCapabilities()?.tools === undefined) return { tools: [], more: false };
    const tools: unknown[] = [];
    const seen = new Set<string>();
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES && tools.length <= MAX_TOOLS; page += 1) {
      // oxlint-disable-next-line no-await-in-loop -- each page names the next
      const listed = await this.#ask(signal, () =>
        this.#client.request({ method: "tools/list", params: cursor === undefined ? {} : { cursor } }, PAGE, {
          signal,
          timeout: this.#options.timeoutMs,
        }),
      );
      tools.push(...listed.tools);
      cursor = listed.nextCursor;
      if (cursor === undefined || seen.has(cursor)) break;
      seen.add(cursor);
    }
    return { tools: tools.slice(0, MAX_TOOLS), more: tools.length > MAX_TOOLS || cursor !== undefined };
  }

  call(
    { name, inputSchema }: Pick<RemoteTool, "name" | "inputSchema">,
    args: JsonObject,
    { signal, progress, meta = {} }: CallOptions,
  ): Promise<CallToolResult> {
    return this.#ask(signal, () =>
      this.#client.callTool(
        { name, arguments: args, ...(meta["traceparent"] === undefined ? {} : { _meta: { ...meta } }) },
        {
          signal,
          timeout: this.#options.timeoutMs,
          ...(progress === undefined ? {} : { onprogress: progress }),
          // without an output schema: the SDK would compile the server's own, and judge its answers
          toolDefinition: { name, inputSchema: { ...inputSchema, type: "object" } },
        },
      ),
    );
  }

  async ping(signal: AbortSignal): Promise<void> {
    const options = { signal, timeout: this.#options.timeoutMs };
    const isModern = this.#client.getProtocolEra() === "modern";
    try {
      await this.#ask(signal, () => (isModern ? this.#client.discover(options) : this.#client.ping(options)));
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error; // a server that knows no ping is alive too
    }
    if (this.#isDeaf && performance.now() - this.#listenedAt > LISTEN_MS) await this.#listen();
  }

  async close(): Promise<void> {
    this.#client.onclose = () => undefined;
    await this.#options.leave();
    await this.#client.close().catch(() => undefined);
    await this.#options.release();
  }

  #watch(subscription: McpSubscription | undefined): void {
    if (subscription !== undefined) void this.#noticeEnd(subscription);
  }

  async #noticeEnd({ closed }: McpSubscription): Promise<void> {
    if ((await closed) === "local") return;
    this.#isDeaf = true;
    this.#options.events.noticed(new Error("the stream of changes has ended"));
  }

  /** What has changed meanwhile was not heard. */
  async #listen(): Promise<void> {
    const { timeoutMs, events } = this.#options;
    this.#listenedAt = performance.now();
    try {
      this.#watch(await this.#client.listen({ toolsListChanged: true }, { timeout: timeoutMs }));
      this.#isDeaf = false;
      events.toolsChanged();
    } catch {
      // some proxy may not let it through; lists are asked for now and then anyway
    }
  }

  async #ask<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
    const { name, timeoutMs, transport } = this.#options;
    try {
      return await ask();
    } catch (error) {
      const hasSession = transport.sessionId !== undefined || !("hasPerRequestStream" in transport);
      throw explain(error, { name, signal, timeoutMs, hasSession });
    }
  }
}
