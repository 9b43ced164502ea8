import { expect, it } from "vitest";
import { namesIndex, namesPage, nearestNames } from "../../../../src/modules/prometheus/projections/names.ts";

const success = (data: unknown) => ({ status: "success" as const, data });
const window = { offset: 0, limit: 10, roomBytes: 10_000, cap: 100 };

it("sorts, leaves out and keeps what is asked", () => {
  const reply = success(["b", "__name__", "a", "ab"]);
  expect(namesPage.project(reply, { ...window, without: "__name__" }).data).toEqual(["a", "ab", "b"]);
  expect(namesPage.project(reply, { ...window, prefix: "a" }).data).toEqual(["a", "ab"]);
  expect(namesPage.project(reply, { ...window, pattern: "B", ignoreCase: true }).data).toEqual(["ab", "b"]);
});

it("says when the server may have more than it was asked for, which one that ignores limits has not", () => {
  expect(namesPage.project(success(["a", "b"]), { ...window, cap: 2 })).toMatchObject({ total: 2, total_exact: false });
  for (const names of [["a"], ["a", "b", "c"]]) {
    expect(namesPage.project(success(names), { ...window, cap: 2 })).not.toHaveProperty("total_exact");
  }
});

it("takes null for an empty list, as Go writes it, and nothing else", () => {
  expect(namesPage.project(success(null), window)).toMatchObject({ data: [], total: 0 });
  for (const data of [{}, [1], "up"]) {
    expect(() => namesPage.project(success(data), window)).toThrow(/^INVALID_RESPONSE: expected a list of names/);
  }
});

it("finds near names among 100,000, also when they are much longer than what was asked", () => {
  const names = Array.from({ length: 100_000 }, (_, i) => `app_${i}_http_request_duration_seconds`);
  names.push("shop_latency_seconds_bucket", "node_filesystem_avail_bytes");
  expect(nearestNames("shop_latancy", names, 5)[0]).toBe("shop_latency_seconds_bucket");
  expect(nearestNames("node_filesytem_avail", names, 5)[0]).toBe("node_filesystem_avail_bytes");
  expect(nearestNames("(zz+)+$", ["up", "down"], 5)).toEqual([]);
  expect(nearestNames("^up$", ["up", "down"], 5)).toEqual(["up"]);
});

it("keeps an index within its bounds", () => {
  expect(namesIndex.project(success(["c", "a", "x".repeat(300), "b"]), { max: 2 })).toEqual(["a", "b"]);
});
