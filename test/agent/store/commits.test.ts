// Group commit: one transaction for what waits, each piece of work on its own within it, and nobody told before the commit.
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Commits } from "../../../src/agent/store/commits.ts";
import type { Row, Tx, Value } from "../../../src/agent/store/engine.ts";
import { storable } from "../../../src/agent/store/engine.ts";

let database: DatabaseSync;
let commits: Commits;
let statements: string[];

beforeEach(() => {
  database = new DatabaseSync(":memory:");
  database.exec("create table t (x text unique) strict");
  statements = [];
  const exec = database.exec.bind(database);
  database.exec = (sql: string) => {
    statements.push(sql);
    exec(sql);
  };
  const tx: Tx = {
    all: async (sql: string, ...values: Value[]): Promise<Row[]> => database.prepare(sql).all(...values.map(storable)),
  };
  commits = new Commits(database, tx);
});
afterEach(() => database.close());

const insert = (text: string): Promise<Row[]> =>
  commits.run((tx) => tx.all("insert into t values (?) returning x", text));
const stored = () =>
  database
    .prepare("select x from t order by rowid")
    .all()
    .map((row) => row["x"]);

it("commits once for all that waits", async () => {
  await Promise.all(Array.from({ length: 50 }, (_, i) => insert(`${i}`)));
  expect(statements.filter((sql) => sql === "commit")).toHaveLength(1);
  expect(stored()).toHaveLength(50);
});

it("undoes what failed, whole, and nothing else", async () => {
  const first = insert("a");
  const twoRows = commits.run(async (tx) => {
    await tx.all("insert into t values ('half')");
    await tx.all("insert into t values ('a')");
  });
  const all = await Promise.allSettled([first, twoRows, insert("b")]);
  expect(all.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(stored()).toEqual(["a", "b"]);
});

it("fails all work of a transaction that the full disk ended, keeps what was there, and goes on when there is room", async () => {
  await insert("before");
  const pages = Number(database.prepare("pragma page_count").get()?.["page_count"]);
  database.exec(`pragma max_page_count = ${pages}`);
  const all = await Promise.allSettled([insert("small"), insert("x".repeat(100_000))]);
  // SQLite undoes the one statement; the savepoint saves the other work.
  expect(all.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  database.exec("pragma max_page_count = 100000");
  await insert("after");
  expect(stored()).toEqual(["before", "small", "after"]);
});

it("tells nobody of success when the commit fails", async () => {
  database.exec("pragma foreign_keys = on; create table child (x text references t (x) deferrable initially deferred)");
  const orphan = commits.run((tx) => tx.all("insert into child values ('nobody')"));
  const all = await Promise.allSettled([insert("a"), orphan]);
  expect(all.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(stored()).toEqual([]);
  await insert("b");
  expect(stored()).toEqual(["b"]);
});

it("goes on after a rollback that failed too", async () => {
  const exec = database.exec.bind(database);
  let isBroken = true;
  database.exec = (sql: string) => {
    if (isBroken && ["commit", "rollback"].includes(sql)) throw new Error(`disk I/O error at ${sql}`);
    exec(sql);
  };
  await expect(insert("a")).rejects.toThrow("at commit");
  await expect(insert("b")).rejects.toThrow("within a transaction");
  isBroken = false;
  await insert("c").catch(() => undefined); // at the latest this one cleans up
  await insert("d");
  expect(stored()).toContain("d");
  expect(stored()).not.toContain("a");
});

it("finishes what waits when it ends, and refuses what comes later", async () => {
  const first = insert("a");
  const end = commits.end();
  await expect(insert("b")).rejects.toThrow("closed");
  await Promise.all([first, end]);
  expect(stored()).toEqual(["a"]);
});
