// Gitea's issues as plain functions: what the tools show and what the failure agent files with. Nothing is repeated on its own; a
// GiteaFailure says whether a write may have happened. https://docs.gitea.com/api/
import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import { repoName, type Repo } from "../../core/issue-repo.ts";
import type { Secret } from "../../core/secret.ts";
import type { Pairs, UpstreamTls } from "../../core/upstream.ts";
import type { Watch } from "../../core/watch.ts";
import { GiteaFailure } from "./client/failures.ts";
import { GiteaHttp, type Ask, type Listed, type Window } from "./client/http.ts";
import type { IssueChange, IssueDraft, IssueFilter, Labelled, Marked } from "./client/issues.ts";
import { missingLabels, readLabels } from "./client/labels.ts";
import * as shapes from "./client/shapes.ts";
import type { Comment, Issue, Label } from "./client/shapes.ts";
import { cleanText, cleanTitle } from "./client/text.ts";
import { repoPath } from "./repo.ts";

export { GiteaFailure } from "./client/failures.ts";
export type { Listed, Window } from "./client/http.ts";
export type { IssueChange, IssueDraft, IssueFilter, Labelled, Marked } from "./client/issues.ts";
export type { Comment, Issue, Label } from "./client/shapes.ts";
export type { Repo } from "../../core/issue-repo.ts";

export interface GiteaOptions {
  /** Without the API's path. */
  readonly host: string;
  readonly token: Secret | undefined;
  readonly tls?: UpstreamTls | undefined;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly writesPerSecond: number;
  readonly watch?: Watch | undefined;
}

const CLOCK_SKEW_MS = 300_000;
/** How many issues are looked through for a marker. */
const MAX_SCANNED = 2_000;
const SCAN_STEP = 50;

export const createGitea = (options: GiteaOptions): Gitea => new Gitea(options);

export class Gitea {
  readonly #http: GiteaHttp;
  readonly #host: string;
  readonly #token: Secret | undefined;

  constructor(options: GiteaOptions) {
    this.#http = new GiteaHttp(options);
    this.#host = options.host;
    this.#token = options.token;
  }

