// list_repo_labels: which labels a repository has.
import { z } from "zod";
import { oneLine } from "../../../core/clip.ts";
import type { Tool } from "../../../core/tool.ts";
import type { Label } from "../client.ts";
import { giteaTool, repoInput, repoOf, type Kit } from "../kit.ts";
import { fitPage, pageInput, pageOutput, windowOf } from "../paging.ts";

export const listRepoLabels = (kit: Kit): Tool =>
  giteaTool({
    name: "list_repo_labels",
    title: "List the labels of a repository",
    description:
      "Lists the labels of a Gitea repository, and those of its organization after them: id, name, color and description. " +
      "Use it before create_issue or add_issue_labels, which take these names. At most 1,000 labels of each are known.",
    access: "read",
    input: z.strictObject({ ...repoInput, ...pageInput(100, "labels") }),
    output: z.looseObject({
      labels: z.array(z.looseObject({ id: z.number(), name: z.string() })),
      ...pageOutput,
    }),
    run: async (input, { signal, budget }) => {
      const repo = repoOf(kit, input);
      const all = await kit.gitea.labels(repo, signal);
      const window = windowOf(input);
      const items = all.slice(window.offset, window.offset + window.count);
      const { shown, facts } = fitPage({ items, total: all.length }, window, budget.textBytes, showLabel);
      return { ...repo, labels: shown, ...facts };
    },
  });

const showLabel = ({ id, name, color, description }: Label) => ({
  id,
  name: oneLine(name, 100),
  color: oneLine(color, 10),
  ...(description === "" ? {} : { description: oneLine(description, 200) }),
});
