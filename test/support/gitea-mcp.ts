// gitea-mcp in its three generations, before the stand-in of Gitea: its tools, their arguments and the words of its errors.
// https://gitea.com/gitea/gitea-mcp
import type { JsonObject } from "../../src/core/json.ts";
import type { GiteaStandIn } from "./gitea-stand-in.ts";
import type { Fields, TableTool, ToolReply, ToolTable } from "./tool-table.ts";

/** legacy: until March 2026. consolidated: tools with a method. newest: those with arguments renamed. */
export type Generation = "legacy" | "consolidated" | "newest";
export const GENERATIONS: readonly Generation[] = ["legacy", "consolidated", "newest"];

const REPO: Fields = { owner: "string!", repo: "string!" };

export function giteaMcp(gitea: GiteaStandIn, token: string, generation: Generation): ToolTable {
  const api = new Api(gitea, token, generation);
  return generation === "legacy" ? legacy(api) : consolidated(api, generation === "newest");
}

interface Asked {
  readonly doing: string;
  readonly method?: string;
  readonly path: string;
  readonly body?: JsonObject;
}

class Api {
  readonly #gitea: GiteaStandIn;
  readonly #token: string;
  readonly #generation: Generation;

  constructor(gitea: GiteaStandIn, token: string, generation: Generation) {
    this.#gitea = gitea;
    this.#token = token;
    this.#generation = generation;
  }

