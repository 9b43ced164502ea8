// THE list of this module's tools, in the order in which clients see them.
import type { Tool } from "../../../core/tool.ts";
import type { Kit } from "../kit.ts";
import { addIssueLabels } from "./add-issue-labels.ts";
import { createIssueComment } from "./create-issue-comment.ts";
import { createIssue } from "./create-issue.ts";
import { editIssue } from "./edit-issue.ts";
import { getIssueByIndex } from "./get-issue-by-index.ts";
import { listRepoIssues } from "./list-repo-issues.ts";
import { listRepoLabels } from "./list-repo-labels.ts";
import { searchIssues } from "./search-issues.ts";

const MAKERS: readonly ((kit: Kit) => Tool)[] = [
  listRepoIssues,
  searchIssues,
  getIssueByIndex,
  listRepoLabels,
  createIssue,
  createIssueComment,
  editIssue,
  addIssueLabels,
];

export const tools = (kit: Kit): Tool[] => MAKERS.map((make) => make(kit));
