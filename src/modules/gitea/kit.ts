// What every tool of this module is made from: the client, the repository that is meant by default, and how issues are shown.
import { z } from "zod";
import { oneLine } from "../../core/clip.ts";
import { defineTool, type FailureView, type Shown, type Tool, type ToolDefinition } from "../../core/tool.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Gitea, Issue } from "./client.ts";
import { MAX_BODY, MAX_TITLE } from "../../core/issue-text.ts";
import { owner, repository, type Repo } from "../../core/issue-repo.ts";

export interface Kit {
  readonly gitea: Gitea;
  /** The repository that is meant when the caller names none. */
  readonly defaults: Repo;
}

type Definition<Input extends z.ZodObject, Output extends z.ZodType<JsonObject>> = Omit<
  ToolDefinition<Input, Output>,
  "failure"
>;

/** A tool whose failures begin with `Error: `, by which clients of gitea-mcp and the seed know them. */
export const giteaTool = <Input extends z.ZodObject, Output extends z.ZodType<JsonObject>>(
  definition: Definition<Input, Output>,
): Tool => defineTool({ ...definition, failure: showFailure });

function showFailure({ message, code, details, timestamp }: FailureView): Shown {
  const hint = typeof details["hint"] === "string" ? `\n${details["hint"]}` : "";
  return {
    text: `Error: ${message}${hint}`,
    structured: { status: "error", error: message, ...details, code, timestamp },
  };
}

export const repoInput = {
  owner: owner.optional().describe("User or organization that owns the repository; left out, the hub's default owner"),
  repo: repository.optional().describe("Name of the repository; left out, the hub's default repository"),
};

export const repoOf = ({ defaults }: Kit, given: { owner?: string | undefined; repo?: string | undefined }): Repo => ({
  owner: given.owner ?? defaults.owner,
  repo: given.repo ?? defaults.repo,
});

export const index = z.number().int().min(1).max(2_000_000_000).describe("Number of the issue, as in its URL");

export const title = z.string().trim().min(1).max(MAX_TITLE);
export const body = z.string().max(MAX_BODY);

/** Names; a client of gitea-mcp may send ids as numbers. */
const labelName = z.preprocess(
  (value) => (typeof value === "number" ? String(value) : value),
  z.string().trim().min(1).max(100),
);

export const labelList = (what: string) => z.array(labelName).max(20).describe(what);

const MAX_LABELS_SHOWN = 30;

/** An issue as lists and writes show it: without its text. */
export const headOf = (issue: Issue) => ({
  number: issue.number,
  title: oneLine(issue.title, MAX_TITLE),
  state: issue.state,
  html_url: oneLine(issue.html_url, 1_000),
  type: issue.pull_request === undefined || issue.pull_request === null ? "issue" : "pull",
  user: issue.user?.login ?? "",
  labels: labelNames(issue.labels),
  comments: issue.comments,
  created_at: issue.created_at,
  updated_at: issue.updated_at,
  ...(issue.closed_at === "" ? {} : { closed_at: issue.closed_at }),
});

export const labelNames = (labels: readonly { name: string }[]): string[] =>
  labels.slice(0, MAX_LABELS_SHOWN).map(({ name }) => oneLine(name, 100));

export const headOutput = {
  number: z.number(),
  title: z.string(),
  state: z.string(),
  html_url: z.string().describe("Where a person reads it"),
  labels: z.array(z.string()),
};

export const notes = z.array(z.string()).optional().describe("What Gitea did otherwise than asked");

/** `{ notes }`, or nothing when there are none. */
export const noted = (...said: readonly (string | undefined)[]): { notes?: string[] } => {
  const present = said.filter((note) => note !== undefined);
  return present.length === 0 ? {} : { notes: present };
};