  /** Failures are worded as the server and its SDK word them; they leave as JSON-RPC errors. */
  async ask<T = any>({ doing, method = "GET", path, body }: Asked): Promise<T> {
    const url = `${this.#gitea.url}/api/v1/${path}`;
    let reply: Response;
    let text: string;
    try {
      reply = await fetch(url, {
        method,
        headers: { authorization: `token ${this.#token}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      text = await reply.text();
    } catch {
      throw new Error(`${doing} err: ${method[0]}${method.slice(1).toLowerCase()} "${url}": EOF`);
    }
    if (reply.ok) return (text === "" ? undefined : JSON.parse(text)) as T;
    throw new Error(`${doing} err: ${this.#words(reply.status, text, method, path)}`);
  }

  #words(status: number, text: string, method: string, path: string): string {
    const plain: Record<number, string> = { 403: "403 Forbidden", 404: "404 Not Found", 409: "409 Conflict" };
    if (this.#generation === "legacy" && plain[status] !== undefined) return plain[status];
    if (this.#generation === "legacy" && status === 422) return `422 Unprocessable Entity: ${text}`;
    try {
      return String((JSON.parse(text) as { message: unknown }).message);
    } catch {
      return `unknown API error: ${status}\nRequest: '/api/v1/${path}' with '${method}' method and '${text}' body`;
    }
  }
}

const at = ({ owner, repo }: JsonObject, rest: string): string => `repos/${String(owner)}/${String(repo)}${rest}`;
const named = ({ owner, repo }: JsonObject): string => `${String(owner)}/${String(repo)}`;
const given = (args: JsonObject, ...keys: string[]): JsonObject =>
  Object.fromEntries(keys.flatMap((key) => (key in args ? [[key, args[key]]] : [])));

const sizeOf = (size: unknown): string => (typeof size === "number" ? String(size) : "30");

const deeds = {
  create: (args: JsonObject, ...extra: string[]): Asked => ({
    doing: `create ${named(args)}/issue`,
    method: "POST",
    path: at(args, "/issues"),
    body: given(args, "title", "body", ...extra),
  }),
  get: (args: JsonObject, n: unknown): Asked => ({
    doing: `get ${named(args)}/issue/${String(n)}`,
    path: at(args, `/issues/${String(n)}`),
  }),
  edit: (args: JsonObject, n: unknown): Asked => ({
    doing: `edit ${named(args)}/issue/${String(n)}`,
    method: "PATCH",
    path: at(args, `/issues/${String(n)}`),
    body: given(args, "title", "body", "state"),
  }),
  list: (args: JsonObject, size: unknown): Asked => {
    const { state = "all", page = 1, since } = args;
    const from = typeof since === "string" ? `&since=${encodeURIComponent(since)}` : "";
    const query = `state=${String(state)}&page=${String(page)}&limit=${sizeOf(size)}${from}`;
    return { doing: `get ${named(args)}/issues`, path: at(args, `/issues?${query}`) };
  },
  comment: (args: JsonObject, n: unknown): Asked => ({
    doing: `create ${named(args)}/issue/${String(n)}/comment`,
    method: "POST",
    path: at(args, `/issues/${String(n)}/comments`),
    body: given(args, "body"),
  }),
  editComment: (args: JsonObject): Asked => ({
    doing: `edit ${named(args)}/issues/comments/${String(args["commentID"])}`,
    method: "PATCH",
    path: at(args, `/issues/comments/${String(args["commentID"])}`),
    body: given(args, "body"),
  }),
  comments: (args: JsonObject, n: unknown): Asked => ({
    doing: `get ${named(args)}/issues/${String(n)}/comments`,
    path: at(args, `/issues/${String(n)}/comments`),
  }),
  addLabels: (args: JsonObject, n: unknown): Asked => ({
    doing: `add labels to ${named(args)}/issue/${String(n)}`,
    method: "POST",
    path: at(args, `/issues/${String(n)}/labels`),
    body: given(args, "labels"),
  }),
  removeLabel: (args: JsonObject, n: unknown): Asked => ({
    doing: `remove label ${String(args["label_id"])} from ${named(args)}/issue/${String(n)}`,
    method: "DELETE",
    path: at(args, `/issues/${String(n)}/labels/${String(args["label_id"])}`),
  }),
  labels: ({ page = 1, ...args }: JsonObject, size: unknown): Asked => ({
    doing: `list ${named(args)}/labels`,
    path: at(args, `/labels?page=${String(page)}&limit=${sizeOf(size)}`),
  }),
  orgLabels: ({ page = 1, org }: JsonObject, size: unknown): Asked => ({
    doing: `list ${String(org)}/labels`,
    path: `orgs/${String(org)}/labels?page=${String(page)}&limit=${sizeOf(size)}`,
  }),
  createLabel: (args: JsonObject): Asked => ({
    doing: `create ${named(args)}/label`,
    method: "POST",
    path: at(args, "/labels"),
    body: given(args, "name", "color"),
  }),
};

/** Whole objects of Gitea, in a wrapper. */
function legacy(api: Api): ToolTable {
  const tool = (access: TableTool["access"], fields: Fields, asked: (args: JsonObject) => Asked): TableTool => ({
    access,
    fields,
    run: async (args) => ({ text: JSON.stringify({ Result: (await api.ask(asked(args))) ?? null }) }),
  });
  const issue: Fields = { ...REPO, index: "number!" };
  const page: Fields = { page: "number", pageSize: "number" };
  const change: Fields = { title: "string", body: "string", state: "string" };
  return {
    get_my_user_info: tool("read", {}, () => ({ doing: "get user info", path: "user" })),
    create_issue: tool("write", { ...REPO, title: "string!", body: "string!" }, (args) => deeds.create(args)),
    get_issue_by_index: tool("read", issue, (args) => deeds.get(args, args["index"])),
    edit_issue: tool("write", { ...issue, ...change }, (args) => deeds.edit(args, args["index"])),
    list_repo_issues: tool("read", { ...REPO, state: "string", ...page }, (args) => deeds.list(args, args["pageSize"])),
    create_issue_comment: tool("write", { ...issue, body: "string!" }, (args) => deeds.comment(args, args["index"])),
    edit_issue_comment: tool("write", { ...REPO, commentID: "number!", body: "string!" }, deeds.editComment),
    get_issue_comments_by_index: tool("read", issue, (args) => deeds.comments(args, args["index"])),
    list_repo_labels: tool("read", { ...REPO, ...page }, (args) => deeds.labels(args, args["pageSize"])),
    create_repo_label: tool("write", { ...REPO, name: "string!", color: "string!" }, deeds.createLabel),
    add_issue_labels: tool("write", { ...issue, labels: "numbers" }, (args) => deeds.addLabels(args, args["index"])),
    remove_issue_label: tool("write", { ...issue, label_id: "number!" }, (args) =>
      deeds.removeLabel(args, args["index"]),
    ),
  };
}

function consolidated(api: Api, isNewest: boolean): ToolTable {
  const index = isNewest ? "issue_number" : "index";
  const size = isNewest ? "per_page" : "perPage";
  const n: Fields = { index: "-", issue_number: "-", [index]: "number" };
  const page: Fields = { page: "number", perPage: "-", per_page: "-", [size]: "number" };
  const say = (value: unknown): ToolReply => ({ text: JSON.stringify(value) });
  const of = (args: JsonObject): unknown => {
    if (args[index] === undefined) throw new Error(`${index} is required`);
    return args[index];
  };
  return {
    get_me: tool("read", {}, async () => say(await api.ask({ doing: "get user info", path: "user" }))),
    list_issues: tool("read", { ...REPO, state: "string", since: "string", ...page }, async (args) =>
      say((await api.ask<any[]>(deeds.list(args, args[size]))).map(headOf)),
    ),
    issue_read: methods(
      "read",
      { ...REPO, ...n },
      {
        get: async (args) => say(slim(await api.ask(deeds.get(args, of(args))))),
        get_comments: async (args) => say((await api.ask<any[]>(deeds.comments(args, of(args)))).map(slimComment)),
      },
    ),
    issue_write: methods(
      "write",
      {
        ...REPO,
        ...n,
        title: "string",
        body: "string",
        state: "string",
        commentID: "number",
        labels: "numbers",
        label_id: "number",
      },
      {
        create: async (args) => say(slim(await api.ask(deeds.create(args, "labels")))),
        update: async (args) => say(slim(await api.ask(deeds.edit(args, of(args))))),
        add_comment: async (args) => say(slimComment(await api.ask(deeds.comment(args, of(args))))),
        edit_comment: async (args) => say(slimComment(await api.ask(deeds.editComment(args)))),
        add_labels: async (args) => say((await api.ask<any[]>(deeds.addLabels(args, of(args)))).map(slimLabel)),
        remove_label: async (args) => (
          await api.ask(deeds.removeLabel(args, of(args))),
          say("Label removed successfully")
        ),
      },
    ),
    label_read: methods(
      "read",
      { owner: "string", repo: "string", org: "string", ...page },
      {
        list_repo_labels: async (args) => say((await api.ask<any[]>(deeds.labels(args, args[size]))).map(slimLabel)),
        list_org_labels: async (args) => say((await api.ask<any[]>(deeds.orgLabels(args, args[size]))).map(slimLabel)),
      },
    ),
    label_write: methods(
      "destructive",
      { ...REPO, name: "string", color: "string" },
      {
        create_repo_label: async (args) => say(slimLabel(await api.ask(deeds.createLabel(args)))),
      },
    ),
  };
}

type Run = (args: JsonObject) => Promise<ToolReply>;

const tool = (access: TableTool["access"], fields: Fields, run: Run): TableTool => ({ access, fields, run });

const methods = (access: TableTool["access"], fields: Fields, runs: Readonly<Record<string, Run>>): TableTool =>
  tool(access, { method: "string!", ...fields }, ({ method, ...args }) => {
    const run = runs[String(method)];
    if (run === undefined) throw new Error(`unknown method: ${String(method)}`);
    return run(args);
  });

const headOf = (issue: any) => {
  const { number, title, state, html_url, user, comments, created_at, updated_at, labels } = issue;
  const names = labels.map((label: { name: string }) => label.name);
  const head = { number, title, state, html_url, user: user.login, comments, created_at, updated_at };
  return names.length === 0 ? head : { ...head, labels: names };
};

const slim = (issue: any) => ({
  ...headOf(issue),
  body: issue.body,
  labels: issue.labels.length === 0 ? null : issue.labels.map((label: { name: string }) => label.name),
  closed_at: issue.closed_at,
  ...(issue.pull_request === null ? {} : { is_pull: true }),
});

const slimComment = ({ id, body, user, html_url, created_at, updated_at }: any) => ({
  id,
  body,
  user: user.login,
  html_url,
  created_at,
  updated_at,
});

const slimLabel = ({ id, name, color, description }: any) => ({ id, name, color, description, exclusive: false });
