// add_issue_labels: labels by name, or by id as in gitea-mcp.
import { z } from "zod";
import { ToolFailure } from "../../../core/failure.ts";
import type { Tool } from "../../../core/tool.ts";
import { missingLabels, quoted, resolveLabels } from "../client/labels.ts";
import { giteaTool, index, labelList, labelNames, repoInput, repoOf, type Kit } from "../kit.ts";
import { repoName } from "../../../core/issue-repo.ts";

export const addIssueLabels = (kit: Kit): Tool =>
  giteaTool({
    name: "add_issue_labels",
    title: "Label an issue",
    description:
      "Adds labels to an issue or pull request of a Gitea repository; those it has stay. " +
      "Use it with names from list_repo_labels; ids are understood too. An unknown label is refused before anything is written. " +
      "At most 20 at a time.",
    access: "write",
    idempotent: true,
    input: z.strictObject({ ...repoInput, index, labels: labelList("Names or ids of existing labels").min(1) }),
    output: z.looseObject({
      labels: z.array(z.string()).describe("All labels that the issue now has"),
      html_url: z.string().describe("Where a person reads it"),
    }),
    run: async (input, { signal }) => {
      const repo = repoOf(kit, input);
      const wanted = resolveLabels(await kit.gitea.labels(repo, signal), input.labels, repo);
      const { html_url } = await kit.gitea.getIssue(repo, input.index, signal);
      const present = await kit.gitea.addLabels(repo, input.index, wanted, signal);
      const missing = missingLabels(wanted, present);
      if (missing.length > 0) {
        const names = quoted(missing.map(({ name }) => name));
        throw new ToolFailure(
          "denied",
          `Gitea did not set ${names} on ${repoName(repo)}#${input.index}, without saying why`,
          {
            code: "LABELS_DROPPED",
            hint: "The token's user may lack write access to the repository.",
          },
        );
      }
      return { index: input.index, labels: labelNames(present), html_url, ...repo };
    },
  });
