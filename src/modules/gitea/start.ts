// The running module: one client, the tools on it, and the agent's tracker.
import { readFile } from "node:fs/promises";
import { ToolFailure } from "../../core/failure.ts";
import { defaultRepo, repoName } from "../../core/issue-repo.ts";
import type { ModuleCheck, ModuleStart, RunningModule } from "../../core/module.ts";
import { messageOf } from "../../core/words.ts";
import { createGitea, GiteaFailure, type Gitea } from "./client.ts";
import type { SETTINGS } from "./settings.ts";
import { tools } from "./tools/index.ts";
import { createTracker } from "./tracker.ts";

export async function startGitea(start: ModuleStart<typeof SETTINGS>): Promise<RunningModule> {
  const { settings, clock } = start;
  const watch = start.watch("gitea");
  const { host = "", token, caPath, insecure, timeoutSeconds, writesPerSecond } = settings;
  const ca = caPath === undefined ? {} : { ca: await readAuthority(caPath) };
  const tls = { ...ca, skipVerify: insecure };
  const client = createGitea({ host, token, tls, timeoutMs: timeoutSeconds * 1_000, clock, writesPerSecond, watch });
  const defaults = defaultRepo(settings);
  return {
    tools: tools({ gitea: client, defaults }),
    services: { tracker: createTracker(client, defaults) },
    check: (signal) => check(client, host, signal),
    health: () => ({ host, repository: repoName(defaults) }),
    close: () => client.close(),
  };
}

async function readAuthority(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new Error(`GITEA_CA_PATH cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Does Gitea answer, and does it accept the token? */
async function check(client: Gitea, host: string, signal: AbortSignal): Promise<ModuleCheck> {
  try {
    const login = await client.login(signal);
    const version = await versionOf(client, signal);
    const who = login === undefined ? "the token's scope does not tell whose it is" : `as ${login}`;
    return { ok: true, message: `${host} answers (Gitea ${version}), ${who}` };
  } catch (error) {
    if (!(error instanceof ToolFailure)) throw error;
    const hint = error.details["hint"];
    return { ok: false, message: typeof hint === "string" ? `${error.message}; ${hint}` : error.message };
  }
}

/** Instances may hide it behind REQUIRE_SIGNIN_VIEW and scopes; that is no fault. */
async function versionOf(client: Gitea, signal: AbortSignal): Promise<string> {
  try {
    return await client.version(signal);
  } catch (error) {
    if (error instanceof GiteaFailure && (error.status === 403 || error.status === 404)) return "of unknown version";
    throw error;
  }
}
