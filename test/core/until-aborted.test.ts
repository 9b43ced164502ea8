import { expect, it } from "vitest";
import { untilAborted } from "../../src/core/until-aborted.ts";

it("settles with the work, or with the signal's reason as soon as it fires", async () => {
  const never = new Promise<string>(() => undefined);
  const stop = new AbortController();
  expect(await untilAborted(Promise.resolve("done"), stop.signal)).toBe("done");
  const waiting = untilAborted(never, stop.signal);
  stop.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
});

it("hears a rejection that comes after the signal, or with it, so that no promise fails unheard", async () => {
  const unheard: unknown[] = [];
  const listen = (reason: unknown) => void unheard.push(reason);
  process.on("unhandledRejection", listen);
  const aborted = AbortSignal.abort(new Error("gone"));
  await expect(untilAborted(Promise.reject(new Error("late")), aborted)).rejects.toThrow("gone");
  await new Promise((resolve) => setTimeout(resolve, 0));
  process.off("unhandledRejection", listen);
  expect(unheard).toEqual([]);
});
