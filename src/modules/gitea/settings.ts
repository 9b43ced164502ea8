// The module's variables. Host and token are gitea-mcp's.
import { z } from "zod";
import { REPO_SETTINGS } from "../../core/issue-repo.ts";
import { count, flag, seconds, secretSetting, setting, type Section } from "../../core/settings.ts";

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
  ...REPO_SETTINGS,
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
