// Reports in one SQLite file, for one process. node:sqlite works on the event loop's thread; what is waiting shares one commit.
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import { Commits } from "./commits.ts";
import type { ReportStore } from "./contract.ts";
import { storable, type Row, type Tx, type Value } from "./engine.ts";
import { MIGRATIONS } from "./schema.ts";
import { createStore } from "./store.ts";

/** A hub that is just ending gets so long to let go of the file. */
const BUSY_MS = 2_000;
const STATEMENTS = 200;
const SQLITE_BUSY = 5;
const TYPES = {
  int: "integer",
  text: "text",
  blob: "blob",
  serial: "integer primary key autoincrement",
  end: " strict",
};

/** @throws Error when another process has the file, it was made by a newer hub, or it cannot be written */
export async function openSqliteStore({ path, clock }: { path: string; clock: Clock }): Promise<ReportStore> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // SQLite gives its own files the mode of this one.
  await (await open(path, "a", 0o600)).close();
  const database = new DatabaseSync(path, { timeout: BUSY_MS });
  try {
    prepare(database);
  } catch (cause) {
    database.close();
    throw isBusy(cause) ? new Error(`DATA_DIR is in use by another ops-hub: ${path} is locked`, { cause }) : cause;
  }
  const commits = new Commits(database, transaction(database));
  return createStore(
    {
      run: (work) => commits.run(work),
      isExclusive: true,
      forUpdate: "",
      skipLocked: "",
      // One thread, one transaction at a time: everybody else is kept out anyway.
      lock: async () => undefined,
      async close() {
        await commits.end();
        database.close();
      },
    },
    clock,
  );
}

function prepare(database: DatabaseSync): void {
  // EXCLUSIVE before WAL: then the lock is taken for good at the first access, and no shared memory file is needed.
  database.exec("pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full");
  database.exec("pragma foreign_keys = on; begin immediate");
  const { user_version: version } = z
    .object({ user_version: z.number() })
    .parse(database.prepare("pragma user_version").get());
  if (version > MIGRATIONS.length) {
    throw new Error(`the store was made by a newer ops-hub (schema ${version}, known here: ${MIGRATIONS.length})`);
  }
  for (const migration of MIGRATIONS.slice(version)) database.exec(migration(TYPES));
  database.exec(`pragma user_version = ${MIGRATIONS.length}; commit`);
}

const isBusy = (cause: unknown): boolean =>
  cause instanceof Error && "errcode" in cause && Number(cause.errcode) % 256 === SQLITE_BUSY;

/** Keeps prepared statements; their texts are few, but `claim` and `list` make some of them up. */
function transaction(database: DatabaseSync): Tx {
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    const statement = statements.get(sql) ?? database.prepare(sql);
    statements.delete(sql);
    statements.set(sql, statement);
    const [oldest] = statements.keys();
    if (statements.size > STATEMENTS && oldest !== undefined) statements.delete(oldest);
    return statement;
  };
  return {
    all: async (sql: string, ...values: Value[]): Promise<Row[]> => prepared(sql).all(...values.map(storable)),
  };
}
