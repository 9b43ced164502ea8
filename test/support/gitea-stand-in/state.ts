// What the stand-in knows and can be told: repositories, issues, faults.
import type { IncomingHttpHeaders } from "node:http";
import type { ServerOptions } from "node:https";

export interface LabelState {
  id: number;
  name: string;
  color: string;
  description: string;
}

export interface CommentState {
  id: number;
  body: string;
  user: { login: string };
  html_url: string;
  created_at: string;
  updated_at: string;
}

export interface IssueState extends Omit<CommentState, "id"> {
  number: number;
  title: string;
  state: string;
  labels: LabelState[];
  assignees: { login: string }[];
  milestone: { id: number; title: string } | null;
  closed_at: string | null;
  pull_request: object | null;
  thread: CommentState[];
}

export interface RepoOptions {
  labels?: string[];
  /** May the token's user write? Default true. Otherwise labels, assignees and milestones are dropped without a word. */
  canWrite?: boolean;
  /** Default true; otherwise everything is 404, as if it did not exist. */
  isReadable?: boolean;
  isArchived?: boolean;
  hasIssues?: boolean;
}

export interface RepoState extends Required<Omit<RepoOptions, "labels">> {
  fullName: string;
  labels: LabelState[];
  issues: IssueState[];
}

export interface StandInOptions {
  token?: string;
  login?: string;
  /** What the token may do; undefined is everything. */
  scopes?: string[];
  repos?: Record<string, RepoOptions>;
  /** Labels of organizations; an owner without an entry is a user. */
  organizations?: Record<string, string[]>;
  /** MAX_RESPONSE_ITEMS. */
  maxItems?: number;
  /** Answers everything with a redirect to this address, as a wrong scheme does. */
  redirectTo?: string;
  tls?: ServerOptions;
  now?: () => number;
}

/** `hang` and `reset` come before the work; the others do the work and then keep the reply. */
export type Fault = "hang" | "reset" | "hang-after" | "reset-after" | Reply;

export interface Reply {
  status: number;
  /** A string is sent as it is. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Recorded {
  method: string;
  /** Below /api/v1, with its query. */
  path: string;
  headers: IncomingHttpHeaders;
  json: unknown;
}
