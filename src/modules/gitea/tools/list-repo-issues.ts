// list_repo_issues: the issues of a repository, newest first.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import { resolveLabels } from "../client/labels.ts";
import { issueList, issueType, labelFilter, stateFilter } from "../filters.ts";
import { giteaTool, headOf, repoInput, repoOf, type Kit } from "../kit.ts";
import { fitPage, pageInput, pageOutput, windowOf } from "../paging.ts";

export const listRepoIssues = (kit: Kit): Tool =>
  giteaTool({
    name: "list_repo_issues",
    title: "List the issues of a repository",
    description:
      "Lists the issues of a Gitea repository, newest first: number, title, state, labels and html_url, without their texts. " +
      "Use it to see whether something is reported already; unlike search_issues it also knows what was created a moment ago. " +
      "30 per answer unless pageSize says otherwise, at most 100.",
    access: "read",
    input: z.strictObject({
      ...repoInput,
      state: stateFilter("all"),
      type: issueType,
      labels: labelFilter,
      ...pageInput(30, "issues"),
    }),
    output: z.looseObject({ issues: issueList, ...pageOutput }),
    run: async (input, { signal, budget }) => {
      const repo = repoOf(kit, input);
      const { state, type } = input;
      const labels =
        input.labels.length === 0 ? [] : resolveLabels(await kit.gitea.labels(repo, signal), input.labels, repo);
      const window = windowOf(input);
      const filter = { state, type, labels: labels.map(({ name }) => name) };
      const listed = await kit.gitea.listIssues(repo, filter, window, signal);
      const { shown, facts } = fitPage(listed, window, budget.textBytes, headOf);
      return { ...repo, issues: shown, ...facts };
    },
  });
