import { expect, it } from "vitest";
import { Backoff } from "../../../src/modules/upstream/backoff.ts";

/** When a server that never answers is tried within these seconds. */
function tries(seconds: number, backoff = new Backoff()): number[] {
  const at: number[] = [];
  for (let now = 0; now < seconds * 1_000; now += 500) {
    if (backoff.waitMs(now) > 0) continue;
    backoff.tried(now);
    at.push(now / 1_000);
  }
  return at;
}

it("tries at once, then at growing distances of at most 30 s", () => {
  expect(tries(150)).toEqual([0, 1, 3, 7, 15, 31, 61, 91, 121]);
});

it("never tries more than six times in a minute, also when each connection is lost at once", () => {
  const backoff = new Backoff();
  const at: number[] = [];
  for (let now = 0; now < 600_000; now += 500) {
    if (backoff.waitMs(now) > 0) continue;
    backoff.tried(now);
    backoff.connected(now);
    backoff.lost(now + 400);
    at.push(now);
  }
  for (const from of at) expect(at.filter((now) => now >= from && now < from + 60_000).length).toBeLessThanOrEqual(6);
});

it("begins anew after a connection that held for a minute", () => {
  const backoff = new Backoff();
  for (const now of [0, 1_000, 3_000]) backoff.tried(now);
  backoff.connected(3_000);
  backoff.lost(62_999);
  expect(backoff.waitMs(3_100)).toBe(3_900);
  backoff.connected(7_000);
  backoff.lost(67_000);
  expect(backoff.waitMs(67_000)).toBe(0);
});
