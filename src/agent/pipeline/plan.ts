// What to write for a report: a new issue, a comment on the one there is, the same opened again, or nothing at all.
import type { IssueRef, IssueTracker, TrackedIssue } from "../../core/issue-tracker.ts";
import { LABELS } from "../issue/index.ts";
import type { GroupIssue, Report } from "../store/contract.ts";
import type { Parts } from "./parts.ts";

/** A failure that comes back sooner opens its old issue again. */
const REOPEN_MS = 7 * 86_400_000;
const SILENT: readonly string[] = LABELS.ignore;

export type Plan =
  | { readonly action: "create"; readonly old?: { readonly number: number; readonly closedAt: number | undefined } }
  | { readonly action: "edit"; readonly number: number }
  | {
      readonly action: "comment" | "reopen" | "record";
      readonly issue: TrackedIssue;
      readonly known: GroupIssue;
    };

/** The settings may name another repository than when the issue was filed: there, its number means something else. */
export const isElsewhere = (tracker: IssueTracker | undefined, issue: IssueRef | undefined): boolean =>
  tracker !== undefined && issue !== undefined && (issue.owner !== tracker.owner || issue.repo !== tracker.repo);

/** Asks the tracker only about an issue that is known. @throws ToolFailure */
export async function planOf(
  { store, clock }: Parts,
  tracker: IssueTracker,
  report: Report,
  signal: AbortSignal,
): Promise<Plan> {
  if (report.issue !== undefined) return { action: "edit", number: report.issue.number };
  const known = report.group === undefined ? undefined : await store.groupIssue(tracker, report.group);
  if (known === undefined) return { action: "create" };
  const issue = await tracker.get(known.number, signal);
  if (issue === undefined) return { action: "create", old: { number: known.number, closedAt: undefined } };
  if (issue.labels.some((label) => SILENT.includes(label))) return { action: "record", issue, known };
  // A try before this one may have opened it.
  if (issue.isOpen) return { action: report.intent?.action === "reopen" ? "reopen" : "comment", issue, known };
  const { closedAt } = issue;
  if (closedAt === undefined || clock.now() - closedAt <= REOPEN_MS) return { action: "reopen", issue, known };
  return { action: "create", old: { number: known.number, closedAt } };
}
