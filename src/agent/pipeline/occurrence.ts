// A failure that came again: told in one comment per issue and ten minutes, with a table of all that came in them.
import { ToolFailure } from "../../core/failure.ts";
import type { IssueRef, TrackedIssue } from "../../core/issue-tracker.ts";
import type { ReportOutcome } from "../../core/report-desk.ts";
import { writeOccurrences } from "../issue/index.ts";
import type { Filed, GroupIssue, Report } from "../store/contract.ts";
import { cleaned, marked, markerOf } from "./draft.ts";
import type { Filing } from "./file.ts";
import { finish } from "./parts.ts";
import type { Plan } from "./plan.ts";

type KnownPlan = Extract<Plan, { known: GroupIssue }>;

const BATCH_MS = 600_000;
/** Waiting reports that one write carries; the rest go with the next. */
const MAX_FOLLOWERS = 200;
const MAX_ROWS = 50;

/** Nothing is written: people asked for silence. */
export async function recordOccurrence(filing: Filing, { issue, known }: KnownPlan): Promise<void> {
  const followers = await followersOf(filing);
  await end(
    filing,
    { issue, known, followers, outcome: "recorded" },
    `counted on issue #${issue.number}, which wants silence`,
  );
}

/** Opens the issue again when it was closed, and tells of this report and of all of its group that wait. */
export async function addOccurrence(filing: Filing, plan: KnownPlan): Promise<void> {
  const { tracker, attempt, signal } = filing;
  const { action, issue, known } = plan;
  const present = await presentComment(filing, plan);
  const followers = await followersOf(filing);
  if (action === "reopen" && !issue.isOpen) {
    await tracker.edit(issue.number, { state: "open" }, signal);
    attempt.mayHaveWritten = true; // so that the next try still knows that it was us
  }
  const body = await tableOf(filing, plan, followers, present?.id);
  const comment = await put(filing, issue.number, body, present);
  const outcome = action === "reopen" ? "reopened" : "commented";
  const others = followers.length === 0 ? "" : ` with ${followers.length} more reports`;
  await end(filing, { issue, known, followers, outcome, comment }, `${outcome} on issue #${issue.number}${others}`);
}

interface Comment {
  readonly id: number;
  readonly isNew: boolean;
}

/** The comment to write into: one that a lost try made, or that of the last ten minutes. */
async function presentComment(filing: Filing, { action, issue, known }: KnownPlan): Promise<Comment | undefined> {
  const { tracker, tried, attempt, signal, clock } = filing;
  if (tried?.action === "comment" || tried?.action === "reopen") {
    const mark = { marker: markerOf(attempt.claim.report), sinceMs: tried.at };
    const found = await tracker.findComment(issue.number, mark, signal);
    if (found !== undefined) return { id: found.id, isNew: found.id !== known.commentId };
    attempt.mayHaveWritten = action === "reopen" && issue.isOpen;
  }
  const { commentId: id, commentAt = 0 } = known;
  const isFresh = action === "comment" && clock.now() - commentAt < BATCH_MS;
  return id !== undefined && isFresh ? { id, isNew: false } : undefined;
}

/** Writes a new comment where the present one was deleted. */
async function put(filing: Filing, number: number, body: string, present: Comment | undefined): Promise<Comment> {
  const { tracker, signal } = filing;
  if (present !== undefined) {
    try {
      await tracker.editComment(present.id, body, signal);
      return present;
    } catch (error) {
      if (!(error instanceof ToolFailure && error.details["http_status"] === 404)) throw error;
    }
  }
  const { id } = await tracker.comment(number, body, signal);
  return { id, isNew: true };
}

const followersOf = ({ store, attempt }: Filing): Promise<Report[]> => {
  const { group } = attempt.claim.report;
  return group === undefined ? Promise.resolve([]) : store.followers(group, MAX_FOLLOWERS);
};

async function tableOf(
  filing: Filing,
  { action, issue }: KnownPlan,
  followers: readonly Report[],
  commentId: number | undefined,
): Promise<string> {
  const { store, attempt } = filing;
  const { report } = attempt.claim;
  const earlier = commentId === undefined ? { reports: [], total: 0 } : await store.commented(commentId, MAX_ROWS);
  const rows = [report, ...followers, ...earlier.reports].sort((a, b) => b.seq - a.seq).slice(0, MAX_ROWS);
  const mark = markerOf(report);
  const text = writeOccurrences({
    rows: rows.map((one) => rowOf(filing, one)),
    total: 1 + followers.length + earlier.total,
    marker: mark,
    first: action === "reopen" ? reopened(issue) : undefined,
  });
  return marked(cleaned(filing, text), mark);
}

function rowOf({ publicUrl }: Filing, { id, createdAt, target, cause = "" }: Report) {
  const evidenceUrl = publicUrl === undefined ? {} : { evidenceUrl: `${publicUrl}/reports/${id}` };
  const { podName: pod, pipelineRun: run, container } = target;
  return { reportId: id, at: createdAt, pod, run, container, cause, ...evidenceUrl };
}

const reopened = ({ closedAt }: TrackedIssue): string =>
  closedAt === undefined
    ? "Reopened: the same failure came again."
    : `Reopened: the same failure came again after the issue was closed on ${new Date(closedAt).toISOString().slice(0, 10)}.`;

interface Ending {
  readonly issue: TrackedIssue;
  readonly known: GroupIssue;
  readonly followers: readonly Report[];
  readonly outcome: ReportOutcome;
  readonly comment?: Comment;
}

/** What analysed the issue counts for those that it carries. */
async function end(filing: Filing, ending: Ending, note: string): Promise<void> {
  const { issue, known, outcome, comment } = ending;
  const { owner, repo, number, url } = issue;
  const ref: IssueRef = { owner, repo, number, url };
  const analysis = (await filing.store.get(known.reportId))?.analysis;
  const filed: Filed = {
    outcome,
    issue: ref,
    ...(analysis === undefined ? {} : { analysis }),
    ...(comment === undefined ? {} : { comment }),
    followers: ending.followers.map(({ id }) => id),
    isNewIssue: false,
  };
  await finish(filing, filing.attempt.claim, filed, note);
}
