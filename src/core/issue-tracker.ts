// Where the agent files its issues: one repository that the operator chose. A module that speaks with a tracker provides it.

export interface IssueRef {
  readonly owner: string;
  readonly repo: string;
  readonly number: number;
  readonly url: string;
}

export interface TrackedIssue extends IssueRef {
  readonly title: string;
  readonly body: string;
  readonly isOpen: boolean;
  /** Milliseconds since the epoch. */
  readonly closedAt: number | undefined;
  readonly labels: readonly string[];
}

export interface IssueText {
  readonly title: string;
  readonly body: string;
  /** By name; made when the repository lacks them. A label that cannot be made or set never fails the write. */
  readonly labels: readonly string[];
}

export interface IssueChanges {
  readonly title?: string;
  readonly body?: string;
  readonly state?: "open" | "closed";
  readonly addLabels?: readonly string[];
  readonly removeLabels?: readonly string[];
}

export interface MarkedText {
  /** Stands in the body, such as an HTML comment with the report's id. */
  readonly marker: string;
  /** Written at or after this time by our clock, in milliseconds. */
  readonly sinceMs: number;
}

/**
 * Every method throws ToolFailure: kind `cancelled` when the signal fired; else its details may have `http_status`,
 * `may_have_written` (true: look for the marker before writing again) and `retry_after_seconds`. Nothing is repeated inside.
 */
export interface IssueTracker {
  readonly owner: string;
  readonly repo: string;
  create(issue: IssueText, signal: AbortSignal): Promise<TrackedIssue>;
  /** Undefined when there is none of this number. */
  get(number: number, signal: AbortSignal): Promise<TrackedIssue | undefined>;
  edit(number: number, changes: IssueChanges, signal: AbortSignal): Promise<TrackedIssue>;
  comment(number: number, body: string, signal: AbortSignal): Promise<{ readonly id: number }>;
  editComment(id: number, body: string, signal: AbortSignal): Promise<void>;
  /** From the tracker's database, not its search index: a write of a moment ago is found. */
  findIssue(marked: MarkedText, signal: AbortSignal): Promise<TrackedIssue | undefined>;
  findComment(number: number, marked: MarkedText, signal: AbortSignal): Promise<{ readonly id: number } | undefined>;
}
