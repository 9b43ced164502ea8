// edit_issue: title, text, state, assignees or milestone of an issue.
import { z } from "zod";
import { ToolFailure } from "../../../core/failure.ts";
import type { Tool } from "../../../core/tool.ts";
import type { Issue, IssueChange } from "../client.ts";
import { quoted } from "../client/labels.ts";
import {
  body,
  giteaTool,
  headOf,
  headOutput,
  index,
  noted,
  notes,
  repoInput,
  repoOf,
  title,
  type Kit,
} from "../kit.ts";

export const editIssue = (kit: Kit): Tool =>
  giteaTool({
    name: "edit_issue",
    title: "Edit an issue",
    description:
      "Changes an issue of a Gitea repository: its title, body, state, assignees or milestone; what is left out stays. " +
      "Use it to close or reopen an issue or to correct it. A given body replaces the whole text: read it first with get_issue_by_index. " +
      "Labels are set with add_issue_labels.",
    access: "write",
    idempotent: true,
    input: z.strictObject({
      ...repoInput,
      index,
      title: title.optional().describe("New title, at most 255 characters"),
      body: body.optional().describe("New text as Markdown, at most 60,000 characters; replaces the old one"),
      state: z.enum(["open", "closed"]).optional().describe("New state: open or closed"),
      assignees: z
        .array(z.string().min(1).max(100))
        .max(20)
        .optional()
        .describe("Login names that replace the present ones; an empty list takes all off"),
      milestone: z.number().int().min(0).max(2_000_000_000).optional().describe("Id of a milestone; 0 takes it off"),
    }),
    output: z.looseObject({ ...headOutput, owner: z.string(), repo: z.string(), notes }),
    run: async ({ index: number, owner, repo: name, ...change }, { signal }) => {
      if (Object.values(change).every((value) => value === undefined)) {
        throw new ToolFailure("invalid", "nothing to change; give title, body, state, assignees or milestone", {
          code: "INVALID_ARGUMENT",
        });
      }
      const repo = repoOf(kit, { owner, repo: name });
      const issue = await kit.gitea.editIssue(repo, number, change, signal);
      return { ...headOf(issue), ...repo, ...noted(...ignored(change, issue)) };
    },
  });

/** Gitea drops assignees and milestone without a word where the token's user may not write. */
function ignored({ state, assignees, milestone }: IssueChange, issue: Issue): string[] {
  const present = issue.assignees.map(({ login }) => login.toLowerCase());
  const wanted = assignees?.map((login) => login.toLowerCase());
  const isSame = wanted?.length === present.length && wanted.every((login) => present.includes(login));
  return [
    ...(wanted === undefined || isSame
      ? []
      : [`Gitea did not set the assignees; they are ${quoted(present) || "none"}`]),
    ...(milestone === undefined || milestone === (issue.milestone?.id ?? 0) ? [] : ["Gitea did not set the milestone"]),
    ...(state === undefined || state === issue.state ? [] : [`Gitea left the state at ${issue.state}`]),
  ];
}
