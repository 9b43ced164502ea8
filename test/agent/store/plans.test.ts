// What an idle hub asks its database every second must not read every report: each has a draft of many kilobytes.
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { claim } from "../../../src/agent/store/claim.ts";
import { storable, type Engine, type Tx } from "../../../src/agent/store/engine.ts";
import { stats, tokensSince, unanalysed } from "../../../src/agent/store/figures.ts";
import { list } from "../../../src/agent/store/intake.ts";
import { MIGRATIONS } from "../../../src/agent/store/schema.ts";
import { Turns } from "../../../src/agent/store/turns.ts";
import { releaseAll } from "../../../src/agent/store/work.ts";

const TYPES = {
  int: "integer",
  text: "text",
  blob: "blob",
  serial: "integer primary key autoincrement",
  end: " strict",
};

let database: DatabaseSync;
let plans: string[];
const tx: Tx = {
  async all(sql, ...values) {
    const given = values.map(storable);
    const rows = database.prepare(`explain query plan ${sql}`).all(...given);
    plans.push(...rows.map((row) => String(row["detail"])));
    return database.prepare(sql).all(...given);
  },
};
const engine: Engine = {
  run: (work) => work(tx),
  isExclusive: true,
  forUpdate: "",
  skipLocked: "",
  lock: async () => undefined,
  close: async () => undefined,
};

beforeEach(() => {
  database = new DatabaseSync(":memory:");
  for (const migration of MIGRATIONS) database.exec(migration(TYPES));
  plans = [];
});
afterEach(() => database.close());

const wanted = { limit: 8, owner: "o", now: 1, leaseMs: 1 };
const ASKED: Record<string, () => Promise<unknown>> = {
  "the evidence lane": () => claim(engine, tx, new Turns(), { ...wanted, states: ["received", "collecting"] }, "t"),
  "the filing lane": () => claim(engine, tx, new Turns(), { ...wanted, states: ["drafted"], isLeader: true }, "t"),
  statistics: () => stats(tx),
  "the day's tokens": () => tokensSince(tx, 0),
  "what is to be analysed again": () => unanalysed(tx, 0, 50),
  "what waits for the model": () => list(tx, { state: "waiting_llm", limit: 200 }),
  "a page of what is filed": () => list(tx, { state: "filed", limit: 100 }),
  "a start": () => releaseAll(engine, tx, 1),
};

it.each(Object.keys(ASKED))("%s reads no more than it needs", async (what) => {
  await ASKED[what]!();
  const scans = plans.filter((plan) => /^SCAN hub_reports\b(?! USING (COVERING )?INDEX)/.test(plan));
  expect(scans).toEqual([]);
});

it.each(["what is to be analysed again", "a page of what is filed"])("%s is sorted by numbers alone", async (what) => {
  await ASKED[what]!();
  const wide = plans.filter((plan) => plan.startsWith("SEARCH hub_reports USING INDEX"));
  expect(wide).toEqual([]);
  expect(plans).toContain("SEARCH hub_reports USING INTEGER PRIMARY KEY (rowid=?)");
});
