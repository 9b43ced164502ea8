// Reports in PostgreSQL, for several hubs at once: rows are locked where they are changed, and leases run out by the clock.
import { Client, Pool, type ClientConfig, type PoolClient } from "pg";
import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import { Limiter } from "../../core/limiter.ts";
import type { Secret } from "../../core/secret.ts";
import type { ReportStore } from "./contract.ts";
import { storable, type Row, type Tx, type Value } from "./engine.ts";
import { MIGRATIONS } from "./schema.ts";
import { createStore } from "./store.ts";

const CONNECT_MS = 5_000;
const STATEMENT_MS = 15_000;
/** For a connection, behind others. */
const WAIT_MS = 30_000;
const MAX_WAITING = 5_000;
/** The hub's own: one migration at a time, whoever starts. */
const MIGRATION_LOCK = 7_308_332_187;
const TYPES = {
  int: "bigint",
  text: "text",
  blob: "bytea",
  serial: "bigint generated always as identity primary key",
  end: "",
};
/** A newer hub changed the tables under a prepared statement: a new connection prepares it anew. */
const STALE_PLAN = "0A000";
/** serialization_failure, deadlock_detected: the other one went first, and ours may simply run again. */
const TRY_AGAIN = new Set(["40001", "40P01", STALE_PLAN]);
const TRIES = 3;

export interface PostgresOptions {
  /** postgres://user:password@host/database?sslmode=verify-full */
  url: Secret;
  clock: Clock;
  maxConnections: number;
}

/** @throws Error when the server cannot be reached, or its tables were made by a newer hub */
export async function openPostgresStore({ url, clock, maxConnections }: PostgresOptions): Promise<ReportStore> {
  const pool = new Pool({
    Client: clientOf(url),
    max: maxConnections,
    application_name: "ops-hub",
    connectionTimeoutMillis: CONNECT_MS,
    idleTimeoutMillis: 30_000,
    statement_timeout: STATEMENT_MS,
    // A server that went silent answers no timeout of its own.
    query_timeout: STATEMENT_MS + 5_000,
    idle_in_transaction_session_timeout: 2 * STATEMENT_MS,
    keepAlive: true,
  });
  // A broken connection fails the statement that it has, and is dropped. It also tells of itself, at any time until it is gone,
  // and would end the process if nobody listened.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  const statements = new Statements();
  // The pool's own queue has the deadline of a connection attempt, which a burst of reports on a busy machine exceeds.
  const turns = new Limiter({
    concurrency: maxConnections,
    queue: MAX_WAITING,
    refuse: () => new Error(`the database is too slow: ${MAX_WAITING} transactions wait`),
  });
  const run = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
    turns.run(
      () => inTransaction(pool, (client) => work(transaction(client, statements))),
      AbortSignal.timeout(WAIT_MS),
    );
  try {
    await run(migrate);
  } catch (cause) {
    await pool.end();
    throw new Error(`the database of DATABASE_URL cannot be used: ${reason(cause)}`, { cause });
  }
  return createStore(
    {
      run,
      isExclusive: false,
      forUpdate: " for update",
      skipLocked: " for update skip locked",
      async lock(tx, name) {
        await tx.all("select pg_advisory_xact_lock(hashtextextended(?, 0))", name);
      },
      close: () => pool.end(),
    },
    clock,
  );
}

/** The URL is read at each connection: the file that it came from may have changed, and its password with it. */
function clientOf(url: Secret): new () => Client {
  return class extends Client {
    constructor(config?: ClientConfig) {
      super({ ...config, connectionString: url.reveal() });
    }
  };
}

/** Refused connections come as an AggregateError without a message. */
function reason(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(reason).join("; ");
  return cause instanceof Error ? cause.message : "unknown";
}

async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryTransaction(pool, work);
    } catch (cause) {
      if (attempt === TRIES || !TRY_AGAIN.has(codeOf(cause))) throw cause;
    }
  }
}

const codeOf = (cause: unknown): string =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "";

async function tryTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let isBroken = false;
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (cause) {
    isBroken ||= codeOf(cause) === STALE_PLAN;
    // A connection that cannot even roll back is not given to the next one.
    await client.query("rollback").catch(() => {
      isBroken = true;
    });
    throw cause;
  } finally {
    client.release(isBroken);
  }
}

function transaction(client: PoolClient, statements: Statements): Tx {
  return {
    async all(sql: string, ...values: Value[]): Promise<Row[]> {
      const { rows } = await client.query<Record<string, unknown>>({
        ...statements.of(sql),
        values: values.map(storable),
      });
      return rows;
    },
  };
}

/** Named, so that each connection parses and plans a statement once. The store's texts are few: they need no cap. */
class Statements {
  readonly #known = new Map<string, { name: string; text: string }>();

  of(sql: string): { name: string; text: string } {
    const known = this.#known.get(sql) ?? { name: `hub_${this.#known.size}`, text: numbered(sql) };
    this.#known.set(sql, known);
    return known;
  }
}

/** `?` as PostgreSQL wants it: $1, $2. No statement of ours has a question mark in a literal. */
function numbered(sql: string): string {
  let index = 0;
  return sql.replaceAll("?", () => `$${++index}`);
}

async function migrate(tx: Tx): Promise<void> {
  await tx.all(`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
  await tx.all("create table if not exists hub_schema (version bigint not null)");
  const [row] = await tx.all("select max(version) as version from hub_schema");
  const version = z.coerce.number().parse(row?.["version"] ?? 0);
  if (version > MIGRATIONS.length) {
    throw new Error(`its tables were made by a newer ops-hub (schema ${version}, known here: ${MIGRATIONS.length})`);
  }
  for (const [index, migration] of MIGRATIONS.entries()) {
    if (index < version) continue;
    for (const statement of migration(TYPES).split(";\n")) if (statement.trim() !== "") await tx.all(statement);
    await tx.all("insert into hub_schema (version) values (?)", index + 1);
  }
}
