// What a client hears while a command runs.
import { afterEach, expect, it, vi } from "vitest";
import { createProgress, HEARTBEAT_MS, PROGRESS_EVERY_MS } from "../../../../src/modules/release-ops/runs/progress.ts";
import { closing, CREDENTIALS } from "../stubs.ts";

const open = closing(afterEach);
afterEach(() => void vi.useRealTimers());

function listen() {
  vi.useFakeTimers();
  const heard: [string, number][] = [];
  const progress = createProgress(
    { progress: (message, done) => void heard.push([message, done ?? -1]) },
    { now: () => Date.now() },
    true,
  );
  return { heard, progress };
}

it("at most ten lines a second are told, the latest of each tenth, numbered by line", () => {
  const { heard, progress } = listen();
  for (let line = 1; line <= 1_000; line += 1) {
    progress.onLine(`line ${line}`);
    vi.advanceTimersByTime(1);
  }
  vi.advanceTimersByTime(200);
  expect(heard.length).toBeLessThanOrEqual(11);
  expect(heard[0]).toEqual(["line 1", 1]);
  expect(heard.at(-1)).toEqual(["line 1000", 1_000]);
  progress.stop();
});

it("silence is broken every ten seconds with a growing number, and nothing follows the end", () => {
  const { heard, progress } = listen();
  vi.advanceTimersByTime(3 * HEARTBEAT_MS);
  progress.onLine("at last");
  vi.advanceTimersByTime(HEARTBEAT_MS + PROGRESS_EVERY_MS);
  expect(heard.map(([message]) => message)).toEqual([
    "running for 10 s",
    "running for 20 s",
    "running for 30 s",
    "at last",
    "running for 40 s",
  ]);
  const numbers = heard.map(([, done]) => done);
  expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
  progress.onLine("a");
  progress.onLine("b");
  progress.stop();
  vi.advanceTimersByTime(5 * HEARTBEAT_MS);
  expect(heard.at(-1)![0]).not.toBe("b");
});

it("a call tells the lines of its command, without secrets and at most 500 characters of each", async () => {
  const hub = await open({
    stubs: {
      oar: "console.log('token ' + process.env.JIRA_TOKEN); await sleep(150); console.log('x'.repeat(2000)); await sleep(300)",
    },
  });
  const heard: string[] = [];
  await hub.call("oar_image_signed_check", { release: "4.19.1" }, { progress: (message) => void heard.push(message) });
  expect(heard).toEqual(["token ***", "x".repeat(500)]);
  expect(heard.join()).not.toContain(CREDENTIALS.JIRA_TOKEN);
});
