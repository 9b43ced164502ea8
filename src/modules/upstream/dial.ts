// Opens sessions with one server: finds out where it really is and which protocol it speaks, and remembers both.
import { setTimeout as delay } from "node:timers/promises";
import {
  SdkError,
  SdkErrorCode,
  SSEClientTransport,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import type { Log } from "../../core/log.ts";
import type { Redactor } from "../../core/redact.ts";
import { addressesOf, type Address } from "./addresses.ts";
import { ChildTransport } from "./child.ts";
import { statusOf } from "./failures.ts";
import { createFetch } from "./fetch.ts";
import type { Place, Server } from "./server.ts";
import { openSession, type Session, type SessionEvents, type SessionOptions } from "./session.ts";
import { logStderr } from "./stderr.ts";

/** Most of an answer to "are you there"; a child may first have to be downloaded. */
const HTTP_CONNECT_MS = 10_000;
const CHILD_CONNECT_MS = 60_000;
const CHILD_PROBE_MS = 15_000;
const GOODBYE_MS = 1_000;
/** The SDK looks for a broken event stream again after 1, 2 and 4 seconds; then the next ping decides. */
const STREAM_RETRIES = {
  initialReconnectionDelay: 1_000,
  maxReconnectionDelay: 30_000,
  reconnectionDelayGrowFactor: 2,
  maxRetries: 3,
};

export interface DialOptions {
  readonly server: Server;

  readonly ca: string | undefined;
  /** Where commands are found. */
  readonly searchPath: string | undefined;
  readonly log: Log;
  readonly redactor: Redactor;
}

export type Dial = (signal: AbortSignal, events: SessionEvents) => Promise<Session>;

export function createDial(options: DialOptions): Dial {
  const { place } = options.server;
  return place.transport === "stdio" ? childDial(options, place) : httpDial(options, place);
}

function httpDial({ server, ca }: DialOptions, place: Exclude<Place, { transport: "stdio" }>): Dial {
  let addresses = addressesOf(place);
  const { name, timeoutMs } = server;
  const open = (address: Address, signal: AbortSignal, events: SessionEvents): Promise<Session> => {
    const { fetch, close } = createFetch({ headers: place.headers, ca, timeoutMs });
    const common = {
      name,

      events,
      probeMs: HTTP_CONNECT_MS,
      connectMs: HTTP_CONNECT_MS,
      timeoutMs,
      release: close,
    };
    return openSession({ ...common, ...transportTo(address, fetch) }, signal).catch(async (error: unknown) => {
      await close();
      throw error;
    });
  };
  return async (signal, events) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(HTTP_CONNECT_MS)]);
    let first: unknown;
    for (const address of addresses) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- the next is only asked when this one is not there
        const session = await open(address, limit, events);
        addresses = [address, ...addresses.filter((other) => other !== address)];
        return session;
      } catch (error) {
        first ??= error;
        if (!isElsewhere(error) || limit.aborted) break;
      }
    }
    throw first;
  };
}

type Carried = Pick<SessionOptions, "transport" | "era" | "leave">;

function transportTo({ transport, url }: Address, fetch: ReturnType<typeof createFetch>["fetch"]): Carried {
  if (transport === "sse") {
    return { transport: new SSEClientTransport(new URL(url), { fetch }), era: "legacy", leave: async () => undefined };
  }
  const http = new StreamableHTTPClientTransport(new URL(url), { fetch, reconnectionOptions: STREAM_RETRIES });
  const leave = async () => {
    const patience = new AbortController();
    const bye = http.terminateSession().catch(() => undefined);
    await Promise.race([
      bye,
      delay(GOODBYE_MS, undefined, { ref: false, signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
  };
  return { transport: http, era: undefined, leave };
}

/** Nothing at this path speaks MCP; something at another may. */
function isElsewhere(error: unknown): boolean {
  const status = statusOf(error);
  if (status !== undefined) return status === 404 || status === 405;
  return error instanceof SdkError && error.code === SdkErrorCode.ClientHttpUnexpectedContent;
}

const nothing = async (): Promise<void> => undefined;

function childDial(
  { server, searchPath, log, redactor }: DialOptions,
  { command, args, env }: Extract<Place, { transport: "stdio" }>,
): Dial {
  let isOld = false;
  const { name, timeoutMs } = server;
  const given: Record<string, string> = searchPath === undefined ? {} : { PATH: searchPath };
  for (const [key, value] of Object.entries(env)) given[key] = value.reveal();
  const times = { probeMs: CHILD_PROBE_MS, connectMs: CHILD_CONNECT_MS, timeoutMs };
  const open = (signal: AbortSignal, events: SessionEvents): Promise<Session> => {
    const transport = new ChildTransport({ command, args, env: given, onStderr: logStderr(log, redactor) });
    const era = isOld ? ("legacy" as const) : undefined;
    return openSession({ name, transport, era, events, ...times, leave: nothing, release: nothing }, signal);
  };
  return async (signal, events) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(CHILD_CONNECT_MS)]);
    try {
      return await open(limit, events);
    } catch (error) {
      // some old servers end at a question that they do not know, so they are asked again in the old way
      const hasEnded = error instanceof SdkError && error.code === SdkErrorCode.EraNegotiationFailed;
      if (isOld || !hasEnded || limit.aborted) throw error;
      isOld = true;
      return open(limit, events).catch((second: unknown) => {
        isOld = false;
        throw second;
      });
    }
  };
}
