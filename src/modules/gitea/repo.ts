// Where the API keeps a repository.
import type { Repo } from "../../core/issue-repo.ts";

/** Below the API's address. */
export const repoPath = ({ owner, repo }: Repo, rest = ""): string =>
  `repos/${encodeURIComponent(owner)}/${encodeURIComponent(repo)}${rest}`;
