// The issue that holds a marker. From the list and not from the search, which lags; slim lists leave bodies out, so each issue
// that may be ours is read.
import { ToolFailure } from "../../../core/failure.ts";
import type { MarkedText } from "../../../core/issue-tracker.ts";
import type { McpGitea } from "./gitea.ts";
import type { McpIssue } from "./shapes.ts";

const CLOCK_SKEW_MS = 300_000;
/** How many issues are looked through, and how many of them are read one by one. */
const MAX_SCANNED = 2_000;
const MAX_READ = 300;

/** @throws ToolFailure too-large when more than these would have to be looked through */
export async function findMarked(
  gitea: McpGitea,
  { marker, sinceMs }: MarkedText,
  signal: AbortSignal,
): Promise<McpIssue | undefined> {
  const from = sinceMs - CLOCK_SKEW_MS;
  const login = await gitea.login(signal);
  const seen = new Set<number>();
  let read = 0;
  for (let page = 1; seen.size < MAX_SCANNED && read < MAX_READ; page += 1) {
    // oxlint-disable-next-line no-await-in-loop -- a page tells whether there is another
    const listed = await gitea.list(page, new Date(from), signal);
    const fresh = listed.filter(({ number }) => !seen.has(number));
    for (const { number } of fresh) seen.add(number);
    const recent = fresh.filter((one) => isSince(one, from));
    for (const one of recent.filter((issue) => mayBeOurs(issue, login))) {
      const isWhole = typeof one.body === "string";
      if (!isWhole) read += 1;
      // oxlint-disable-next-line no-await-in-loop -- one call at a time: the server is not ours alone
      const whole = isWhole ? one : await gitea.get(one.number, signal);
      if (mayBeOurs(whole, login) && whole.body?.includes(marker) === true) return whole; // slim lists hide pull requests
    }
    if (recent.length === 0) return undefined; // newest first: what follows is older still
  }
  throw new ToolFailure(
    "too-large",
    `the MCP server ${gitea.server}: too many issues to look through for one of ours`,
    {
      code: "TOO_MANY_ISSUES",
    },
  );
}

/** One without a readable time is looked at. */
const isSince = ({ created_at: at }: McpIssue, from: number): boolean => !(Date.parse(at) < from);

function mayBeOurs({ user, is_pull: isPull, pull_request: pull, html_url: url }: McpIssue, login: string | undefined) {
  const isIssue = isPull !== true && !pull && !url.includes("/pulls/");
  return isIssue && (login === undefined || user === "" || user === login);
}
