import { describe, expect, it } from "vitest";
import { Limiter } from "../../src/core/limiter.ts";

const never = new AbortController().signal;

describe("Limiter", () => {
  it("lets those who wait in by their order, and nobody overtakes", async () => {
    const limiter = new Limiter({ concurrency: 1, queue: 10, refuse: () => new Error("full") });
    const order: number[] = [];
    const turns = [1, 2, 3, 4].map((n) => limiter.run(async () => void order.push(n), never));
    await turns[0];
    turns.push(limiter.run(async () => void order.push(5), never));
    await Promise.all(turns);
    expect(order).toEqual([1, 2, 3, 4, 5]);
  });

  it("passes the turn on when the work fails, and when one who waits gives up", async () => {
    const limiter = new Limiter({ concurrency: 1, queue: 2, refuse: () => new Error("full") });
    const caller = new AbortController();
    const gate = Promise.withResolvers<never>();
    const failing = limiter.run(() => gate.promise, never);
    const leaving = limiter.run(async () => "left", caller.signal);
    const staying = limiter.run(async () => "stayed", never);
    await expect(limiter.run(async () => "late", never)).rejects.toThrow("full");
    caller.abort(new Error("gone"));
    await expect(leaving).rejects.toThrow("gone");
    gate.reject(new Error("broken"));
    await expect(failing).rejects.toThrow("broken");
    expect(await staying).toBe("stayed");
    expect(await limiter.run(async () => "next", never)).toBe("next");
  });
});
