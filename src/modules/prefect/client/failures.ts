// How a request to Prefect fails: what, where, the status, and what to do next. Bodies of 422 repeat the whole request, secrets
// included, so only `loc: msg` of them is told.
import { oneLine } from "../../../core/clip.ts";
import { ToolFailure, type FailureKind } from "../../../core/failure.ts";
import { isObject } from "../../../core/json.ts";
import { UpstreamError, type UpstreamReply } from "../../../core/upstream.ts";
import type { Login } from "../login.ts";

/** What was asked, for the words. */
export interface Asked {
  /** What failed, for example `read flow run 6f0e…`. */
  readonly doing: string;
  /** What a 404 means here, one sentence or two; by default what Prefect says. */
  readonly missing?: string | undefined;
  /** It changes something: it may have happened even when no answer came. */
  readonly isWrite?: boolean | undefined;
}

/** Whom we asked. */
export interface Server {
  /** Its address, without credentials. */
  readonly url: string;
  readonly login: Login;
  readonly isCloud: boolean;
}

const HEAD_BYTES = 65_536;

/** There was no reply. */
export function unanswered(asked: Asked, server: Server, error: UpstreamError): ToolFailure {
  const mayHaveWritten = asked.isWrite === true && ["timeout", "reset", "aborted", "garbled"].includes(error.reason);
  const fail = (kind: FailureKind, code: string, message: string) => {
    const caution = mayHaveWritten ? " It may have happened all the same: look before you repeat it." : "";
    const details = { code, url: server.url, ...(mayHaveWritten ? { may_have_written: true } : {}) };
    return new ToolFailure(kind, `${message}${caution}`, details, { cause: error });
  };
  const could = `could not ${asked.doing} at ${server.url}: ${error.message}`;
  const down = `Prefect API unreachable at ${server.url} (${codeOf(error)}).`;
  switch (error.reason) {
    case "aborted":
      return fail("cancelled", "CANCELLED", could);
    case "timeout":
      return fail("timeout", "TIMEOUT", `${could}. Ask for less, or let the operator raise PREFECT_TIMEOUT_SECONDS.`);
    case "redirect":
      return fail("unavailable", "REDIRECTED", `${could}. PREFECT_API_URL must be the final address of the API.`);
    case "tls":
      return fail(
        "unavailable",
        "TLS",
        `${down} The operator sets PREFECT_API_SSL_CERT_FILE to the authority's PEM file.`,
      );
    case "too-large":
      return fail("too-large", "TOO_LARGE", `${could}. Ask for fewer at once.`);
    case "garbled":
    case "busy":
    case "reset":
      return fail("unavailable", "UNAVAILABLE", `${could}. Try again.`);
    default:
      return fail("unavailable", "UNREACHABLE", `${down} Is the server up, and is PREFECT_API_URL right?`);
  }
}

const codeOf = (error: UpstreamError): string => {
  const { cause } = error;
  const code = cause instanceof Error && "code" in cause && typeof cause.code === "string" ? `${cause.code}, ` : "";
  return `${code}${error.message}`;
};

/** Prefect, or a proxy before it, refused. */
export function refused(asked: Asked, server: Server, reply: UpstreamReply): ToolFailure {
  const { status, headers } = reply;
  const said = messageIn(reply);
  const why = said === "" ? "" : `: ${said}`;
  const fail = (kind: FailureKind, code: string, message: string, more: object = {}) =>
    new ToolFailure(kind, message, { code, http_status: status, url: server.url, ...more });
  const could = `could not ${asked.doing} at ${server.url} (${status}${why})`;
  if (headers["prefect-maintenance"] === "true") {
    return fail("unavailable", "MAINTENANCE", `${could}. Prefect is in maintenance; try again later.`);
  }
  switch (status) {
    case 401:
      return fail("denied", "UNAUTHORIZED", rejected(server));
    case 403:
      return fail("denied", "FORBIDDEN", `${could}. ${forbiddenHint(said, server)}`);
    case 404:
      return isBare(said) ? fail("not-found", "NO_SUCH_PATH", `${could}. ${BARE_HINT}`) : notFound(asked, server, said);
    case 405:
      return fail("unavailable", "NO_SUCH_PATH", `${could}. ${BARE_HINT}`);
    case 409:
      return fail("invalid", "CONFLICT", could);
    case 400:
    case 422:
      return fail("invalid", "INVALID", could);
    case 429: {
      const wait = secondsIn(headers["retry-after"]);
      const then = wait === undefined ? "later" : `in ${wait} s`;
      const more = wait === undefined ? {} : { retry_after_seconds: wait };
      return fail("unavailable", "RATE_LIMITED", `${could}. Prefect limits requests; try again ${then}.`, more);
    }
    default:
      return status >= 500
        ? fail("unavailable", "UNAVAILABLE", `${could}. Prefect is in trouble, or its database is; try again later.`)
        : fail("invalid", "REFUSED", could);
  }
}

