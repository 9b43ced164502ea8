// How Prometheus's failures read: a code, a colon, what happened and what to do. Here the codes, and all that happens without
// a reply; client/refusals.ts reads replies.
import { ToolFailure, type FailureKind } from "../../core/failure.ts";
import type { JsonObject } from "../../core/json.ts";
import type { UpstreamError } from "../../core/upstream.ts";
import type { ApiRequest } from "./client.ts";
import type { Datasource } from "./datasource.ts";

/** What was asked, for the words of a failure. */
export interface Asked {
  readonly datasource: Datasource;
  readonly request: ApiRequest;
  readonly timeoutMs: number;
}

const KINDS = {
  INVALID_QUERY: "invalid",
  EXECUTION_ERROR: "invalid",
  TIMEOUT: "timeout",
  CANCELLED: "cancelled",
  AUTHENTICATION_FAILED: "denied",
  PERMISSION_DENIED: "denied",
  RATE_LIMITED: "unavailable",
  BUSY: "unavailable",
  PROMETHEUS_UNAVAILABLE: "unavailable",
  INVALID_RESPONSE: "unavailable",
  REDIRECT_REFUSED: "unavailable",
  NOT_SUPPORTED: "not-found",
  RESULT_TOO_LARGE: "too-large",
} as const satisfies Record<string, FailureKind>;

export type Code = keyof typeof KINDS;

/** What the seed's discovery tools called PROMETHEUS_UNAVAILABLE; the other codes name what the seed did not know. */
const SEED_PREFIXED: readonly Code[] = [
  "INVALID_QUERY",
  "EXECUTION_ERROR",
  "TIMEOUT",
  "AUTHENTICATION_FAILED",
  "PERMISSION_DENIED",
  "RATE_LIMITED",
  "INVALID_RESPONSE",
  "REDIRECT_REFUSED",
];

export function failure(asked: Asked, code: Code, text: string, details: JsonObject = {}): ToolFailure {
  const prefix = asked.request.errors === "discovery" && SEED_PREFIXED.includes(code) ? "PROMETHEUS_UNAVAILABLE: " : "";
  const message = `${prefix}${code}: ${text}`;
  return new ToolFailure(KINDS[code], message, { code, datasource: asked.datasource.name, ...details });
}

const TLS_SETTINGS = {
  authority: " (set tlsAuthWithCACert)",
  name: " (set serverName)",
  "client-certificate": " (set tlsAuth)",
  other: "",
} as const;

/** There is no reply to look at. */
export function unansweredRequest(asked: Asked, error: UpstreamError): ToolFailure {
  const { reason, message, facts } = error;
  if (reason === "aborted") return failure(asked, "CANCELLED", "the call was cancelled by the client");
  if (reason === "timeout") return timedOut(asked);
  if (reason === "busy") return failure(asked, "BUSY", `${message}; try again in a few seconds`, { retryable: true });
  if (reason === "too-large") return failure(asked, "RESULT_TOO_LARGE", `${message}. ${lessAdvice(asked)}`);
  if (reason === "garbled") return failure(asked, "INVALID_RESPONSE", message, { retryable: false });
  if (reason === "redirect") {
    const details = { http_status: facts.status, retryable: false };
    return failure(asked, "REDIRECT_REFUSED", `${message}; set the datasource url to the final address`, details);
  }
  const setting = reason === "tls" ? TLS_SETTINGS[facts.tls ?? "other"] : "";
  return failure(asked, "PROMETHEUS_UNAVAILABLE", `${message}${setting}`, {
    retryable: reason !== "tls" && reason !== "dns",
    ...hintOf(connectionHint(asked.datasource, error)),
  });
}

function timedOut(asked: Asked): ToolFailure {
  const limit = `${asked.timeoutMs / 1000}s`;
  return asked.request.errors === "query"
    ? failure(
        asked,
        "TIMEOUT",
        `Query timed out after ${limit}. Narrow the selector, shorten the range, or raise timeout (max 180).`,
      )
    : failure(asked, "TIMEOUT", `no complete reply within ${limit}. Ask for less, or try again.`);
}

const lessAdvice = ({ request }: Asked): string =>
  request.errors === "query"
    ? "Try topk(20, <query>) or sum by (job) (<query>), a narrower selector, or a larger step."
    : "Ask for less: narrow it by match or by time.";

function connectionHint({ url, tls }: Datasource, { reason }: UpstreamError): string | undefined {
  if (reason === "dns") return "The host name in the datasource's url does not resolve from here.";
  if (reason === "reset" && url.startsWith("https:") && tls.cert === undefined) {
    return "If the server wants a client certificate, the operator sets tlsAuth.";
  }
  return undefined;
}

export const hintOf = (hint: string | undefined): JsonObject => (hint === undefined ? {} : { hint });
