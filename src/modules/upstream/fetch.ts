// HTTP as the SDK's transports want it, with our bounds: time, bytes, connections, one authority. Redirects are the SDK's to
// judge: it follows none to another origin.
import { Agent, fetch as send } from "undici";
import type { FetchLike } from "@modelcontextprotocol/client";
import { boundedBody } from "./bounded-body.ts";
import { isObject } from "../../core/json.ts";
import type { Secret } from "../../core/secret.ts";

/** The most that one answer may weigh, decompressed. */
export const MAX_ANSWER_BYTES = 16 * 1_048_576;

const CONNECT_TIMEOUT_MS = 5_000;
const CONNECTIONS = 32;
/** Beyond the call's own time, so that the call tells of it first. */
const GRACE_MS = 2_000;

export interface FetchOptions {
  readonly headers: Readonly<Record<string, Secret>>;
  readonly ca: string | undefined;
  /** For one answer, whole. */
  readonly timeoutMs: number;
}

export interface BoundedFetch {
  readonly fetch: FetchLike;
  readonly close: () => Promise<void>;
}

export function createFetch({ headers: own, ca, timeoutMs }: FetchOptions): BoundedFetch {
  const agent = new Agent({
    connections: CONNECTIONS,
    headersTimeout: 0, // the deadline below stands for both
    bodyTimeout: 0,
    allowH2: false, // a cancelled request then ends its connection, which every server notices
    connect: { timeout: CONNECT_TIMEOUT_MS, ...(ca === undefined ? {} : { ca }) },
  });
  const fetch: FetchLike = async (url, init = {}) => {
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(own)) headers.set(name, value.reveal());
    const lasts = init.method !== "POST" || headers.get("mcp-method") === "subscriptions/listen";
    const deadline = new AbortController();
    const timer = setTimeout(
      () => deadline.abort(new Error("no complete reply in time")),
      timeoutMs + GRACE_MS,
    ).unref();
    const signal = AbortSignal.any([deadline.signal, ...(init.signal ? [init.signal] : [])]);
    const reply = await send(url, {
      method: init.method ?? "GET",
      headers: Object.fromEntries(headers),
      body: typeof init.body === "string" ? init.body : null,
      redirect: "manual",
      signal,
      dispatcher: agent,
    });
    if (lasts) clearTimeout(timer);
    const isStream = reply.headers.get("content-type")?.includes("text/event-stream") === true;
    const limits = {
      maxBytes: MAX_ANSWER_BYTES,
      lasts: lasts && isStream,
      answers: isStream && !lasts ? idOf(init.body) : undefined,
    };
    const { body } = reply;
    const rest = body === null ? null : ReadableStream.from(boundedBody(body, limits));
    return new Response(rest, {
      status: reply.status,
      statusText: reply.statusText,
      headers: Object.fromEntries(reply.headers),
    });
  };
  return { fetch, close: () => agent.destroy() };
}

/** The body is what the SDK has just written. */
function idOf(body: unknown): string | number | undefined {
  const message: unknown = typeof body === "string" ? JSON.parse(body) : undefined;
  const id = isObject(message) ? message["id"] : undefined;
  return typeof id === "string" || typeof id === "number" ? id : undefined;
}
