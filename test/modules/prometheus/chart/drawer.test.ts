import { afterEach, describe, expect, it } from "vitest";
import { type ChartDrawer, createChartDrawer } from "../../../../src/modules/prometheus/chart/drawer.ts";
import { ToolFailure } from "../../../../src/core/failure.ts";
import { request, START, wave } from "./sample.ts";

const never = new AbortController().signal;
const drawers: ChartDrawer[] = [];
const drawer = (options?: { timeoutMs: number }): ChartDrawer => {
  const made = createChartDrawer(options);
  drawers.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(drawers.splice(0).map((one) => one.close()));
});

/** Width and height from the PNG header, after its signature. */
function size(png: Uint8Array): readonly [number, number] {
  const bytes = Buffer.from(png);
  expect(bytes.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1A\n");
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}

const threads = (): number => {
  const report: unknown = process.report.getReport();
  return (report as { workers: unknown[] }).workers.length;
};

describe("the chart drawer", () => {
  it.each([
    [320, 220, "light"],
    [800, 400, "dark"],
    [1600, 700, "light"],
  ] as const)("draws a PNG of %d x %d, %s", async (width, height, theme) => {
    const png = await drawer().draw(request([wave("a"), wave("é 日本語 🚀 \uD800")], { width, height, theme }), never);
    expect(size(png)).toEqual([width, height]);
  });

  it("draws an empty chart and twenty full ones at once, in order", async () => {
    const one = drawer();
    const full = request(Array.from({ length: 20 }, (_, i) => wave(`pod-${i}`, 1000, 3.6)));
    const pngs = await Promise.all([
      one.draw(request([], { width: 400 }), never),
      one.draw(full, never),
      one.draw(full, never),
    ]);
    expect(pngs.map((png) => size(png)[0])).toEqual([400, 800, 800]);
    expect(Buffer.compare(pngs[1] ?? Buffer.alloc(0), pngs[2] ?? Buffer.alloc(1))).toBe(0);
  });

  it("shows text: the same chart with another title is another picture", async () => {
    const one = drawer();
    const [a, b] = await Promise.all(["One", "Two"].map((title) => one.draw(request([wave("a")], { title }), never)));
    expect(Buffer.from(a ?? []).equals(Buffer.from(b ?? []))).toBe(false);
  });

  it("rejects with the caller's reason when aborted, under way or waiting, and draws the next", async () => {
    const one = drawer();
    const reason = new Error("the caller left");
    const [running, waiting] = [new AbortController(), new AbortController()];
    const first = one.draw(request([wave("a")]), running.signal);
    const second = one.draw(request([wave("a")]), waiting.signal);
    const third = one.draw(request([wave("a")]), never);
    waiting.abort(reason);
    running.abort(reason);
    await expect(first).rejects.toBe(reason);
    await expect(second).rejects.toBe(reason);
    expect(size(await third)).toEqual([800, 400]);
    await expect(one.draw(request([]), AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it("fails with a timeout that says what to do, again and again", async () => {
    const hasty = drawer({ timeoutMs: 1 });
    for (const _ of [1, 2]) {
      const failure: unknown = await hasty.draw(request([wave("a")]), never).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ToolFailure);
      expect(failure).toMatchObject({ kind: "timeout", message: expect.stringContaining("fewer series") });
    }
  });

  it("draws on after a request that cannot be drawn", async () => {
    const one = drawer();
    await expect(one.draw(request([wave("a")], { start: Number.NaN }), never)).rejects.toThrow(/Invalid time/);
    expect(size(await one.draw(request([wave("a")]), never))).toEqual([800, 400]);
  });

  it("refuses the seventeenth waiting chart", async () => {
    const one = drawer();
    const small = request([{ label: "a", points: [[START, 1]] }], { width: 320, height: 200 });
    const accepted = Array.from({ length: 16 }, () => one.draw(small, never));
    await expect(one.draw(small, never)).rejects.toMatchObject({ kind: "unavailable" });
    expect(await Promise.all(accepted)).toHaveLength(16);
    expect(size(await one.draw(small, never))).toEqual([320, 200]);
  });

  it("starts its thread at the first chart and ends it on close, refusing what comes later", async () => {
    const before = threads();
    const one = drawer();
    expect(threads()).toBe(before);
    await one.draw(request([wave("a")]), never);
    expect(threads()).toBe(before + 1);
    const underWay = one.draw(request([wave("a")]), never);
    const closed = one.close();
    await expect(underWay).rejects.toMatchObject({ kind: "unavailable" });
    await closed;
    expect(threads()).toBe(before);
    await expect(one.draw(request([wave("a")]), never)).rejects.toMatchObject({ kind: "unavailable" });
    await one.close();
  });
});
