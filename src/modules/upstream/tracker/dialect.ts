// The tools of gitea-mcp, which has renamed them: until March 2026 each deed had its own, since then `issue_write` and its kin
// take a method, and their arguments were renamed once more. What a server lists decides.
import type { JsonObject } from "../../../core/json.ts";
import type { UpstreamPort } from "../port.ts";

export type Deed =
  | "create"
  | "get"
  | "edit"
  | "list"
  | "comment"
  | "editComment"
  | "comments"
  | "labels"
  | "sharedLabels"
  | "createLabel"
  | "addLabels"
  | "removeLabel"
  | "login";

interface Way {
  readonly tool: string;
  readonly method?: string;
  /** Of the generation that renamed arguments without renaming the tool: it is told both names, and ignores one. */
  readonly isRenamed?: true;
}

const WAYS: Readonly<Record<Deed, readonly [newer: Way, legacy: Way]>> = {
  create: [write("create"), { tool: "create_issue" }],
  get: [read("get"), { tool: "get_issue_by_index" }],
  edit: [write("update"), { tool: "edit_issue" }],
  list: [{ tool: "list_issues", isRenamed: true }, { tool: "list_repo_issues" }],
  comment: [write("add_comment"), { tool: "create_issue_comment" }],
  editComment: [write("edit_comment"), { tool: "edit_issue_comment" }],
  comments: [read("get_comments"), { tool: "get_issue_comments_by_index" }],
  labels: [label("label_read", "list_repo_labels"), { tool: "list_repo_labels" }],
  sharedLabels: [label("label_read", "list_org_labels"), { tool: "list_org_labels" }],
  createLabel: [label("label_write", "create_repo_label"), { tool: "create_repo_label" }],
  addLabels: [write("add_labels"), { tool: "add_issue_labels" }],
  removeLabel: [write("remove_label"), { tool: "remove_issue_label" }],
  login: [{ tool: "get_me" }, { tool: "get_my_user_info" }],
};

export const DEEDS_THAT_WRITE: readonly Deed[] = [
  "create",
  "edit",
  "comment",
  "editComment",
  "createLabel",
  "addLabels",
  "removeLabel",
];

function write(method: string): Way {
  return { tool: "issue_write", method, isRenamed: true };
}

function read(method: string): Way {
  return { tool: "issue_read", method, isRenamed: true };
}

function label(tool: string, method: string): Way {
  return { tool, method, isRenamed: true };
}

/** Renamed by the newest servers, which read the second of each. */
const RENAMED: readonly (readonly [string, string])[] = [
  ["index", "issue_number"],
  ["perPage", "per_page"],
];

export interface ToolCall {
  readonly tool: string;
  readonly args: JsonObject;
}

/** What to call; undefined when the server does not list such a tool. `perPage` and `index` are spelt as it wants them. */
export function callFor(port: UpstreamPort, deed: Deed, given: JsonObject): ToolCall | undefined {
  const way = WAYS[deed].find(({ tool }) => port.has(tool));
  if (way === undefined) return undefined;
  const { tool, method, isRenamed } = way;
  const args = isRenamed === true ? withBothNames(given) : withLegacyNames(deed, given);
  return { tool, args: method === undefined ? args : { method, ...args } };
}

export const toolsFor = (deed: Deed): string => WAYS[deed].map(({ tool }) => tool).join(" or ");

const withBothNames = (given: JsonObject): JsonObject => ({
  ...given,
  ...Object.fromEntries(RENAMED.flatMap(([old, renamed]) => (old in given ? [[renamed, given[old]]] : []))),
});

/** The first generation pages by `pageSize`, cannot ask since when, and labels an issue only once it is there. */
function withLegacyNames(deed: Deed, given: JsonObject): JsonObject {
  const entries = Object.entries(given).filter(([key]) => key !== "since" && !(key === "labels" && deed === "create"));
  return Object.fromEntries(entries.map(([key, value]) => [key === "perPage" ? "pageSize" : key, value]));
}
