// The report store in a real PostgreSQL: the suite of all drivers, and what only a server and several hubs can do wrong.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPostgresStore } from "../../src/agent/store/postgres.ts";
import { Secret } from "../../src/core/secret.ts";
import { newReport, storeSuite } from "../agent/store/suite.ts";
import { startPostgres, type RunningPostgres } from "./support/postgres.ts";
import { until } from "./support/wait.ts";

let server: RunningPostgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.close());

const NOW = Date.parse("2026-11-25T10:00:00Z");
const clock = { now: () => NOW };
const open = (url: string | Secret, maxConnections = 10) =>
  openPostgresStore({ url: typeof url === "string" ? new Secret(url) : url, clock, maxConnections });
type Store = Awaited<ReturnType<typeof open>>;
const accept = (store: Store, id: string, namespace = "shop") =>
  store.accept(newReport(id, { namespace }), { now: NOW, sinceMs: 0 });

storeSuite("PostgreSQL", async () => {
  const database = await server.newDatabase();
  return {
    open: (clock) => openPostgresStore({ url: new Secret(server.url(database)), clock, maxConnections: 10 }),
    remove: async () => void (await server.sql(`drop database ${database} with (force)`)),
  };
});

describe("several hubs on one database", () => {
  it("make its tables once when they start together", async () => {
    const url = server.url(await server.newDatabase());
    const stores = await Promise.all(Array.from({ length: 5 }, () => open(url, 2)));
    await accept(stores[0]!, "a");
    for (const store of stores) expect(await store.get("a")).toMatchObject({ id: "a" });
    await Promise.all(stores.map((store) => store.close()));
  });

  it("never work on one report at once, and make one report of one key", async () => {
    const url = server.url(await server.newDatabase());
    const stores = await Promise.all(Array.from({ length: 3 }, () => open(url, 5)));
    const same = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        stores[i % 3]!.accept(newReport(`s${i}`, { key: "same" }), { now: NOW, sinceMs: 0 }),
      ),
    );
    expect(same.filter(({ isNew }) => isNew)).toHaveLength(1);
    await Promise.all(Array.from({ length: 119 }, (_, i) => accept(stores[i % 3]!, `r${i}`, `n${i % 5}`)));
    const taken: string[] = [];
    const work = async (store: Store, owner: string) => {
      for (;;) {
        const claims = await store.claim({ states: ["received"], limit: 2, owner, now: NOW, leaseMs: 60_000 });
        if (claims.length === 0) return;
        taken.push(...claims.map(({ report }) => report.id));
        for (const claim of claims) await store.save(claim, { state: "collected" }, { now: NOW, note: owner });
      }
    };
    await Promise.all(stores.flatMap((store, i) => [work(store, `a${i}`), work(store, `b${i}`)]));
    expect(taken).toHaveLength(120);
    expect(new Set(taken).size).toBe(120);
    await Promise.all(stores.map((store) => store.close()));
  });

  it("have one leader for a group, however its reports come to be collected", async () => {
    const url = server.url(await server.newDatabase());
    const stores = await Promise.all(Array.from({ length: 3 }, () => open(url, 5)));
    await Promise.all(Array.from({ length: 30 }, (_, i) => accept(stores[0]!, `r${i}`)));
    const leaders: string[] = [];
    const collect = async (store: Store, owner: string) => {
      const wanted = { limit: 1, owner, now: NOW, leaseMs: 60_000 };
      for (;;) {
        const [claim] = await store.claim({ ...wanted, states: ["received"] });
        if (claim === undefined) return;
        await store.save(claim, { state: "collected", group: "g" }, { now: NOW, note: "x" });
        for (const leader of await store.claim({ ...wanted, states: ["collected"], isLeader: true, limit: 9 })) {
          leaders.push(leader.report.id);
        }
      }
    };
    await Promise.all(stores.flatMap((store, i) => [collect(store, `a${i}`), collect(store, `b${i}`)]));
    expect(leaders).toHaveLength(1);
    await Promise.all(stores.map((store) => store.close()));
  });

  it("go on when a newer one adds a column to their tables", async () => {
    const database = await server.newDatabase();
    const store = await open(server.url(database), 2);
    const before = await accept(store, "a");
    await Promise.all([store.get("a"), store.get("a")]);
    await server.sql("alter table hub_reports add column later text", database);
    expect(await store.get("a")).toEqual(before.report);
    expect(await accept(store, "b")).toMatchObject({ isNew: true });
    await store.close();
  });

  it("leave each other's leases alone when one starts", async () => {
    const url = server.url(await server.newDatabase());
    const [one, two] = [await open(url), await open(url)];
    await accept(one, "a");
    await one.claim({ states: ["received"], limit: 1, owner: "one", now: NOW, leaseMs: 60_000 });
    await two.releaseAll(NOW);
    const wanted = { states: ["received"], limit: 1, owner: "two", leaseMs: 60_000 } as const;
    expect(await two.claim({ ...wanted, now: NOW + 59_999 })).toEqual([]);
    expect(await two.claim({ ...wanted, now: NOW + 60_000 })).toHaveLength(1);
    await Promise.all([one.close(), two.close()]);
  });
});

