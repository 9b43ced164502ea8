// The stand-in's memory: repositories, labels, who may do what, and pages of it.
import { ok, query, Refusal, type Call } from "./reading.ts";
import type { IssueState, LabelState, RepoState, Reply, StandInOptions } from "./state.ts";

export class World {
  url = "";
  readonly repos = new Map<string, RepoState>();
  readonly options: Required<Pick<StandInOptions, "token" | "login" | "maxItems" | "now">> & StandInOptions;
  readonly organizations = new Map<string, LabelState[]>();
  readonly indexed = new Set<IssueState>();
  nextId = 100;

  constructor(options: StandInOptions) {
    this.options = {
      token: "t0ken-of-the-stand-in-0123456789abcdef",
      login: "hub-bot",
      maxItems: 50,
      now: Date.now,
      ...options,
    };
    for (const [name, labels] of Object.entries(options.organizations ?? {})) {
      this.organizations.set(
        name,
        labels.map((label) => this.label(label)),
      );
    }
    for (const [fullName, { labels = [], ...rest }] of Object.entries(options.repos ?? { "ops/reports": {} })) {
      const flags = { canWrite: true, isReadable: true, isArchived: false, hasIssues: true, ...rest };
      this.repos.set(fullName, { fullName, ...flags, labels: labels.map((label) => this.label(label)), issues: [] });
    }
  }

  index(): void {
    for (const { issues } of this.repos.values()) for (const issue of issues) this.indexed.add(issue);
  }

  add(repo: RepoState, parts: Partial<IssueState>, isIndexed: boolean): IssueState {
    const number = repo.issues.length + 1;
    const stamp = this.stamp();
    const issue: IssueState = {
      number,
      title: `Issue ${number}`,
      body: "",
      state: "open",
      user: { login: this.options.login },
      html_url: `${this.url}/${repo.fullName}/issues/${number}`,
      labels: [],
      assignees: [],
      milestone: null,
      created_at: stamp,
      updated_at: stamp,
      closed_at: null,
      pull_request: null,
      thread: [],
      ...parts,
    };
    repo.issues.push(issue);
    if (isIndexed) this.indexed.add(issue);
    return issue;
  }

  authenticate({ headers, url }: Call): void {
    const given = /^(?:token|bearer) (\S+)$/i.exec(headers.authorization ?? "")?.[1];
    if (url.searchParams.has("token") || url.searchParams.has("access_token") || given !== this.options.token) {
      throw new Refusal(401, "invalid username, password or token");
    }
  }

  need(scope: string): void {
    const { scopes } = this.options;
    if (scopes === undefined || scopes.includes(scope) || scopes.includes(scope.replace("read:", "write:"))) return;
    throw new Refusal(403, `token does not have at least one of required scope(s), required=[${scope}]`);
  }

  repo(fullName: string): RepoState {
    const repo = this.repos.get(fullName);
    if (repo === undefined || !repo.isReadable) throw new Refusal(404, "The target couldn't be found.");
    return repo;
  }

  /** A limit above MAX_RESPONSE_ITEMS is silently cut to it. */
  page(call: Call, all: readonly unknown[]): Reply {
    const asked = query(call);
    const page = Math.max(1, Number(asked("page") ?? 1));
    const limit = Math.min(this.options.maxItems, Number(asked("limit") ?? 30));
    const headers: Record<string, string> = { "x-total-count": String(all.length) };
    if (page * limit < all.length) {
      const next = new URL(call.url.pathname, this.url);
      next.search = String(new URLSearchParams({ page: String(page + 1), limit: String(limit) }));
      headers["link"] = `<${next.href}>; rel="next"`;
    }
    return { ...ok(all.slice((page - 1) * limit, page * limit)), headers };
  }

  /** Unknown ids are ignored. */
  byIds(repo: RepoState, ids: unknown): LabelState[] {
    return this.labelsOf(repo).filter(({ id }) => Array.isArray(ids) && ids.includes(id));
  }

  labelsOf({ fullName, labels }: RepoState): LabelState[] {
    return [...labels, ...(this.organizations.get(fullName.split("/")[0]!) ?? [])];
  }

  label(name: string): LabelState {
    return { id: this.nextId++, name, color: "d73a4a", description: "" };
  }

  /** Gitea keeps whole seconds. */
  stamp(): string {
    return new Date(this.options.now()).toISOString().replace(/\.\d+Z$/, "Z");
  }
}
