// create_issue: a new issue, with labels by name.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import { quoted, resolveLabels } from "../client/labels.ts";
import {
  body,
  giteaTool,
  headOf,
  headOutput,
  labelList,
  noted,
  notes,
  repoInput,
  repoOf,
  title,
  type Kit,
} from "../kit.ts";
import { repoName } from "../../../core/issue-repo.ts";

export const createIssue = (kit: Kit): Tool =>
  giteaTool({
    name: "create_issue",
    title: "Create an issue",
    description:
      "Creates an issue in a Gitea repository and answers with its number and html_url. Look with list_repo_issues or search_issues first: " +
      "Gitea does not notice duplicates, and an answer that failed with may_have_written may have created it. " +
      "An unknown label is refused before anything is written. In the body, @name notifies people and #12 links issues.",
    access: "write",
    input: z.strictObject({
      ...repoInput,
      title: title.describe("One line that says what is wrong, at most 255 characters"),
      body: body.describe("Markdown, at most 60,000 characters"),
      labels: labelList("Names of existing labels, see list_repo_labels").default([]),
    }),
    output: z.looseObject({ ...headOutput, owner: z.string(), repo: z.string(), notes }),
    run: async (input, { signal }) => {
      const repo = repoOf(kit, input);
      const labels =
        input.labels.length === 0 ? [] : resolveLabels(await kit.gitea.labels(repo, signal), input.labels, repo);
      const { issue, missing } = await kit.gitea.createIssue(repo, { ...input, labels }, signal);
      const lost =
        missing.length === 0
          ? undefined
          : `Gitea did not set ${quoted(missing.map(({ name }) => name))}: the token's user may not label in ${repoName(repo)}`;
      return { ...headOf(issue), ...repo, ...noted(lost) };
    },
  });
