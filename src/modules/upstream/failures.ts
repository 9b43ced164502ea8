// What went wrong on the way to an upstream, in words that may be shown: no address, no header, no body of its answer.
import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError, SseError } from "@modelcontextprotocol/client";
import { oneLine } from "../../core/clip.ts";
import { ToolFailure, type FailureKind } from "../../core/failure.ts";
import { explainNetwork, UpstreamError } from "../../core/upstream-error.ts";
import { BROKEN, TOO_LARGE } from "./bounded-body.ts";

/** The server does not know our session any more: it was restarted. Nothing was done. */
export class SessionLost extends Error {}

/** The server answered with a JSON-RPC error. The message is its own: hostile, and not redacted. */
export class RemoteError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** The connection cannot be used any more. */
export class ConnectionFailed extends ToolFailure {}

export interface Asked {
  readonly name: string;
  /** The caller's own signal. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Whether a session is named in each request. */
  readonly hasSession: boolean;
}

/** A ToolFailure, a RemoteError or a SessionLost; anything else is our bug. */
export function explain(error: unknown, asked: Asked): unknown {
  const { name, signal, timeoutMs } = asked;
  if (error instanceof ToolFailure || error instanceof RemoteError || error instanceof SessionLost) return error;
  if (signal.aborted) return failure("cancelled", name, "was asked, and the call was cancelled", true, error);
  if (error instanceof ProtocolError) return protocolFailure(error, name);
  const status = statusOf(error);
  if (status !== undefined) return httpFailure(status, error, asked);
  if (error instanceof SdkError) return sdkFailure(error, name, timeoutMs);
  const known = error instanceof UpstreamError ? error : explainNetwork(error);
  if (known?.reason === "too-large")
    return failure("too-large", name, `answered with ${known.message}; ask for less`, true, error);
  if (known !== undefined) return lost(name, known.message, !NEVER_SENT.has(known.reason), error);
  if (error instanceof SyntaxError) return failure("unavailable", name, "gave an answer that is no JSON", true, error);
  return error instanceof Error ? lost(name, "the connection broke", true, error) : error;
}

const NEVER_SENT: ReadonlySet<string> = new Set(["dns", "refused", "unreachable", "tls"]);

function protocolFailure(error: ProtocolError, name: string): Error {
  if (error.code === TOO_LARGE)
    return failure("too-large", name, "answered with more than 16 MiB; ask for less", true, error);
  if (error.code === BROKEN) return lost(name, error.message, true, error);
  return new RemoteError(error.code, error.message);
}

function httpFailure(status: number, error: unknown, { name, hasSession }: Asked): Error {
  const isLost = status === 404 || (status === 400 && error instanceof Error && /session/i.test(error.message));
  if (hasSession && isLost) return new SessionLost(`HTTP ${status}`, { cause: error });
  if (status === 401 || status === 403) {
    const hint = { hint: `The operator mends it: the headers of ${name} in UPSTREAMS_PATH.` };
    return failure("unavailable", name, `refuses the hub's credentials (HTTP ${status})`, false, error, hint);
  }
  return failure("unavailable", name, `answered HTTP ${status}`, status >= 500, error);
}

function sdkFailure(error: SdkError, name: string, timeoutMs: number): Error {
  switch (error.code) {
    case SdkErrorCode.RequestTimeout:
      return failure("timeout", name, `gave no answer within ${timeoutMs / 1_000} s`, true, error);
    case SdkErrorCode.ConnectionClosed:
      return lost(name, "the connection was closed before the answer", true, error);
    case SdkErrorCode.NotConnected:
      return lost(name, "there is no connection", false, error);
    case SdkErrorCode.UnsupportedResultType:
      return failure("unavailable", name, "asks for more input, which the hub does not pass on", false, error);
    case SdkErrorCode.EraNegotiationFailed:
      return lost(name, reasonOf(error) ?? "no protocol that both speak", false, error);
    default:
      return failure("unavailable", name, "gave an answer that is no MCP", true, error);
  }
}

const reasonOf = (error: Error): string | undefined => explainNetwork(error.cause)?.message;

/** Of any error that an HTTP transport throws for a refused request. */
export function statusOf(error: unknown): number | undefined {
  if (error instanceof SdkHttpError) return error.status;
  if (error instanceof SseError) return error.code;
  const [, status] =
    (error instanceof Error && /^Error POSTing to endpoint \(HTTP (\d{3})\)/.exec(error.message)) || [];
  return status === undefined ? undefined : Number(status);
}

function lost(name: string, what: string, mayHaveWritten: boolean, cause: unknown): ConnectionFailed {
  const details = mayHaveWritten ? { may_have_written: true } : {};
  const message = `${name} cannot be reached: ${oneLine(what, 200)}`;
  return new ConnectionFailed("unavailable", message, { code: "UPSTREAM_UNAVAILABLE", ...details }, { cause });
}

function failure(
  kind: FailureKind,
  name: string,
  what: string,
  mayHaveWritten: boolean,
  cause: unknown,
  details: Record<string, unknown> = {},
): ToolFailure {
  const may = mayHaveWritten ? { may_have_written: true } : {};
  return new ToolFailure(kind, `${name} ${what}`, { ...details, ...may }, { cause });
}

/** It is down; `waitMs` is how long until the hub tries again. */
export function unavailable(name: string, why: string, waitMs?: number): ToolFailure {
  const next = waitMs === undefined ? "" : `; the hub tries again in ${Math.ceil(waitMs / 1_000)} s`;
  const said = why.startsWith(name) ? why : `${name} cannot be used: ${why}`;
  return new ToolFailure("unavailable", `${said}${next}`, { code: "UPSTREAM_UNAVAILABLE" });
}

/** The caller gave up before anything was sent. */
export const notAsked = (name: string): ToolFailure =>
  new ToolFailure("cancelled", `${name} was not asked: the call was cancelled`);