describe("the server", () => {
  it("may cut connections, also in the middle of work: the pool makes new ones", async () => {
    const database = await server.newDatabase();
    const store = await open(server.url(database));
    await accept(store, "a");
    const cut = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`;
    const writing = Promise.allSettled(Array.from({ length: 200 }, (_, i) => accept(store, `w${i}`)));
    await server.sql(cut);
    const told = (await writing).filter(({ status }) => status === "fulfilled").length;
    await server.sql(cut);
    await until("a store that works again", 10_000, () => accept(store, "b"));
    const { total } = await store.list({ limit: 1 });
    expect(total).toBeGreaterThanOrEqual(told + 2);
    await store.close();
  });

  it("may restart: nothing acknowledged is lost, and the store works again", async () => {
    const store = await open(server.url(await server.newDatabase()));
    await accept(store, "a");
    await server.restart();
    await until("a store that works again", 10_000, async () => {
      await store.probe();
      return true;
    });
    expect(await store.get("a")).toMatchObject({ id: "a" });
    await store.close();
  });

  it("may get a new password: connections made after it use the new one", async () => {
    const database = await server.newDatabase();
    await server.sql("create role rotating login superuser password 'one'");
    const url = (password: string) => server.url(database, password).replace("//hub:", "//rotating:");
    const secret = new Secret(url("one"));
    let current = "one";
    secret.reveal = () => url(current);
    const store = await open(secret);
    await server.sql("alter role rotating password 'two'");
    current = "two";
    await server.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'rotating'");
    await until("a store that works again", 10_000, () => accept(store, "a"));
    await store.close();
    await expect(open(url("one"))).rejects.toThrow(/cannot be used: password authentication failed/);
  });

  it("is spoken to through TLS as the URL's sslmode says", async () => {
    const database = await server.newDatabase();
    const url = `${server.url(database)}?sslmode=verify-full`;
    await expect(open(url)).rejects.toThrow(/certificate/);
    const store = await open(`${url}&sslrootcert=${encodeURIComponent(server.ca)}`);
    const rows = await server.sql(
      `select bool_and(ssl) as ssl from pg_stat_ssl join pg_stat_activity using (pid) where datname = '${database}'`,
    );
    expect(rows).toEqual([{ ssl: true }]);
    await store.close();
  });

  it("that cannot be used is named without the password", async () => {
    const fail = (url: string): Promise<string> => open(url).then(() => "opened", String);
    expect(await fail("postgres://hub:s3cret@127.0.0.1:1/x")).toMatch(
      /^Error: the database of DATABASE_URL cannot be used: .*ECONNREFUSED/,
    );
    expect(await fail(server.url("nowhere"))).toContain('database "nowhere" does not exist');
    expect(await fail("postgres://hub:s3cret@[bad/x")).not.toContain("s3cret");
    const newer = await server.newDatabase();
    await (await open(server.url(newer))).close();
    await server.sql("insert into hub_schema values (99)", newer);
    expect(await fail(server.url(newer))).toContain("made by a newer ops-hub (schema 99");
  });
});
