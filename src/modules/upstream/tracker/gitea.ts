// Gitea's issues through gitea-mcp, as plain functions of one repository. Nothing is repeated on its own.
import type { z } from "zod";
import { ToolFailure } from "../../../core/failure.ts";
import { repoName, type Repo } from "../../../core/issue-repo.ts";
import { cleanText, cleanTitle } from "../../../core/issue-text.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { UpstreamPort, UpstreamReply } from "../port.ts";
import { callFor, DEEDS_THAT_WRITE, toolsFor, type Deed, type ToolCall } from "./dialect.ts";
import { forRead, notOffered, refusal, unreadable, type Asked } from "./failures.ts";
import { account, anything, comment, issue, label, listOf, unwrapped } from "./shapes.ts";
import type { McpComment, McpIssue, McpLabel } from "./shapes.ts";

/** What Gitea gives at most by default; a server may give less. */
const PAGE = 50;
const MAX_LABEL_PAGES = 20;

export interface IssueChange {
  readonly title?: string | undefined;
  readonly body?: string | undefined;
  readonly state?: "open" | "closed" | undefined;
}

export class McpGitea {
  readonly #port: UpstreamPort;
  readonly #repo: Repo;

  constructor(port: UpstreamPort, repo: Repo) {
    this.#port = port;
    this.#repo = repo;
  }

  get server(): string {
    return this.#port.name;
  }

  /** @throws ToolFailure when the server does not tell its tools */
  async offers(deed: Deed, signal: AbortSignal): Promise<boolean> {
    await this.#ready(signal);
    return callFor(this.#port, deed, {}) !== undefined;
  }

  /** Labels are ids; servers of the first generation leave them out, and so does Gitea for who may not write. */
  create(title: string, body: string, labels: readonly McpLabel[], signal: AbortSignal): Promise<McpIssue> {
    const text = { title: cleanTitle(title), body: cleanText(body) };
    const args = { ...text, ...(labels.length === 0 ? {} : { labels: labels.map(({ id }) => id) }) };
    return this.#ask("create", `create the issue in ${repoName(this.#repo)}`, args, issue, signal);
  }

  get(index: number, signal: AbortSignal): Promise<McpIssue> {
    return this.#ask("get", `read ${this.#name(index)}`, { index }, issue, signal);
  }

  edit(index: number, { title, body, state }: IssueChange, signal: AbortSignal): Promise<McpIssue> {
    const args = {
      index,
      ...(title === undefined ? {} : { title: cleanTitle(title) }),
      ...(body === undefined ? {} : { body: cleanText(body) }),
      ...(state === undefined ? {} : { state }),
    };
    return this.#ask("edit", `edit ${this.#name(index)}`, args, issue, signal);
  }

  /** One page, from 1, newest first; pull requests are among them. Old servers do not know `since` (changed at or after). */
  list(page: number, since: Date | undefined, signal: AbortSignal, perPage = PAGE): Promise<McpIssue[]> {
    const from = since === undefined ? {} : { since: since.toISOString() };
    const args = { state: "all", page, perPage, ...from };
    return this.#ask("list", `list the issues of ${repoName(this.#repo)}`, args, listOf(issue), signal);
  }

  comment(index: number, body: string, signal: AbortSignal): Promise<McpComment> {
    const args = { index, body: cleanText(body) };
    return this.#ask("comment", `comment on ${this.#name(index)}`, args, comment, signal);
  }

  editComment(commentID: number, body: string, signal: AbortSignal): Promise<McpComment> {
    const doing = `edit comment ${commentID} in ${repoName(this.#repo)}`;
    return this.#ask("editComment", doing, { commentID, body: cleanText(body) }, comment, signal);
  }

  /** All of them: Gitea does not page them. */
  comments(index: number, signal: AbortSignal): Promise<McpComment[]> {
    return this.#ask("comments", `read the comments of ${this.#name(index)}`, { index }, listOf(comment), signal);
  }

  /** Those of the repository, then those of its organization. */
  async labels(signal: AbortSignal): Promise<McpLabel[]> {
    const own = await this.#pages("labels", {}, signal);
    try {
      return [...own, ...(await this.#pages("sharedLabels", { org: this.#repo.owner }, signal))];
    } catch (error) {
      // the owner is a user, or the token has no scope for organizations
      if (error instanceof ToolFailure && error.kind !== "cancelled") return own;
      throw error;
    }
  }

  createLabel(given: { name: string; color: string }, signal: AbortSignal): Promise<McpLabel> {
    const doing = `create the label ${given.name} in ${repoName(this.#repo)}`;
    return this.#ask("createLabel", doing, { ...given }, label, signal);
  }

  /** The labels that the issue then has. */
  addLabels(index: number, labels: readonly McpLabel[], signal: AbortSignal): Promise<McpLabel[]> {
    const args = { index, labels: labels.map(({ id }) => id) };
    return this.#ask("addLabels", `label ${this.#name(index)}`, args, listOf(label), signal);
  }

  async removeLabel(index: number, { id }: McpLabel, signal: AbortSignal): Promise<void> {
    await this.#ask("removeLabel", `unlabel ${this.#name(index)}`, { index, label_id: id }, anything, signal);
  }

  /** Whose token the server has; undefined when it does not say. */
  async login(signal: AbortSignal): Promise<string | undefined> {
    try {
      return (await this.#ask("login", "read whose token it has", {}, account, signal)).login;
    } catch (error) {
      if (error instanceof ToolFailure && error.kind !== "cancelled") return undefined;
      throw error;
    }
  }

  async #pages(deed: "labels" | "sharedLabels", args: JsonObject, signal: AbortSignal): Promise<McpLabel[]> {
    const found = new Map<number, McpLabel>();
    for (let page = 1; page <= MAX_LABEL_PAGES; page += 1) {
      const doing = `list the labels of ${repoName(this.#repo)}`;
      // oxlint-disable-next-line no-await-in-loop -- a page tells whether there is another
      const labels = await this.#ask(deed, doing, { ...args, page, perPage: PAGE }, listOf(label), signal);
      const before = found.size;
      for (const one of labels) found.set(one.id, one);
      if (found.size === before) break;
    }
    return [...found.values()];
  }

  #name(index: number): string {
    return `${repoName(this.#repo)}#${index}`;
  }

  async #ask<T>(deed: Deed, doing: string, args: JsonObject, shape: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const asked: Asked = { server: this.#port.name, doing, isWrite: DEEDS_THAT_WRITE.includes(deed) };
    await this.#ready(signal);
    const place = deed === "login" || deed === "sharedLabels" ? {} : this.#repo;
    const call = callFor(this.#port, deed, { ...place, ...args });
    if (call === undefined) throw notOffered(asked, toolsFor(deed));
    const reply = await this.#call(asked, call, signal);
    if (reply.isError || reply.text.startsWith("Error: ")) throw refusal(asked, reply.text);
    const parsed = shape.safeParse(reply.text === "" ? reply.structured : unwrapped(reply.text));
    if (!parsed.success) throw unreadable(asked);
    return parsed.data;
  }

  /** Nothing was sent yet, whatever the failure says of itself. */
  async #ready(signal: AbortSignal): Promise<void> {
    try {
      await this.#port.ready(signal);
    } catch (error) {
      throw error instanceof ToolFailure ? forRead(error) : error;
    }
  }

  async #call({ isWrite }: Asked, { tool, args }: ToolCall, signal: AbortSignal): Promise<UpstreamReply> {
    try {
      return await this.#port.call(tool, args, signal);
    } catch (error) {
      throw error instanceof ToolFailure && !isWrite ? forRead(error) : error;
    }
  }
}
