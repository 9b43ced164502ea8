// What a reply says when it is no success: Prometheus's own error, a gateway's page, or something that cannot be read.
import { oneLine } from "../../../core/clip.ts";
import type { ToolFailure } from "../../../core/failure.ts";
import { isObject, type JsonObject } from "../../../core/json.ts";
import type { UpstreamReply } from "../../../core/upstream.ts";
import { failure, hintOf, type Asked, type Code } from "../failures.ts";
import { caretExcerpt, excerptOf, withoutSecrets } from "./excerpt.ts";
import type { Broken } from "./project.ts";

type Reply = Pick<UpstreamReply, "status" | "headers" | "body">;

/** The reply is no success: its status is above 299. */
export function refusedReply(asked: Asked, { status, headers, body }: Reply, nowMs: number): ToolFailure {
  const text = new TextDecoder().decode(body.subarray(0, 4096));
  const said = apiError(asked, body) ?? { message: excerptOf(text, asked.datasource.headers) };
  return refusal(asked, status, said, retryAfter(headers["retry-after"], nowMs));
}

const PREFIX_HINT = "If every endpoint is missing, the datasource's url may lack a path such as /prometheus.";

interface Said {
  readonly errorType?: string;
  readonly message: string;
}

function refusal(asked: Asked, status: number, { errorType, message }: Said, waitSeconds?: number): ToolFailure {
  const { name } = asked.datasource;
  const details = {
    http_status: status,
    ...(errorType === undefined ? {} : { error_type: errorType }),
    ...(waitSeconds === undefined ? {} : { retry_after_seconds: waitSeconds }),
  };
  const fail = (code: Code, text: string, hint?: string) => failure(asked, code, text, { ...details, ...hintOf(hint) });
  if (status === 401) {
    const why = message === "" ? "" : ` (${message})`;
    const hint = `datasource ${name} answered 401${why}; the operator must fix its header`;
    return fail("AUTHENTICATION_FAILED", "Invalid credentials", hint);
  }
  const http = `HTTP ${status}`;
  const said = message === "" ? http : `${http}: ${message}`;
  const words = message === "" ? http : message;
  if (status === 403) return fail("PERMISSION_DENIED", said, `datasource ${name} does not allow this`);
  if (status === 429) {
    const when = waitSeconds === undefined ? "retry later" : `retry after ${waitSeconds}s`;
    return fail("RATE_LIMITED", `${http}, ${when}${message === "" ? "" : `: ${message}`}`);
  }
  if (errorType === "timeout") return fail("TIMEOUT", `Query timed out (Prometheus gave up: ${message})`);
  if (errorType === "bad_data" || status === 400) return fail("INVALID_QUERY", words, queryHint(asked, message));
  if (errorType === "execution" || status === 422) return fail("EXECUTION_ERROR", words, costHint(message));
  if (status === 404 && errorType === undefined) {
    return fail("NOT_SUPPORTED", `/${asked.request.path} is not available on this backend (HTTP 404)`, PREFIX_HINT);
  }
  return failure(asked, "PROMETHEUS_UNAVAILABLE", said, { ...details, retryable: status >= 500 && status !== 501 });
}

/** `{"status":"error","errorType","error"}`, or the `message` of gateways such as Grafana's. */
function apiError(asked: Asked, body: Uint8Array): Said | undefined {
  const json = body.length > 256 * 1024 ? undefined : parse(new TextDecoder().decode(body));
  return isObject(json) ? saidIn(asked, json) : undefined;
}

function saidIn({ datasource }: Asked, json: JsonObject): Said | undefined {
  const text = json["error"] ?? json["message"];
  if (typeof text !== "string") return undefined;
  const plain = text.replace(/^invalid parameter "(query|match\[\])": /, "");
  const type = json["errorType"];
  return {
    ...(typeof type === "string" && type !== "" ? { errorType: oneLine(type, 40) } : {}),
    message: oneLine(withoutSecrets(plain, datasource.headers), 500),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function queryHint({ request: { params = {} } }: Asked, message: string): string | undefined {
  const selectors = params["match[]"];
  const query = params["query"] ?? (typeof selectors === "object" ? selectors[0] : selectors);
  const excerpt = typeof query === "string" ? caretExcerpt(message, query) : undefined;
  return excerpt === undefined ? undefined : `Look at the caret:\n${excerpt}`;
}

const costHint = (message: string): string | undefined =>
  /too many|exceed|limit/i.test(message) ? "Narrow the selector, aggregate, or shorten the range." : undefined;

/** Seconds or an HTTP date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after; an hour at most. */
function retryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : Math.ceil((Date.parse(value) - nowMs) / 1000);
  return Number.isNaN(seconds) ? undefined : Math.min(3600, Math.max(0, seconds));
}

/** The status is that of a success, the body is not. `head` is its beginning. */
export function brokenReply(asked: Asked, { status, headers, body }: Reply, broken: Broken): ToolFailure {
  if (broken.problem === "refused") {
    const said = isObject(broken.body) ? saidIn(asked, broken.body) : undefined;
    return refusal(asked, status, said ?? { message: "" });
  }
  const details = { http_status: status, retryable: false };
  if (body.length === 0) {
    return failure(asked, "INVALID_RESPONSE", `expected JSON, got an empty body (HTTP ${status})`, details);
  }
  const excerpt = excerptOf(new TextDecoder().decode(body), asked.datasource.headers);
  const type = oneLine(headers["content-type"]?.split(";")[0] ?? "", 60) || "no content type";
  return failure(asked, "INVALID_RESPONSE", `${expectation(broken, type, status)}: "${excerpt}"`, details);
}

function expectation({ problem }: Broken, type: string, status: number): string {
  if (problem === "no-frame") return `expected a reply of the Prometheus API, got other JSON (HTTP ${status})`;
  return /json/i.test(type)
    ? `expected JSON, got ${type} that cannot be read (HTTP ${status}); it may have been cut short`
    : `expected JSON, got ${type} (HTTP ${status}); a login page or proxy may be in front`;
}
