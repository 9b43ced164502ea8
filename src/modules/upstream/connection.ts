// The lasting connection to one server: connects, notices that it is gone, and comes back. Whatever happens, nobody else waits.
import { setTimeout as delay } from "node:timers/promises";
import type { CallToolResult } from "@modelcontextprotocol/client";
import type { Clock } from "../../core/clock.ts";
import { ToolFailure } from "../../core/failure.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Log } from "../../core/log.ts";
import type { Carrier } from "../../core/trail.ts";
import { untilAborted } from "../../core/until-aborted.ts";
import type { Watch } from "../../core/watch.ts";
import { messageOf } from "../../core/words.ts";
import { Backoff } from "./backoff.ts";
import type { Dial } from "./dial.ts";
import { Discovery } from "./discovery.ts";
import { explain, notAsked, RemoteError, SessionLost, unavailable } from "./failures.ts";
import type { RemoteTool } from "./remote-tool.ts";
import type { CallOptions, Session, SessionEvents } from "./session.ts";
import { createTurns, type Turns } from "./turns.ts";
import { watchCall } from "./watch-call.ts";

/** A call waits this long for the next try, rather than being refused. */
const PATIENCE_MS = 2_000;
const BEAT_MS = 15_000;
const PING_MS = 5_000;
/** Errors without end are not worth more pings than one in this time. */
const PROBE_GAP_MS = 2_000;

export interface ConnectionOptions {
  readonly name: string;
  readonly dial: Dial;
  /** Of one call. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly watch: Watch;
  /** Told when the list of tools is another one. */
  onTools(): void;
}

export type Called = Pick<RemoteTool, "name" | "inputSchema">;

