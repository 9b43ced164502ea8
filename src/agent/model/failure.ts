// Why a model gave no usable answer, in words that may be shown: no key, no address, no text of the server's stands in them,
// since servers like to repeat the key that they refuse.
import { APIConnectionTimeoutError, APIError } from "openai/core/error"; // not all of it: that takes 0.4 s
import { UpstreamError } from "../../core/upstream-error.ts";

/**
 * `down`: ask again later. `locked`: the key is refused. `missing`: nothing at this path. `context`: the request is too long.
 * `temperature`, `tools`: the model does not take these. `refused`: it does not like the request. `nonsense`: no use in asking again.
 */
export type ModelFailureKind =
  "down" | "locked" | "missing" | "context" | "temperature" | "tools" | "refused" | "nonsense";

export class ModelFailure extends Error {
  readonly kind: ModelFailureKind;
  /** One word for traces: the kind, or more closely `timeout` or a status such as `503`. */
  readonly type: string;
  /** Trying the same again may help. */
  readonly mayRetry: boolean;
  /** What the server asked us to wait. */
  readonly waitMs: number | undefined;

  constructor(
    kind: ModelFailureKind,
    message: string,
    { mayRetry = false, waitMs, type = kind }: { mayRetry?: boolean; waitMs?: number | undefined; type?: string } = {},
  ) {
    super(message);
    this.name = "ModelFailure";
    this.kind = kind;
    this.type = type;
    this.mayRetry = mayRetry;
    this.waitMs = waitMs;
  }

  get isModelDown(): boolean {
    return this.kind === "down" || this.kind === "locked" || this.kind === "missing";
  }
}

/** Undefined for what is our own bug. */
export function explain(error: unknown, timeoutMs: number, now: number): ModelFailure | undefined {
  if (error instanceof ModelFailure) return error;
  if (error instanceof APIConnectionTimeoutError) return timedOut(timeoutMs);
  if (error instanceof APIError && typeof error.status === "number") return explainStatus(error, error.status, now);
  const cause = upstreamError(error);
  if (cause?.reason === "timeout" || cause?.reason === "aborted") return timedOut(timeoutMs); // the library's timer
  if (cause?.reason === "too-large") return new ModelFailure("nonsense", "the model's answer was too large to be read");
  if (cause !== undefined)
    return new ModelFailure("down", `the model cannot be reached: ${cause.message}`, {
      mayRetry: true,
      type: cause.reason,
    });
  if (error instanceof SyntaxError)
    return new ModelFailure("down", "the model's server answered with broken JSON", { mayRetry: true });
  return undefined;
}

const timedOut = (timeoutMs: number): ModelFailure =>
  new ModelFailure("down", `the model did not answer within ${Math.round(timeoutMs / 100) / 10} s`, {
    type: "timeout",
  });

function upstreamError(error: unknown): UpstreamError | undefined {
  if (error instanceof UpstreamError) return error;
  return error instanceof Error && error.cause !== undefined ? upstreamError(error.cause) : undefined;
}

const TOO_LONG =
  /context.{0,3}(?:length|window)|maximum context|too many (?:input )?tokens|(?:prompt|input|request) is too long|exceeds? the (?:model'?s? )?(?:maximum|context|limit)|reduce the length/i;
/** Without a database LiteLLM knows its master key alone, and answers any other with 400 "No connected db." */
const WRONG_KEY =
  /no_db_connection|no connected db|auth(?:entication)?_error|(?:invalid|incorrect) (?:api key|proxy server token)/i;
const NO_TOOLS =
  /tool.{0,80}(?:not (?:supported|support|enabled|available)|unsupported|requires|--enable-auto-tool-choice)|(?:not support|unsupported|doesn't support).{0,40}(?:tool|function)/i;

function explainStatus(error: APIError, status: number, now: number): ModelFailure {
  const said = `${error.code ?? ""} ${error.message}`.slice(0, 4_000); // judged, never shown
  const answered = `the model's server answered ${status}`;
  if (status === 401 || status === 403 || (status === 400 && WRONG_KEY.test(said)))
    return new ModelFailure("locked", `${answered}: check LITELLM_API_KEY and what it may use`);
  if (status === 404) return new ModelFailure("missing", `${answered}: check LITELLM_URL and LITELLM_MODEL`);
  if (status === 413 || ((status === 400 || status === 422) && TOO_LONG.test(said)))
    return new ModelFailure(
      "context",
      `${answered}: the request was longer than the model can read; check LITELLM_CONTEXT_WINDOW`,
    );
  if (status === 400 && /temperature/i.test(said))
    return new ModelFailure("temperature", `${answered}: it takes no temperature`);
  if ((status === 400 || status === 422) && NO_TOOLS.test(said))
    return new ModelFailure("tools", `${answered}: the model takes no tools; set AGENT_MODE=text`);
  if (status === 408 || status === 409 || status === 429 || status >= 500) {
    const waitMs = retryAfterMs(error.headers, now);
    return new ModelFailure("down", status === 429 ? `${answered}: too many requests` : answered, {
      mayRetry: true,
      waitMs,
      type: String(status),
    });
  }
  return new ModelFailure("refused", `${answered}: it refused the request; check LITELLM_MODEL`);
}

/** https://www.rfc-editor.org/rfc/rfc9110#field.retry-after: seconds or a date; `retry-after-ms` is OpenAI's own. */
function retryAfterMs(headers: Headers | undefined, now: number): number | undefined {
  const precise = Number(headers?.get("retry-after-ms") ?? "x");
  if (Number.isFinite(precise)) return Math.max(0, precise);
  const text = headers?.get("retry-after") ?? undefined;
  if (text === undefined) return undefined;
  const wait = /^\d+(?:\.\d+)?$/.test(text.trim()) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}
