// Starts a real Prefect server (test/real/setup.sh installs it) for one test: a free loopback port, a home and a database of its own,
// gone without a trace at close().
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startChild, type Child } from "./child.ts";
import { until } from "./wait.ts";

export interface PrefectOptions {
  /** `user:password`: the server then wants Basic, and CSRF tokens too unless csrf is false. */
  auth?: string;
  csrf?: boolean;
  /** More PREFECT_SERVER_... variables. */
  env?: Record<string, string>;
}

export interface RunningPrefect {
  /** PREFECT_API_URL: ends in /api. */
  url: string;
  pid: number;
  close(): Promise<void>;
}

/** The start takes about 15 s on two cores. */
const READY_MS = 120_000;

/** Resolves when the server says that it is healthy, or rejects with its last words. */
export async function startPrefect(options: PrefectOptions = {}): Promise<RunningPrefect> {
  const home = await mkdtemp(join(tmpdir(), "ops-hub-prefect-"));
  const removing = { recursive: true, force: true, maxRetries: 3 };
  const removeAtExit = () => rmSync(home, removing);
  process.once("exit", removeAtExit);
  const remove = async () => {
    process.off("exit", removeAtExit);
    await rm(home, removing);
  };
  let child: Child | undefined;
  try {
    const port = await freePort();
    const command = fileURLToPath(new URL("../../../.cache/prefect/bin/prefect", import.meta.url));
    child = await startChild(command, ["server", "start", "--host", "127.0.0.1", "--port", String(port)], {
      ...environment(home),
      ...security(options),
      ...options.env,
    });
    child.stdout.resume(); // a full pipe would stop the server
    const url = `http://127.0.0.1:${port}/api`;
    await healthy(url, child);
    const running = child;
    return {
      url,
      pid: running.pid,
      async close() {
        await running.end(15_000);
        await remove();
      },
    };
  } catch (cause) {
    await child?.end();
    await remove();
    throw cause;
  }
}

/** Nothing of this machine's own Prefect settings counts, and nothing is sent anywhere. */
function environment(home: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("PREFECT_"));
  return {
    ...Object.fromEntries(own),
    HOME: home,
    PREFECT_HOME: home,
    PREFECT_API_DATABASE_CONNECTION_URL: `sqlite+aiosqlite:///${join(home, "prefect.db")}`,
    PREFECT_SERVER_ANALYTICS_ENABLED: "false",
    DO_NOT_TRACK: "1",
    PREFECT_SERVER_UI_ENABLED: "false",
    NO_PROXY: "127.0.0.1,localhost",
  };
}

function security({ auth, csrf = auth !== undefined }: PrefectOptions): Record<string, string> {
  return {
    ...(auth === undefined ? {} : { PREFECT_SERVER_API_AUTH_STRING: auth }),
    ...(csrf ? { PREFECT_SERVER_CSRF_PROTECTION_ENABLED: "true" } : {}),
  };
}

async function healthy(url: string, child: Child): Promise<void> {
  let ended: string | undefined;
  void child.exited.then((how) => (ended = how));
  const ready = await until(`${url}/health`, READY_MS, async () => {
    if (ended !== undefined) return { failed: `${ended}\n${child.lastWords()}` };
    return (await fetch(`${url}/health`)).ok ? { failed: undefined } : undefined;
  });
  if (ready.failed !== undefined) throw new Error(ready.failed);
}

/** Prefect cannot pick its port, so one is picked for it a moment before. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