export class Connection {
  state: "connecting" | "connected" | "down" = "connecting";
  lastError: string | undefined;
  /** When the server last answered, in milliseconds since the Unix epoch. */
  lastSeen: number | undefined;
  readonly discovery: Discovery;
  readonly #options: ConnectionOptions;
  readonly #backoff = new Backoff();
  readonly #closing = new AbortController();
  readonly #turns: Turns;
  #session: Session | undefined;
  #connecting: Promise<Session> | undefined;
  #isProbing = false;
  #probedAt = 0;
  #retry: NodeJS.Timeout | undefined;
  #beat: NodeJS.Timeout | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.discovery = new Discovery({ ...options, closing: this.#closing.signal, onTools: () => options.onTools() });
    this.#turns = createTurns(options.name);
  }

  /** How the server calls itself. */
  get server(): string | undefined {
    return this.#session?.server;
  }

  /** Connects in the background, and again whenever the connection is lost. Resolves after the first try, however it ends. */
  async begin(): Promise<void> {
    this.#beat = setInterval(() => this.#onBeat(), BEAT_MS).unref();
    await this.#connect().catch(() => undefined);
  }

  /** Resolves when the server has told its tools. @throws ToolFailure */
  async ready(signal: AbortSignal): Promise<void> {
    await this.#use(signal);
  }

  /** Does it answer now? @throws ToolFailure */
  async ping(signal: AbortSignal): Promise<void> {
    const session = await this.#use(signal);
    await session.ping(signal).catch((error: unknown) => {
      this.#probe(session);
      throw error instanceof SessionLost ? this.#unavailable("it does not know our session any more") : error;
    });
    this.lastSeen = this.#now();
  }

  /** @throws ToolFailure, or RemoteError with the server's own words */
  call(tool: Called, args: JsonObject, options: CallOptions): Promise<CallToolResult> {
    const ask = (meta: Carrier) => this.#call(tool, args, { ...options, meta }, true);
    return this.#turns(() => watchCall(this.#options.watch, tool, ask), options.signal);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#retry);
    clearInterval(this.#beat);
    await this.#connecting?.catch(() => undefined);
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
  }

  async #call(tool: Called, args: JsonObject, options: CallOptions, mayRepeat: boolean): Promise<CallToolResult> {
    const session = await this.#use(options.signal);
    try {
      const result = await session.call(tool, args, options);
      this.lastSeen = this.#now();
      return result;
    } catch (error) {
      if (error instanceof SessionLost) {
        this.#drop(session, "it does not know our session any more"); // hence it has done nothing
        if (mayRepeat) return this.#call(tool, args, options, false);
        throw this.#unavailable("it forgets our session at once");
      }
      if (error instanceof RemoteError) this.lastSeen = this.#now();
      else if (!options.signal.aborted) this.#probe(session);
      throw error;
    }
  }

  async #use(signal: AbortSignal): Promise<Session> {
    if (signal.aborted) throw notAsked(this.#options.name);
    if (this.#session !== undefined) return this.#session;
    const patience = AbortSignal.timeout(this.#options.timeoutMs);
    const limit = AbortSignal.any([signal, patience, this.#closing.signal]);
    try {
      const waitMs = this.#connecting === undefined ? this.#backoff.waitMs(this.#now()) : 0;
      if (waitMs > PATIENCE_MS) throw this.#unavailable(this.lastError ?? "the connection was lost", waitMs);
      await delay(waitMs, undefined, { signal: limit });
      return this.#session ?? (await untilAborted(this.#connect(), limit));
    } catch (error) {
      if (!limit.aborted) throw error;
      if (signal.aborted) throw notAsked(this.#options.name);
      throw this.#unavailable("there is no connection yet");
    }
  }

  #connect(): Promise<Session> {
    this.#connecting ??= this.#attempt().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #attempt(): Promise<Session> {
    clearTimeout(this.#retry);
    this.state = "connecting";
    this.#backoff.tried(this.#now());
    let session: Session | undefined;
    const current = () => session;
    try {
      session = await this.#options.dial(this.#closing.signal, this.#events(current));
      await this.discovery.ask(session);
      this.#closing.signal.throwIfAborted();
    } catch (error) {
      await session?.close();
      const told = explain(error, this.#asked(this.#closing.signal));
      this.#isDown(messageOf(told));
      throw told instanceof ToolFailure ? told : this.#unavailable("it refuses to list its tools");
    }
    this.#session = session;
    this.state = "connected";
    this.lastError = undefined;
    this.lastSeen = this.#now();
    this.#backoff.connected(this.#now());
    this.#options.log.info(
      { server: session.server, tools: this.discovery.tools.length },
      "connected to the MCP server",
    );
    return session;
  }

  #events(current: () => Session | undefined): SessionEvents {
    const withSession = (act: (session: Session) => void) => () => {
      const session = current();
      if (session !== undefined && session === this.#session) act(session);
    };
    const probe = withSession((session) => this.#probe(session));
    return {
      lost: (why) => withSession((session) => this.#drop(session, why))(),
      toolsChanged: withSession((session) => this.discovery.askAgain(session)),
      noticed: (error) => {
        this.#options.log.debug({ problem: error.name }, "the MCP connection had an error");
        probe();
      },
    };
  }

  /** Something went wrong: does it still answer? Other calls may be under way, so it is not dropped for one failure. */
  #probe(session: Session): void {
    if (this.#isProbing || session !== this.#session) return;
    this.#isProbing = true;
    void this.#probeOnce(session).finally(() => (this.#isProbing = false));
  }

  async #probeOnce(session: Session): Promise<void> {
    const closing = this.#closing.signal;
    try {
      await delay(Math.max(0, this.#probedAt + PROBE_GAP_MS - this.#now()), undefined, { ref: false, signal: closing });
      this.#probedAt = this.#now();
      await session.ping(AbortSignal.any([closing, AbortSignal.timeout(PING_MS)]));
      this.lastSeen = this.#now();
    } catch (error) {
      this.#drop(session, messageOf(error));
    }
  }

  #drop(session: Session, why: string): void {
    if (session !== this.#session) return;
    this.#session = undefined;
    this.#backoff.lost(this.#now());
    void session.close().catch(() => undefined);
    this.#isDown(why);
  }

  #isDown(why: string): void {
    if (this.#closing.signal.aborted) return;
    this.state = "down";
    this.lastError = why;
    const waitMs = this.#backoff.waitMs(this.#now());
    this.#options.log.warn({ problem: why, retry_in_ms: waitMs }, "the MCP server cannot be used");
    this.#retry = setTimeout(() => void this.#connect().catch(() => undefined), waitMs).unref();
  }

  #onBeat(): void {
    const session = this.#session;
    if (session === undefined) return;
    if (this.#now() - (this.lastSeen ?? 0) >= BEAT_MS) this.#probe(session);
    if (this.discovery.isStale(this.#now())) this.discovery.askAgain(session);
  }

  #unavailable(why: string, waitMs?: number): ToolFailure {
    return unavailable(this.#options.name, why, waitMs);
  }

  #asked(signal: AbortSignal) {
    return { name: this.#options.name, signal, timeoutMs: this.#options.timeoutMs, hasSession: false };
  }

  #now(): number {
    return this.#options.clock.now();
  }
}
