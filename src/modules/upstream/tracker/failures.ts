// How gitea-mcp says that Gitea refused: a sentence, in which the words of its SDK tell the status. From it come the facts that
// tell a worker whether to wait, give up or look first. Gitea has no idempotency keys: a write without a clear answer may have happened.
import { oneLine } from "../../../core/clip.ts";
import { ToolFailure, type FailureKind } from "../../../core/failure.ts";

/** What was asked, for the words. */
export interface Asked {
  /** Of the upstream. */
  readonly server: string;
  /** What failed, for example `create the issue in ops/reports`. */
  readonly doing: string;
  readonly isWrite: boolean;
}

interface Facts {
  readonly code: string;
  readonly http_status?: number;
  readonly mayHaveWritten?: boolean;
}

const MAX_SAID = 300;

/** The SDK's: `unknown API error: 502`, `body read on HTTP error 500`, `404 Not Found`. https://gitea.com/gitea/go-sdk */
const NUMBERS = [/^(?:unknown API error|body read on HTTP error):? (\d{3})\b/i, /^(\d{3}) [A-Z]/];

/** Gitea's own sentences, which come without a number. */
const SENTENCES: readonly (readonly [words: RegExp, status: number])[] = [
  [/^(?:the target couldn't be found|not found\b)|\bdoes not exist\b/i, 404],
  [/^(?:invalid username, password or token|token is required|unauthorized\b)/i, 401],
  [/required scope|\bforbidden\b|^user (?:should|must) have/i, 403],
  [/\barchived\b/i, 423],
  [/^\[[A-Za-z]*\]: /, 422],
  [/too many requests|rate limit/i, 429],
];

/** Between the MCP server and Gitea: before a request was sent, and after. */
const NOT_REACHED = /connection refused|no such host|network is unreachable|no route to host|x509:|certificate/i;
const TOO_SLOW = /deadline exceeded|client\.timeout|i\/o timeout|timed? ?out/i;
/** The arguments, not Gitea. */
const MISUNDERSTOOD = /\bis required\b|^unknown method|unknown tool|tool .{0,80} not found|invalid params/i;

const KINDS: Readonly<Record<number, FailureKind>> = {
  401: "denied",
  403: "denied",
  404: "not-found",
  410: "denied",
  413: "too-large",
  423: "denied",
};

const HINTS: Readonly<Record<number, string>> = {
  401: "Gitea does not accept the token of that MCP server; its operator must replace it.",
  403: "The token of that MCP server must be allowed to write issues in this repository.",
  404: "It does not exist, or the token of that MCP server may not read it: Gitea does not say which.",
};

/** The failure for a call that the server answered with an error. `said` is hostile text. */
export function refusal(asked: Asked, said: string): ToolFailure {
  const words = afterPrefix(said);
  const status = statusOf(words);
  if (status !== undefined) {
    const kind = KINDS[status] ?? (status >= 500 || status === 429 ? "unavailable" : "invalid");
    const facts = { code: "REFUSED", http_status: status, mayHaveWritten: status >= 500 };
    return failure(asked, kind, words, facts, HINTS[status]);
  }
  if (words === "") return failure(asked, "unavailable", "Gitea failed", { code: "UNAVAILABLE", mayHaveWritten: true });
  if (NOT_REACHED.test(words)) return failure(asked, "unavailable", words, { code: "UNREACHABLE" });
  if (TOO_SLOW.test(words)) return failure(asked, "timeout", words, { code: "TIMEOUT", mayHaveWritten: true });
  if (MISUNDERSTOOD.test(words)) return failure(asked, "unavailable", words, { code: "UNEXPECTED" });
  return failure(asked, "unavailable", words, { code: "UNAVAILABLE", mayHaveWritten: true });
}

/** A success that cannot be read. */
export const unreadable = (asked: Asked): ToolFailure =>
  failure(asked, "unavailable", "its answer is not gitea-mcp's", { code: "INVALID_RESPONSE", mayHaveWritten: true });

export const notOffered = (asked: Asked, tools: string): ToolFailure =>
  failure(asked, "unavailable", `it does not offer ${tools}`, { code: "NOT_OFFERED" });

/** What only a write may have done, taken off a read. */
export function forRead({ kind, message, details }: ToolFailure): ToolFailure {
  const { may_have_written: _, ...rest } = details;
  return new ToolFailure(kind, message, rest);
}

function failure(asked: Asked, kind: FailureKind, why: string, facts: Facts, hint?: string): ToolFailure {
  const { server, doing, isWrite } = asked;
  const { mayHaveWritten = false, ...details } = facts;
  return new ToolFailure(kind, `the MCP server ${server}: could not ${doing}: ${oneLine(why, MAX_SAID)}`, {
    ...details,
    ...(hint === undefined ? {} : { hint }),
    ...(mayHaveWritten && isWrite ? { may_have_written: true } : {}),
  });
}

/** `Error: create ops/reports/issue err: 404 Not Found` is `404 Not Found`. */
function afterPrefix(said: string): string {
  const text = said
    .slice(0, 4_096)
    .trim()
    .replace(/^Error: /, "");
  const at = / err: ?/.exec(text);
  return (at === null ? text.replace(/ err:$/, "") : text.slice(at.index + at[0].length)).trim();
}

function statusOf(words: string): number | undefined {
  const number = NUMBERS.map((pattern) => pattern.exec(words)?.[1]).find((one) => one !== undefined);
  if (number !== undefined) return Number(number);
  const line = words.split("\n", 1)[0] ?? "";
  return SENTENCES.find(([pattern]) => pattern.test(line))?.[1];
}
