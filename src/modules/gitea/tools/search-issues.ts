// search_issues: full-text search over every repository that the token reads.
import { z } from "zod";
import { ToolFailure } from "../../../core/failure.ts";
import type { Tool } from "../../../core/tool.ts";
import type { Issue } from "../client.ts";
import { quoted } from "../client/labels.ts";
import { issueList, issueType, labelFilter, stateFilter } from "../filters.ts";
import { giteaTool, headOf, type Kit } from "../kit.ts";
import { fitPage, pageInput, pageOutput, windowOf } from "../paging.ts";
import { owner as ownerName } from "../../../core/issue-repo.ts";

export const searchIssues = (kit: Kit): Tool =>
  giteaTool({
    name: "search_issues",
    title: "Search issues",
    description:
      "Searches titles, texts and comments of the issues in every Gitea repository that the token may read. " +
      "Use it to find out whether and where something was reported before. " +
      "The index lags: what was created a moment ago may be missing, list_repo_issues has it. 30 per answer, at most 100.",
    access: "read",
    input: z.strictObject({
      query: z.string().trim().min(1).max(500).describe("Words to look for"),
      owner: ownerName.optional().describe("Only repositories of this user or organization"),
      state: stateFilter("open"),
      type: issueType,
      labels: labelFilter,
      ...pageInput(30, "issues"),
    }),
    output: z.looseObject({ issues: issueList, ...pageOutput }),
    run: async ({ query, owner, state, type, labels, ...page }, { signal, budget }) => {
      const window = windowOf(page);
      const listed = await kit.gitea.searchIssues(query, { state, type, labels, owner }, window, signal);
      refuseIgnoredLabels(labels, listed.items);
      const { shown, facts } = fitPage(listed, window, budget.textBytes, headWithRepository);
      return { issues: shown, ...facts };
    },
  });

const headWithRepository = (issue: Issue) => ({
  repository: issue.repository?.full_name ?? "",
  ...headOf(issue),
});

/** Gitea discards a label it does not know, and with the last of them the whole filter. */
function refuseIgnoredLabels(labels: readonly string[], issues: readonly Issue[]): void {
  const wanted = new Set(labels.map((name) => name.toLowerCase()));
  const isIgnored = issues.some((issue) => !issue.labels.some(({ name }) => wanted.has(name.toLowerCase())));
  if (wanted.size === 0 || !isIgnored) return;
  throw new ToolFailure("not-found", `Gitea ignored the filter: it knows no label ${quoted(labels)}`, {
    code: "UNKNOWN_LABEL",
    hint: "Leave labels out, or look them up with list_repo_labels.",
  });
}
