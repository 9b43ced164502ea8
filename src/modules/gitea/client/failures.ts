// How a request to Gitea fails: in words that say what to do, and in facts that tell a worker whether to wait, give up or look
// first. Gitea has no idempotency keys: a write without a clear answer may have happened.
import { ToolFailure, type FailureKind } from "../../../core/failure.ts";
import { oneLine } from "../../../core/clip.ts";
import { isObject } from "../../../core/json.ts";
import type { UpstreamError, UpstreamReply, UpstreamRequest } from "../../../core/upstream.ts";

export class GiteaFailure extends ToolFailure {
  /** Gitea's status; undefined when there was no reply. */
  readonly status: number | undefined;
  /** True when the write may have happened all the same: look before you repeat it. */
  readonly mayHaveWritten: boolean;
  /** Of 429 and 503. */
  readonly retryAfterSeconds: number | undefined;

  constructor(kind: FailureKind, message: string, facts: Facts, options?: ErrorOptions) {
    const { code, hint, status, mayHaveWritten = false, retryAfterSeconds } = facts;
    const details = {
      code,
      ...(hint === undefined ? {} : { hint }),
      ...(status === undefined ? {} : { http_status: status }),
      ...(mayHaveWritten ? { may_have_written: true } : {}),
      ...(retryAfterSeconds === undefined ? {} : { retry_after_seconds: retryAfterSeconds }),
    };
    super(kind, message, details, options);
    this.name = "GiteaFailure";
    this.status = status;
    this.mayHaveWritten = mayHaveWritten;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

interface Facts {
  readonly code: string;
  readonly hint?: string | undefined;
  readonly status?: number | undefined;
  readonly mayHaveWritten?: boolean;
  readonly retryAfterSeconds?: number | undefined;
}

/** What was asked, for the words. */
export interface Asked {
  readonly method: UpstreamRequest["method"];
  /** What failed, for example `create the issue in ops/reports`. */
  readonly doing: string;
}

const LOOK_FIRST =
  "It may have been written all the same, and Gitea does not notice a repetition: look with list_repo_issues or get_issue_by_index before you try again.";
const isWrite = ({ method }: Asked): boolean => method !== "GET";

/** There was no reply. */
export function unanswered(asked: Asked, error: UpstreamError): GiteaFailure {
  const mayHaveWritten =
    isWrite(asked) && ["timeout", "reset", "aborted", "garbled", "too-large"].includes(error.reason);
  const fail = (kind: FailureKind, code: string, hint?: string) =>
    new GiteaFailure(
      kind,
      `Gitea: could not ${asked.doing}: ${error.message}`,
      { code, status: error.facts.status, mayHaveWritten, hint: mayHaveWritten ? LOOK_FIRST : hint },
      { cause: error },
    );
  switch (error.reason) {
    case "aborted":
      return fail("cancelled", "CANCELLED");
    case "timeout":
      return fail("timeout", "TIMEOUT", "Try again, or let the operator raise GITEA_TIMEOUT_SECONDS.");
    case "redirect":
      return fail("unavailable", "REDIRECTED", redirectHint(error.message));
    case "tls":
      return fail("unavailable", "TLS", "The operator sets GITEA_CA_PATH to the authority's PEM file.");
    case "too-large":
      return fail("too-large", "TOO_LARGE", "Ask for less: a smaller pageSize.");
    case "garbled":
    case "busy":
    case "reset":
      return fail("unavailable", "UNAVAILABLE");
    default:
      return fail("unavailable", "UNAVAILABLE", "Is GITEA_HOST right, and is Gitea up?");
  }
}

/** A 301 turns a POST into a GET in most clients; so nothing is followed, and the address that would do is named. */
function redirectHint(message: string): string {
  const target = / to (https?:\/\/\S+)$/.exec(message)?.[1];
  const base = target === undefined ? undefined : /^(.*?)\/api\/v1(?:\/|$)/.exec(target)?.[1];
  return base === undefined
    ? "GITEA_HOST is not Gitea's own address, perhaps a login page stands in front: the operator sets the final one."
    : `GITEA_HOST is not Gitea's final address: the operator sets GITEA_HOST=${base}`;
}

/** Gitea, or a proxy before it, refused. `said` is its message, already without our token. */
export function refused(asked: Asked, { status, headers }: UpstreamReply, said: string): GiteaFailure {
  const why = said === "" ? "" : `: ${said}`;
  const mayHaveWritten = isWrite(asked) && status >= 500;
  const wait = /^\d{1,6}$/.exec(headers["retry-after"] ?? "")?.[0];
  const retryAfterSeconds = wait === undefined ? undefined : Number(wait);
  const fail = (kind: FailureKind, code: string, hint?: string) =>
    new GiteaFailure(kind, `Gitea: could not ${asked.doing} (HTTP ${status}${why})`, {
      code,
      status,
      mayHaveWritten,
      retryAfterSeconds,
      hint: mayHaveWritten ? LOOK_FIRST : hint,
    });
  const known = REFUSALS[status];
  if (known !== undefined) return fail(...known);
  if (status >= 500) return fail("unavailable", "UNAVAILABLE", "Gitea is in trouble; try again later.");
  return fail(status === 408 ? "timeout" : "invalid", "REFUSED");
}

const REFUSALS: Readonly<Record<number, readonly [FailureKind, string, string]>> = {
  401: ["denied", "UNAUTHORIZED", "Gitea does not accept GITEA_ACCESS_TOKEN; the operator must replace it."],
  403: [
    "denied",
    "FORBIDDEN",
    "The token's user or scope does not allow this: it needs write:issue and access to the repository.",
  ],
  404: [
    "not-found",
    "NOT_FOUND",
    "It does not exist, or the token may not read it: Gitea does not say which. Check owner, repo and index.",
  ],
  409: ["invalid", "CONFLICT", "Somebody was faster: read it again and decide anew."],
  410: ["denied", "ISSUES_DISABLED", "Issues are switched off in this repository; choose another."],
  412: ["invalid", "PRECONDITION_FAILED", "Close the issues it depends on first."],
  413: ["too-large", "TOO_LARGE", "Shorten the text."],
  422: ["invalid", "INVALID", "Gitea finds a value invalid; change what its message names."],
  423: ["denied", "ARCHIVED", "The repository is archived or locked; choose another."],
  429: ["unavailable", "RATE_LIMITED", "Wait before the next request."],
};

/** The reply is a success that cannot be read, such as a login page. */
export const unreadable = (asked: Asked, { status, headers }: UpstreamReply): GiteaFailure =>
  new GiteaFailure(
    "unavailable",
    `Gitea: could not ${asked.doing}: its reply (HTTP ${status}, ${oneLine(headers["content-type"] ?? "no type", 60)}) is not Gitea's`,
    {
      code: "INVALID_RESPONSE",
      status,
      mayHaveWritten: isWrite(asked),
      hint: isWrite(asked) ? LOOK_FIRST : "Is GITEA_HOST Gitea itself, or does a login page or proxy stand in front?",
    },
  );

/** Gitea's own `message`, or the head of a proxy's page, as one line. */
export function messageIn(text: string): string {
  const head = text.slice(0, 4_096);
  const parsed = parseJson(text);
  if (isObject(parsed)) return typeof parsed["message"] === "string" ? oneLine(parsed["message"], 300) : "";
  return oneLine(
    head
      .replace(/<(script|style)\b[^]*?<\/\1\s*>/gi, " ")
      .replace(/<[^<>]*>/g, " ")
      .replace(/\s+/g, " "),
    200,
  );
}

/** Undefined when it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
