// prefect_get_flow_run_logs, line by line: alike, long, binary and secret ones.
import { expect, it } from "vitest";
import { startWithPrefect } from "../start.ts";
import { messages, read, write } from "./written-log.ts";

it.each(["head", "tail"])("shows 3,000 identical lines once, read from the %s", async (order) => {
  const hub = await startWithPrefect();
  const flow_run_id = write(hub, ["first", ...Array.from({ length: 3_000 }, () => "again"), "last"]);
  const log = await read(hub, { flow_run_id, order });
  expect(messages(log)).toEqual(["first", "again", "last"]);
  expect(log).toMatchObject({ total: 3_002, truncated: false });
  expect(log.logs[1]).toMatchObject({
    timestamp: "2026-11-25T10:00:00.010Z",
    repeated: 3_000,
    repeated_until: "2026-11-25T10:00:30.000Z",
  });
});

it("cuts a line of 5 MB, takes terminal codes and control characters out, and stays JSON", async () => {
  const hub = await startWithPrefect();
  const flow_run_id = write(hub, ["x".repeat(5_000_000), "\u001b[31mred\u001b[0m\u0000\u0007 \ud800 half", "a\r\nb"]);
  const log = await read(hub, { flow_run_id });
  const [long, red, two] = messages(log);
  expect(long).toMatch(/^x{2000}… \[cut here: 2000 of 5000000 characters shown\]$/);
  expect([red?.startsWith("red"), two]).toEqual([true, "a\nb"]);
  expect(JSON.stringify(log)).not.toMatch(/\\u001b|\\u0000|\\ud800/);
});

it("reads lines of megabytes few at a time", async () => {
  const hub = await startWithPrefect();
  const flow_run_id = write(
    hub,
    Array.from({ length: 8 }, (_, i) => `${i}${"y".repeat(4_000_000)}`),
  );
  const log = await read(hub, { flow_run_id });
  expect(messages(log).map((message) => message[0])).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]);
});

it("shows where in a long line the text is", async () => {
  const hub = await startWithPrefect();
  const flow_run_id = write(hub, [`${"a".repeat(30_000)} needle ${"b".repeat(30_000)}`]);
  expect(messages(await read(hub, { flow_run_id, contains: "needle" }))[0]).toContain("a needle b");
});

it("masks secrets, and finds none by searching", async () => {
  const hub = await startWithPrefect();
  const flow_run_id = write(hub, [
    "clone https://bot:canary-secret-1@git.example.com/x",
    "Authorization: Bearer canary-2-abcdefghijkl",
  ]);
  expect(JSON.stringify(await read(hub, { flow_run_id }))).not.toContain("canary");
  expect(await read(hub, { flow_run_id, contains: "canary-secret" })).toMatchObject({ total: 0 });
});
