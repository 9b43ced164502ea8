// What one store drops: the least used when it is full, what is too old, and what is too large to keep at all.
import { expect, it } from "vitest";
import { createStore } from "../../../../src/modules/release-ops/cache/store.ts";
import type { RunOutcome } from "../../../../src/modules/release-ops/runs/types.ts";
import { fixedClock } from "../../../support/modules.ts";

const facts = { run_id: "r", ok: true, exit_code: 0, signal: null, reason: "exit", verdict: null } as const;
const numbers = {
  duration_ms: 1,
  stdout_bytes: 1,
  stderr_bytes: 0,
  truncated: false,
  cached: false,
  age_s: 0,
  queue_ms: 0,
};
const outcome = (output: string): RunOutcome => ({
  ok: true,
  facts: { ...facts, ...numbers },
  code: 0,
  output,
  note: undefined,
  data: undefined,
});

function filled(ttlMs = 1_000) {
  const clock = fixedClock();
  const store = createStore({ ttlMs, max: 2, singleFlight: true, maxEntryBytes: 10 }, clock);
  const put = (key: string, output = key) =>
    store.set(key, { outcome: outcome(output), tool: "t", tags: { release: key }, ttlMs });
  return { clock, store, put };
}

it("the least recently read entry makes room, and that is counted", () => {
  const { store, put } = filled();
  put("a");
  put("b");
  store.get("a");
  put("c");
  expect(store.entries().map(({ tags }) => tags["release"])).toEqual(["a", "c"]);
  expect(store.counters).toMatchObject({ evictions: 1, expirations: 0 });
});

it("an entry ends with its time though it is read, and that is counted as such", () => {
  const { clock, store, put } = filled();
  put("a");
  clock.at += 999;
  expect(store.get("a")).toBeDefined();
  clock.at += 2;
  expect(store.get("a")).toBeUndefined();
  expect(store.counters).toMatchObject({ evictions: 0, expirations: 1 });
});

it("what is too large is not kept, and takes no other's place", () => {
  const { store, put } = filled();
  put("a");
  put("b");
  put("c", "é".repeat(6));
  expect(store.entries()).toHaveLength(2);
  expect(store.remove(({ tags }) => tags["release"] === "a")).toBe(1);
});
