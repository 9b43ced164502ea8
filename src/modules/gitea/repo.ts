// Which repository: names as Gitea allows them, and never a path, a host or a URL.
import { z } from "zod";

export interface Repo {
  readonly owner: string;
  readonly repo: string;
}

export const owner = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9][-\w.]*$/, "must be the name of a user or organization, not a path or URL");

export const repository = z
  .string()
  .max(100)
  .regex(/^\.*[-\w][-\w.]*$/, "must be the repository's name alone, without its owner, a path or a URL");

/** Below the API's address. */
export const repoPath = ({ owner, repo }: Repo, rest = ""): string =>
  `repos/${encodeURIComponent(owner)}/${encodeURIComponent(repo)}${rest}`;

export const repoName = ({ owner, repo }: Repo): string => `${owner}/${repo}`;
