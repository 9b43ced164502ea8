// Which store the settings mean: PostgreSQL when DATABASE_URL is set, else a file below DATA_DIR.
import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import type { Values } from "../../core/settings.ts";
import type { SETTINGS } from "../settings.ts";
import type { ReportStore } from "./contract.ts";

type Settings = Pick<Values<typeof SETTINGS>, "dataDir" | "databaseUrl">;
type Env = Readonly<Record<string, string | undefined>>;

const MAX_CONNECTIONS = 10;

/** The drivers are loaded when they are needed: who has no reports pays for none. */
export async function openStore(settings: Settings, env: Env, clock: Clock): Promise<ReportStore> {
  const { databaseUrl } = settings;
  if (databaseUrl !== undefined) {
    const { openPostgresStore } = await import("./postgres.ts");
    return openPostgresStore({ url: databaseUrl, clock, maxConnections: MAX_CONNECTIONS });
  }
  const { openSqliteStore } = await import("./sqlite.ts");
  return openSqliteStore({ path: join(dataDir(settings, env), "reports.db"), clock });
}

export const isStoreChosen = ({ dataDir, databaseUrl }: Settings): boolean =>
  dataDir !== undefined || databaseUrl !== undefined;

export const describeStore = (settings: Settings, env: Env): string =>
  settings.databaseUrl === undefined ? dataDir(settings, env) : "PostgreSQL (DATABASE_URL)";

/** https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#RuntimeDirectory= and the XDG base directories */
function dataDir({ dataDir }: Settings, env: Env): string {
  if (dataDir !== undefined) return dataDir;
  const { STATE_DIRECTORY: systemd, XDG_STATE_HOME: xdg, HOME: home } = env;
  if (systemd) return systemd.split(":")[0] ?? systemd;
  if (xdg) return join(xdg, "ops-hub");
  return home ? join(home, ".local", "state", "ops-hub") : "data";
}