  async version(signal: AbortSignal): Promise<string> {
    const ask: Ask = { method: "GET", path: "version", doing: "read its version", signal };
    return (await this.#http.ask(ask, shapes.version)).version;
  }

  /** Whose token it is; undefined when it lacks the scope read:user, or a proxy hides this: filing does not need it. */
  async login(signal: AbortSignal): Promise<string | undefined> {
    const ask: Ask = { method: "GET", path: "user", doing: "read whose token it is", signal };
    try {
      return (await this.#http.ask(ask, shapes.account)).login;
    } catch (error) {
      if (error instanceof GiteaFailure && [403, 404, 405].includes(error.status ?? 0)) return undefined;
      throw error;
    }
  }

  getIssue(repo: Repo, index: number, signal: AbortSignal): Promise<Issue> {
    return this.#http.ask({ method: "GET", ...on(repo, index, "read"), signal }, shapes.issue);
  }

  /** Where a person reads it, for when Gitea does not say. */
  pageOf(repo: Repo, index: number): string {
    return `${this.#host.replace(/\/+$/, "")}/${encodeURIComponent(repo.owner)}/${encodeURIComponent(repo.repo)}/issues/${index}`;
  }

  /** Newest first. */
  listIssues(repo: Repo, filter: IssueFilter, window: Window, signal: AbortSignal): Promise<Listed<Issue>> {
    const { sinceMs, createdBy } = filter;
    const query: Pairs = [
      ...filterPairs(filter),
      ...(sinceMs === undefined ? [] : [["since", new Date(sinceMs).toISOString()] as const]),
      ...(createdBy === undefined ? [] : [["created_by", createdBy] as const]),
    ];
    const doing = `list the issues of ${repoName(repo)}`;
    const ask: Ask = { method: "GET", path: repoPath(repo, "/issues"), query, doing, signal };
    return this.#http.list(ask, z.array(shapes.issue), window);
  }

  /** Over every repository the token reads, or those of `owner`. The index lags: a new issue may be missing. */
  searchIssues(
    text: string,
    filter: IssueFilter & { owner?: string | undefined },
    window: Window,
    signal: AbortSignal,
  ): Promise<Listed<Issue>> {
    const { owner } = filter;
    const query: Pairs = [
      ["q", text],
      ...filterPairs(filter),
      ...(owner === undefined ? [] : [["owner", owner] as const]),
    ];
    const ask: Ask = { method: "GET", path: "repos/issues/search", query, doing: "search for issues", signal };
    return this.#http.list(ask, z.array(shapes.issue), window);
  }

  /**
   * The issue whose body holds the marker, among those changed since then, by the token's user where it is known. Reads the
   * database's list and not the search index, so an issue of a moment ago is found.
   * @throws GiteaFailure too-large when more than 2,000 issues would have to be read
   */
  async findMarkedIssue(repo: Repo, { marker, sinceMs }: Marked, signal: AbortSignal): Promise<Issue | undefined> {
    const createdBy = await this.login(signal);
    const filter: IssueFilter = { state: "all", type: "issues", sinceMs: sinceMs - CLOCK_SKEW_MS, createdBy };
    for (let offset = 0; offset < MAX_SCANNED; offset += SCAN_STEP) {
      const { items } = await this.listIssues(repo, filter, { offset, count: SCAN_STEP }, signal);
      const found = items.find(({ body }) => body.includes(marker));
      if (found !== undefined || items.length < SCAN_STEP) return found;
    }
    throw new GiteaFailure("too-large", `Gitea: more than ${MAX_SCANNED} issues to look through in ${repoName(repo)}`, {
      code: "TOO_MANY_ISSUES",
    });
  }

  /** The comment whose text holds the marker, among those changed since then. */
  async findMarkedComment(
    repo: Repo,
    index: number,
    { marker, sinceMs }: Marked,
    signal: AbortSignal,
  ): Promise<Comment | undefined> {
    const query: Pairs = [["since", new Date(sinceMs - CLOCK_SKEW_MS).toISOString()]];
    const ask: Ask = { method: "GET", ...on(repo, index, "read the comments of", "/comments"), query, signal };
    const comments = await this.#http.ask(ask, z.array(shapes.comment));
    return comments.find(({ body }) => body.includes(marker));
  }

  /** Makes the issue, then adds labels that Gitea dropped. Once the issue is there, a failing label never fails the call. */
  async createIssue(repo: Repo, { title, body, labels = [] }: IssueDraft, signal: AbortSignal): Promise<Labelled> {
    const json = {
      title: cleanTitle(title, this.#token),
      body: cleanText(body, this.#token),
      ...(labels.length === 0 ? {} : { labels: labels.map(({ id }) => id) }),
    };
    const doing = `create the issue in ${repoName(repo)}`;
    const ask: Ask = { method: "POST", path: repoPath(repo, "/issues"), json, doing, signal };
    const issue = await this.#http.ask(ask, shapes.issue);
    const dropped = missingLabels(labels, issue.labels);
    if (dropped.length === 0) return { issue, missing: [] };
    try {
      const present = await this.addLabels(repo, issue.number, dropped, signal);
      return { issue: { ...issue, labels: present }, missing: missingLabels(labels, present) };
    } catch (error) {
      if (!(error instanceof GiteaFailure)) throw error;
      return { issue, missing: dropped };
    }
  }

  /** Of a user who may not write to the repository Gitea takes title, body and state, and drops the rest without a word. */
  editIssue(repo: Repo, index: number, change: IssueChange, signal: AbortSignal): Promise<Issue> {
    const { title, body, state, assignees, milestone } = change;
    const json = {
      ...(title === undefined ? {} : { title: cleanTitle(title, this.#token) }),
      ...(body === undefined ? {} : { body: cleanText(body, this.#token) }),
      ...(state === undefined ? {} : { state }),
      ...(assignees === undefined ? {} : { assignees }),
      ...(milestone === undefined ? {} : { milestone }),
    };
    return this.#http.ask({ method: "PATCH", ...on(repo, index, "edit"), json, signal }, shapes.issue);
  }

  comment(repo: Repo, index: number, body: string, signal: AbortSignal): Promise<Comment> {
    const json = { body: cleanText(body, this.#token) };
    return this.#http.ask(
      { method: "POST", ...on(repo, index, "comment on", "/comments"), json, signal },
      shapes.comment,
    );
  }

  editComment(repo: Repo, id: number, body: string, signal: AbortSignal): Promise<Comment> {
    const json = { body: cleanText(body, this.#token) };
    const doing = `edit comment ${id} in ${repoName(repo)}`;
    const ask: Ask = { method: "PATCH", path: repoPath(repo, `/issues/comments/${id}`), json, doing, signal };
    return this.#http.ask(ask, shapes.comment);
  }

  /** Those of the repository and of its organization. */
  labels(repo: Repo, signal: AbortSignal): Promise<Label[]> {
    return readLabels(this.#http, repo, signal);
  }

  /** Makes a label. Gitea allows several of one name: look first. `color` is `#rrggbb`. */
  createLabel(repo: Repo, label: { name: string; color: string }, signal: AbortSignal): Promise<Label> {
    const doing = `create the label ${label.name} in ${repoName(repo)}`;
    const ask: Ask = { method: "POST", path: repoPath(repo, "/labels"), json: label, doing, signal };
    return this.#http.ask(ask, shapes.label);
  }

  /** Adds by id, and returns all labels that the issue then has. Unknown ids are ignored by Gitea. */
  addLabels(repo: Repo, index: number, labels: readonly Label[], signal: AbortSignal): Promise<Label[]> {
    const json = { labels: labels.map(({ id }) => id) };
    const ask: Ask = { method: "POST", ...on(repo, index, "label", "/labels"), json, signal };
    return this.#http.ask(ask, z.array(shapes.label));
  }

  removeLabel(repo: Repo, index: number, label: Label, signal: AbortSignal): Promise<void> {
    return this.#http.tell({ method: "DELETE", ...on(repo, index, "unlabel", `/labels/${label.id}`), signal });
  }

  close(): Promise<void> {
    return this.#http.close();
  }
}

const on = (repo: Repo, index: number, verb: string, rest = "") => ({
  path: repoPath(repo, `/issues/${index}${rest}`),
  doing: `${verb} ${repoName(repo)}#${index}`,
});

const filterPairs = ({ state, type, labels = [] }: IssueFilter): Pairs => [
  ["state", state],
  ...(type === "all" ? [] : [["type", type] as const]),
  ...(labels.length === 0 ? [] : [["labels", labels.join(",")] as const]),
];
