// Gitea as the failure agent's tracker: one repository, labels by name, a missing label never in the way of an issue.
import type { IssueChanges, IssueText, IssueTracker, MarkedText, TrackedIssue } from "../../core/issue-tracker.ts";
import { LabelBook, orElse } from "../../core/label-book.ts";
import { GiteaFailure, type Gitea, type Issue, type Label, type Repo } from "./client.ts";

export const createTracker = (client: Gitea, repo: Repo): IssueTracker => new GiteaTracker(client, repo);

class GiteaTracker implements IssueTracker {
  readonly owner: string;
  readonly repo: string;
  readonly #client: Gitea;
  readonly #repo: Repo;
  readonly #labels: LabelBook<Label>;

  constructor(client: Gitea, repo: Repo) {
    this.owner = repo.owner;
    this.repo = repo.repo;
    this.#client = client;
    this.#repo = repo;
    this.#labels = new LabelBook({
      list: (signal) => client.labels(repo, signal),
      create: (label, signal) => client.createLabel(repo, label, signal),
    });
  }

  async create({ title, body, labels }: IssueText, signal: AbortSignal): Promise<TrackedIssue> {
    const known = await this.#labels.named(labels, signal);
    const { issue, missing } = await this.#client.createIssue(this.#repo, { title, body, labels: known }, signal);
    if (missing.length > 0) this.#labels.forget(); // perhaps somebody deleted one meanwhile
    return this.#tracked(issue);
  }

  async get(number: number, signal: AbortSignal): Promise<TrackedIssue | undefined> {
    try {
      return this.#tracked(await this.#client.getIssue(this.#repo, number, signal));
    } catch (error) {
      if (!isMissing(error)) throw error;
      // A token that may not read the repository gets 404 too; then nothing is known about the issue, and this throws.
      await this.#client.listIssues(this.#repo, { state: "all", type: "issues" }, { offset: 0, count: 1 }, signal);
      return undefined;
    }
  }

  async edit(number: number, changes: IssueChanges, signal: AbortSignal): Promise<TrackedIssue> {
    const { title, body, state, addLabels = [], removeLabels = [] } = changes;
    const isText = title !== undefined || body !== undefined || state !== undefined;
    const issue = isText
      ? await this.#client.editIssue(this.#repo, number, { title, body, state }, signal)
      : await this.#client.getIssue(this.#repo, number, signal);
    const labels = await this.#relabel(issue, addLabels, removeLabels, signal);
    return this.#tracked({ ...issue, labels });
  }

  async comment(number: number, body: string, signal: AbortSignal): Promise<{ id: number }> {
    const { id } = await this.#client.comment(this.#repo, number, body, signal);
    return { id };
  }

  async editComment(id: number, body: string, signal: AbortSignal): Promise<void> {
    await this.#client.editComment(this.#repo, id, body, signal);
  }

  async findIssue(marked: MarkedText, signal: AbortSignal): Promise<TrackedIssue | undefined> {
    const issue = await this.#client.findMarkedIssue(this.#repo, marked, signal);
    return issue === undefined ? undefined : this.#tracked(issue);
  }

  async findComment(number: number, marked: MarkedText, signal: AbortSignal): Promise<{ id: number } | undefined> {
    const comment = await this.#client.findMarkedComment(this.#repo, number, marked, signal);
    return comment === undefined ? undefined : { id: comment.id };
  }

  /** The labels that the issue has in the end. */
  async #relabel(
    issue: Issue,
    add: readonly string[],
    remove: readonly string[],
    signal: AbortSignal,
  ): Promise<Label[]> {
    let labels = issue.labels;
    const wanted = (await this.#labels.named(add, signal)).filter(({ id }) => !labels.some((one) => one.id === id));
    if (wanted.length > 0) {
      labels = await orElse(() => this.#client.addLabels(this.#repo, issue.number, wanted, signal), labels, signal);
    }
    for (const label of labels.filter(({ name }) => remove.includes(name))) {
      const without = labels.filter(({ id }) => id !== label.id);
      labels = await orElse(
        async () => {
          await this.#client.removeLabel(this.#repo, issue.number, label, signal);
          return without;
        },
        labels,
        signal,
      );
    }
    return labels;
  }

  #tracked(issue: Issue): TrackedIssue {
    const closedAt = Date.parse(issue.closed_at);
    return {
      ...this.#repo,
      number: issue.number,
      url: issue.html_url || this.#client.pageOf(this.#repo, issue.number),
      title: issue.title,
      body: issue.body,
      isOpen: issue.state === "open",
      closedAt: Number.isNaN(closedAt) ? undefined : closedAt,
      labels: issue.labels.map(({ name }) => name),
    };
  }
}

const isMissing = (error: unknown): boolean => error instanceof GiteaFailure && error.status === 404;
