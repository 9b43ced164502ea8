// The module's variables. Host and token are gitea-mcp's; owner and repository have the names of the seed (mcp-gitops) too.
import { z } from "zod";
import { count, flag, seconds, secretSetting, setting, type Section, type Values } from "../../core/settings.ts";
import { owner, repository, type Repo } from "./repo.ts";

/** Without what people copy along: a slash at the end, or the path of the API. */
const baseAddress = (text: string): string => text.replace(/\/+$/, "").replace(/\/api(\/v1)?$/, "");

const host = z
  .url({ protocol: /^https?$/, error: "must be an http or https URL" })
  .max(2_048)
  .refine((text) => !/^[^/]*\/\/[^/]*@/.test(text), "must not contain a user or password; use GITEA_ACCESS_TOKEN")
  .transform(baseAddress);

export const SETTINGS = {
  host: setting(
    "GITEA_HOST",
    host.optional(),
    "Address of Gitea with its scheme, and its path if it has one: `https://git.example.com`. It switches the module on.",
  ),
  token: secretSetting(
    "GITEA_ACCESS_TOKEN",
    "Gitea's access token, with the scope write:issue, or read:issue for reading alone.",
  ),
  owner: setting("GITEA_OWNER", owner.optional(), "Owner of the repository where the caller names none; else `user1`."),
  repo: setting("GITEA_REPO", repository.optional(), "Repository where the caller names none; else `mcp`."),
  seedOwner: setting("MCP_GITEA_OWNER", owner.optional(), "Owner where `GITEA_OWNER` is unset, as in the seed."),
  seedUser: setting("MCP_GITEA_USER", owner.optional(), "Owner where `GITEA_OWNER` and `MCP_GITEA_OWNER` are unset."),
  seedRepo: setting("MCP_GITEA_REPO", repository.optional(), "Repository where `GITEA_REPO` is unset, as in the seed."),
  caPath: setting(
    "GITEA_CA_PATH",
    z.string().max(4_096).optional(),
    "PEM file of the authority that signed Gitea's certificate; it replaces the system's.",
  ),
  insecure: setting("GITEA_INSECURE", flag(false), "True accepts any certificate of Gitea; for trials only."),
  timeoutSeconds: setting("GITEA_TIMEOUT_SECONDS", seconds(1, 300, 30), "How long Gitea may take for one answer."),
  writesPerSecond: setting(
    "GITEA_WRITES_PER_SECOND",
    count(1, 1_000, 10),
    "Most writes to Gitea a second, twice as many in a burst; reads are not limited.",
  ),
} satisfies Section;

/** The repository that is meant when the caller names none, in the seed's order. */
export const defaultRepo = ({ owner, seedOwner, seedUser, repo, seedRepo }: Values<typeof SETTINGS>): Repo => ({
  owner: owner ?? seedOwner ?? seedUser ?? "user1",
  repo: repo ?? seedRepo ?? "mcp",
});
