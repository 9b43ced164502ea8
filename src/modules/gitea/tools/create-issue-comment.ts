// create_issue_comment: a comment on an issue.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import { oneLine } from "../../../core/clip.ts";
import { body, giteaTool, index, repoInput, repoOf, type Kit } from "../kit.ts";

export const createIssueComment = (kit: Kit): Tool =>
  giteaTool({
    name: "create_issue_comment",
    title: "Comment on an issue",
    description:
      "Adds a comment to an issue or pull request of a Gitea repository and answers with its html_url. " +
      "Use it for news about something that already has an issue; edit_issue changes the issue itself. " +
      "Calling it twice writes two comments.",
    access: "write",
    input: z.strictObject({
      ...repoInput,
      index,
      body: body.min(1).describe("Markdown, at most 60,000 characters"),
    }),
    output: z.looseObject({ id: z.number(), html_url: z.string().describe("Where a person reads it") }),
    run: async (input, { signal }) => {
      const repo = repoOf(kit, input);
      const { id, html_url, created_at, user } = await kit.gitea.comment(repo, input.index, input.body, signal);
      return {
        id,
        html_url: oneLine(html_url, 1_000),
        user: user?.login ?? "",
        created_at,
        ...repo,
        index: input.index,
      };
    },
  });
