// The report store in a SQLite file: the suite of all drivers, and what only a file can do wrong.
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqliteStore } from "../../../src/agent/store/sqlite.ts";
import { newReport, storeSuite } from "./suite.ts";
import { startWriter } from "./writer.ts";

const clock = { now: () => Date.parse("2026-11-25T10:00:00Z") };

storeSuite("SQLite", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ops-hub-store-"));
  return {
    open: (clock) => openSqliteStore({ path: join(folder, "reports.db"), clock }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
});

describe("the SQLite file", () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ops-hub-store-"));
    path = join(folder, "data", "reports.db");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const accept = async (store: Awaited<ReturnType<typeof openSqliteStore>>, id: string) =>
    store.accept(newReport(id), { now: clock.now(), sinceMs: 0 });

  it("and its folder belong to the hub's user alone", async () => {
    const store = await openSqliteStore({ path, clock });
    await accept(store, "a");
    const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
    expect([await mode(join(folder, "data")), await mode(path), await mode(`${path}-wal`)]).toEqual([
      "700",
      "600",
      "600",
    ]);
    await store.close();
  });

  it("is refused to a second hub in this process, and free after close", async () => {
    const store = await openSqliteStore({ path, clock });
    await expect(openSqliteStore({ path, clock })).rejects.toThrow("DATA_DIR is in use by another ops-hub");
    await accept(store, "a");
    await store.close();
    const next = await openSqliteStore({ path, clock });
    expect(await next.get("a")).toMatchObject({ id: "a" });
    await next.close();
  });

  it("is refused to a second process", async () => {
    const writer = await startWriter(path);
    await writer.acknowledged(1);
    await expect(openSqliteStore({ path, clock })).rejects.toThrow("DATA_DIR is in use by another ops-hub");
    await writer.kill();
    await (await openSqliteStore({ path, clock })).close();
  });

  it("of a newer hub is refused and not touched", async () => {
    await (await openSqliteStore({ path, clock })).close();
    const database = new DatabaseSync(path);
    database.exec("pragma user_version = 99");
    database.close();
    await expect(openSqliteStore({ path, clock })).rejects.toThrow("made by a newer ops-hub (schema 99");
    await expect(openSqliteStore({ path, clock })).rejects.toThrow("made by a newer ops-hub (schema 99");
  });

  it("that is no database is refused, and so is a folder that cannot be made", async () => {
    await mkdir(join(folder, "data"));
    await writeFile(path, "not a database ".repeat(100));
    await expect(openSqliteStore({ path, clock })).rejects.toThrow("file is not a database");
    await expect(openSqliteStore({ path: join(path, "deeper", "x.db"), clock })).rejects.toThrow("ENOTDIR");
  });

  it("frees all leases of the process that is gone, and ends what was to be cancelled", async () => {
    const store = await openSqliteStore({ path, clock });
    await accept(store, "a");
    await accept(store, "b");
    const wanted = { states: ["received"], limit: 9, owner: "w", now: clock.now(), leaseMs: 60_000 } as const;
    await store.claim(wanted);
    await store.cancel("b", clock.now());
    await store.close();
    const next = await openSqliteStore({ path, clock });
    expect(await next.claim(wanted)).toEqual([]);
    await next.releaseAll(clock.now());
    expect(await next.claim(wanted)).toMatchObject([{ report: { id: "a", attempts: 2 } }]);
    expect(await next.get("b")).toMatchObject({ state: "cancelled" });
    await next.close();
  });

  it("lets other events in between the commits of many reports", async () => {
    const store = await openSqliteStore({ path, clock });
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await Promise.all(Array.from({ length: 500 }, (_, i) => accept(store, `r${i}`)));
    isOver = true;
    expect(turns).toBeGreaterThan(4);
    await store.close();
  });

  it(
    "loses nothing that was acknowledged when the process is killed while it writes",
    { timeout: 120_000 },
    async () => {
      let before = 0;
      for (let round = 0; round < 10; round++) {
        const writer = await startWriter(path, `round${round}`);
        const told = await writer.acknowledged(20 + 37 * round);
        await writer.kill();
        const acknowledged = writer.all();
        expect(acknowledged.length).toBeGreaterThanOrEqual(told);
        const store = await openSqliteStore({ path, clock });
        for (const id of acknowledged) {
          const report = await store.get(id);
          expect(report, id).toMatchObject({ id, state: "collected", cause: `cause of ${id}` });
          expect(await store.timeline(id)).toHaveLength(2);
        }
        const { total } = await store.list({ limit: 1 });
        expect(total).toBeGreaterThanOrEqual(before + acknowledged.length);
        before = total;
        await store.close();
      }
    },
  );
});
