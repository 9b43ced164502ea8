// Which repository issues go to: names as Gitea allows them, and never a path, a host or a URL. The variables have the names
// of the seed (mcp-gitops) too.
import { z } from "zod";
import { setting, type Section, type Values } from "./settings.ts";

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

export const repoName = ({ owner, repo }: Repo): string => `${owner}/${repo}`;

export const REPO_SETTINGS = {
  owner: setting("GITEA_OWNER", owner.optional(), "Owner of the repository where the caller names none; else `user1`."),
  repo: setting("GITEA_REPO", repository.optional(), "Repository where the caller names none; else `mcp`."),
  seedOwner: setting("MCP_GITEA_OWNER", owner.optional(), "Owner where `GITEA_OWNER` is unset, as in the seed."),
  seedUser: setting("MCP_GITEA_USER", owner.optional(), "Owner where `GITEA_OWNER` and `MCP_GITEA_OWNER` are unset."),
  seedRepo: setting("MCP_GITEA_REPO", repository.optional(), "Repository where `GITEA_REPO` is unset, as in the seed."),
} satisfies Section;

/** The repository that is meant when the caller names none, in the seed's order. */
export const defaultRepo = ({ owner, seedOwner, seedUser, repo, seedRepo }: Values<typeof REPO_SETTINGS>): Repo => ({
  owner: owner ?? seedOwner ?? seedUser ?? "user1",
  repo: repo ?? seedRepo ?? "mcp",
});