const BARE_HINT = "Does PREFECT_API_URL end in /api, and is the server new enough for this?";

const isBare = (said: string): boolean => said === "" || said === "Not Found";

const notFound = ({ doing, missing }: Asked, { url }: Server, said: string): ToolFailure =>
  new ToolFailure("not-found", missing ?? `could not ${doing} at ${url} (404: ${said})`, {
    code: "NOT_FOUND",
    http_status: 404,
    url,
  });

function rejected({ login, url, isCloud }: Server): string {
  if (login.mode === "none") {
    return `Prefect wants credentials (401) at ${url}, and none are set: the operator sets ${login.source}.`;
  }
  const tried = login.mode === "basic" ? "Basic" : "Bearer";
  const hint =
    login.mode === "bearer" && !isCloud
      ? " A self-hosted Prefect takes only PREFECT_API_AUTH_STRING (user:password)."
      : "";
  return `Prefect rejected the credentials (401) at ${url}; tried ${tried} from ${login.source}.${hint}`;
}

const forbiddenHint = (said: string, { login }: Server): string =>
  isCsrf(said)
    ? "Its CSRF protection refused our token; try again."
    : `The credentials of ${login.source} do not allow this.`;

/** Prefect checks the CSRF token before the credentials. */
export const isCsrf = (said: string): boolean => /csrf/i.test(said);

/** The reply is a success that cannot be read, such as the web page of a wrong address. */
export const unreadable = ({ doing }: Asked, { url }: Server, { status, headers }: UpstreamReply): ToolFailure =>
  new ToolFailure(
    "unavailable",
    `could not ${doing} at ${url}: its reply (${status}, ${oneLine(headers["content-type"] ?? "no type", 60)}) is not ` +
      `Prefect's. ${BARE_HINT}`,
    { code: "INVALID_RESPONSE", http_status: status, url },
  );

/** What is wrong with the server, in words for anybody: nothing of what was asked. Undefined when it only would not do this. */
export function troubleIn({ kind, details, cause }: ToolFailure): string | undefined {
  if (kind !== "unavailable" && kind !== "timeout" && kind !== "denied") return undefined;
  const { code, http_status: status } = details;
  const why = typeof status === "number" ? status : cause instanceof UpstreamError ? codeOf(cause) : undefined;
  return why === undefined ? String(code) : `${String(code)} (${why})`;
}

export function secondsIn(text: string | undefined): number | undefined {
  const seconds = /^\d{1,6}$/.exec(text ?? "")?.[0];
  return seconds === undefined ? undefined : Number(seconds);
}

/** Prefect's own words as one line; nothing of a proxy's page. */
export function messageIn({ body }: UpstreamReply): string {
  const parsed = parseJson(body.subarray(0, HEAD_BYTES));
  if (!isObject(parsed)) return "";
  const { detail, exception_message: exception, exception_detail: details } = parsed;
  const problems = [detail, details].find(Array.isArray);
  if (problems !== undefined) {
    const told = problems.slice(0, 5).flatMap((problem: unknown) => problemIn(problem));
    if (told.length > 0) return oneLine(told.join("; "), 500);
  }
  const text = [detail, exception].find((one) => typeof one === "string");
  return text === undefined ? "" : oneLine(text, 500);
}

function problemIn(problem: unknown): string[] {
  if (!isObject(problem) || typeof problem["msg"] !== "string") return [];
  const where = Array.isArray(problem["loc"]) ? `${problem["loc"].map(String).join(".")}: ` : "";
  return [`${where}${problem["msg"]}`];
}

/** Undefined when it is no JSON. */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
