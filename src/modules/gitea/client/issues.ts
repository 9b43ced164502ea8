// What one may ask of issues: a draft, a change, a filter, a marker to find again.
import type { Issue, Label } from "./shapes.ts";

export interface IssueDraft {
  readonly title: string;
  readonly body: string;
  /** Resolved with `labels` or `ensureLabels`. */
  readonly labels?: readonly Label[];
}

/** An issue as it stands after a write, and which of the wanted labels it did not get. */
export interface Labelled {
  readonly issue: Issue;
  readonly missing: readonly Label[];
}

export interface IssueChange {
  readonly title?: string | undefined;
  readonly body?: string | undefined;
  readonly state?: "open" | "closed" | undefined;
  /** Login names; they replace those that are there. */
  readonly assignees?: readonly string[] | undefined;
  /** Id; 0 takes it off. */
  readonly milestone?: number | undefined;
}

export interface IssueFilter {
  readonly state: "open" | "closed" | "all";
  readonly type: "issues" | "pulls" | "all";
  /** Any of these. Gitea discards names that it does not know and then lists everything: resolve them first. */
  readonly labels?: readonly string[] | undefined;
  /** Changed at or after this time, in milliseconds since the epoch. */
  readonly sinceMs?: number | undefined;
  readonly createdBy?: string | undefined;
}

export interface Marked {
  /** Text that stands in the body, for example an HTML comment with the report's id. */
  readonly marker: string;
  /** Written at or after this time by our clock; Gitea's may differ by five minutes. */
  readonly sinceMs: number;
}
