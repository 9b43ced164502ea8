// The failure agent's tracker through a Gitea MCP server, whichever generation of gitea-mcp it is: one repository, labels by
// name, a missing label never in the way of an issue. What a server does not offer is left out as far as that does no harm.
import { ToolFailure } from "../../../core/failure.ts";
import type { Repo } from "../../../core/issue-repo.ts";
import type { IssueChanges, IssueText, IssueTracker, MarkedText, TrackedIssue } from "../../../core/issue-tracker.ts";
import { LabelBook, orElse } from "../../../core/label-book.ts";
import type { Log } from "../../../core/log.ts";
import type { UpstreamPort } from "../port.ts";
import { toolsFor, type Deed } from "./dialect.ts";
import { findMarked } from "./find.ts";
import { McpGitea } from "./gitea.ts";
import type { McpIssue, McpLabel } from "./shapes.ts";

export interface McpTrackerOptions extends Repo {
  readonly log: Log;
}

export const createMcpTracker = (port: UpstreamPort, options: McpTrackerOptions): IssueTracker =>
  new McpTracker(port, options);

class McpTracker implements IssueTracker {
  readonly owner: string;
  readonly repo: string;
  readonly #gitea: McpGitea;
  readonly #labels: LabelBook<McpLabel>;
  readonly #log: Log;
  readonly #told = new Set<Deed>();

  constructor(port: UpstreamPort, { owner, repo, log }: McpTrackerOptions) {
    this.owner = owner;
    this.repo = repo;
    this.#log = log;
    const gitea = new McpGitea(port, { owner, repo });
    this.#gitea = gitea;
    this.#labels = new LabelBook({
      list: (signal) => gitea.labels(signal),
      create: (label, signal) => gitea.createLabel(label, signal),
    });
  }

  async create({ title, body, labels }: IssueText, signal: AbortSignal): Promise<TrackedIssue> {
    const wanted = await this.#labels.named(labels, signal);
    const issue = await this.#gitea.create(title, body, wanted, signal);
    const dropped = wanted.filter(({ name }) => !issue.labels.includes(name));
    if (dropped.length === 0) return this.#tracked(issue);
    try {
      const present = await this.#gitea.addLabels(issue.number, dropped, signal);
      if (dropped.some(({ id }) => !present.some((one) => one.id === id))) this.#labels.forget();
      return this.#tracked({ ...issue, labels: present.map(({ name }) => name) });
    } catch (error) {
      // the issue is there: nothing may make the caller think that it is not
      if (!(error instanceof ToolFailure)) throw error;
      this.#labels.forget();
      return this.#tracked(issue);
    }
  }

  async get(number: number, signal: AbortSignal): Promise<TrackedIssue | undefined> {
    try {
      return this.#tracked(await this.#gitea.get(number, signal));
    } catch (error) {
      if (!(error instanceof ToolFailure && error.details["http_status"] === 404)) throw error;
      // A token that may not read the repository gets 404 too; then nothing is known about the issue, and this throws.
      await this.#gitea.list(1, undefined, signal, 1);
      return undefined;
    }
  }

  async edit(number: number, changes: IssueChanges, signal: AbortSignal): Promise<TrackedIssue> {
    const { title, body, state, addLabels = [], removeLabels = [] } = changes;
    const isText = title !== undefined || body !== undefined;
    const isChange = isText || state !== undefined;
    const isLost = isChange && !isText && !(await this.#offers("edit", "issues stay closed", signal));
    const issue =
      isChange && !isLost
        ? await this.#gitea.edit(number, { title, body, state }, signal)
        : await this.#gitea.get(number, signal);
    const labels = await this.#relabel(issue, addLabels, removeLabels, signal);
    return this.#tracked({ ...issue, labels });
  }

  async comment(number: number, body: string, signal: AbortSignal): Promise<{ id: number }> {
    const { id } = await this.#gitea.comment(number, body, signal);
    return { id };
  }

  /** Where comments cannot be edited it is as if this one were gone: the caller writes another. */
  async editComment(id: number, body: string, signal: AbortSignal): Promise<void> {
    if (await this.#offers("editComment", "each occurrence is a comment of its own", signal)) {
      return void (await this.#gitea.editComment(id, body, signal));
    }
    const message = `the MCP server ${this.#gitea.server} cannot edit comments`;
    throw new ToolFailure("not-found", message, { code: "NOT_OFFERED", http_status: 404 });
  }

  async findIssue(marked: MarkedText, signal: AbortSignal): Promise<TrackedIssue | undefined> {
    if (!(await this.#offers("list", "an issue whose answer was lost may be filed twice", signal))) return undefined;
    const issue = await findMarked(this.#gitea, marked, signal);
    return issue === undefined ? undefined : this.#tracked(issue);
  }

  async findComment(number: number, { marker }: MarkedText, signal: AbortSignal): Promise<{ id: number } | undefined> {
    if (!(await this.#offers("comments", "a comment may be written twice", signal))) return undefined;
    const comments = await this.#gitea.comments(number, signal);
    const found = comments.find(({ body }) => body.includes(marker));
    return found === undefined ? undefined : { id: found.id };
  }

  /** The names that the issue has in the end. */
  async #relabel(
    issue: McpIssue,
    add: readonly string[],
    remove: readonly string[],
    signal: AbortSignal,
  ): Promise<string[]> {
    let labels = issue.labels;
    const wanted = (await this.#labels.named(add, signal)).filter(({ name }) => !labels.includes(name));
    if (wanted.length > 0) {
      const added = async () => (await this.#gitea.addLabels(issue.number, wanted, signal)).map(({ name }) => name);
      labels = await orElse(added, labels, signal);
    }
    const unwanted = labels.filter((name) => remove.includes(name));
    for (const label of await this.#labels.known(unwanted, signal)) {
      const without = labels.filter((name) => name !== label.name);
      const taken = async () => {
        await this.#gitea.removeLabel(issue.number, label, signal);
        return without;
      };
      // oxlint-disable-next-line no-await-in-loop -- Gitea loses one of two changes at once
      labels = await orElse(taken, labels, signal);
    }
    return labels;
  }

  /** Whether it can be done; if not, what follows from that is said once. */
  async #offers(deed: Deed, otherwise: string, signal: AbortSignal): Promise<boolean> {
    if (await this.#gitea.offers(deed, signal)) return true;
    if (!this.#told.has(deed)) {
      this.#told.add(deed);
      this.#log.warn({ upstream: this.#gitea.server, tools: toolsFor(deed) }, `not offered: ${otherwise}`);
    }
    return false;
  }

  #tracked({ number, title, body, state, html_url: url, closed_at: closed, labels }: McpIssue): TrackedIssue {
    const closedAt = Date.parse(closed);
    return {
      owner: this.owner,
      repo: this.repo,
      number,
      url,
      title,
      body: body ?? "",
      isOpen: state === "open",
      // Go writes a time that it does not have as the year 1
      closedAt: closedAt > 0 ? closedAt : undefined,
      labels,
    };
  }
}
