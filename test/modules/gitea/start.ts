// The module before a stand-in of its own.
import { gitea } from "../../../src/modules/gitea/index.ts";
import { startGitea, type GiteaStandIn, type StandInOptions } from "../../support/gitea-stand-in.ts";
import { startModule, type TestHub } from "../../support/modules.ts";

export const TOKEN = "0123456789abcdef-canary-0123456789abcdef";

export interface Started extends Omit<TestHub, "call"> {
  readonly call: (...args: Parameters<TestHub["call"]>) => ReturnType<TestHub["call"]>;
  server: GiteaStandIn;
}

/** The default repository is ops/reports. `now` stands still unless a test moves it. */
export async function startWithGitea(options: StandInOptions = {}, env: Record<string, string> = {}): Promise<Started> {
  const now = () => Date.parse("2026-11-25T12:00:00Z");
  const server = await startGitea({ token: TOKEN, now, ...options });
  const hub = await startModule(gitea, {
    GITEA_HOST: server.url,
    GITEA_ACCESS_TOKEN: TOKEN,
    GITEA_OWNER: "ops",
    GITEA_REPO: "reports",
    GITEA_TIMEOUT_SECONDS: "1",
    ...env,
  });
  const close = async () => {
    await hub.close();
    await server.close();
  };
  return { ...hub, server, close };
}

/** Closes what a test starts, after each test. */
export function closing(afterEach: (work: () => Promise<void>) => void): typeof startWithGitea {
  const open: Started[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
  });
  return async (...args) => {
    const one = await startWithGitea(...args);
    open.push(one);
    return one;
  };
}
