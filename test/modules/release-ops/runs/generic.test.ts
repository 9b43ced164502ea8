// A free command is judged as the tool that is made for it: what hides a failure, what it changes, what it makes stale.
import { afterEach, expect, it } from "vitest";
import { closing } from "../stubs.ts";

const open = closing(afterEach);
const R = { release: "4.19.1" };

it("exit 0 hides no failure of a free command either, and its verdict is told", async () => {
  const hub = await open({ stubs: { oar: "console.log('No APITOKEN env var found, exit...')" } });
  const failed = await hub.call("oar_run_command", { ...R, command: "image-consistency-check" });
  expect(failed.text).toBe("✗ Command failed (exit code 0)\n\nNo APITOKEN env var found, exit...");
  expect(failed.structured).toMatchObject({ reason: "fail_on", exit_code: 0, ok: false });
  await hub.stub("oar", "console.error('INFO: task [Stage Testing] status is changed to [Fail]')");
  const verdict = await hub.call("oar_run_command", { ...R, command: "stage-testing", args: "-n 5" });
  expect(verdict.structured).toMatchObject({ ok: true, verdict: "Fail" });
  await hub.stub("jobctl", "console.error('2025-11-28T06:19:44Z: ERROR: cannot find job name x')");
  const args = "--build 4.19.0-rc.1 --job-name x --current-job-id 1 --new-job-id 2";
  const update = await hub.call("jobctl_run_command", { command: "update-retried-job-run", args });
  expect(update.structured).toMatchObject({ reason: "fail_on" });
});

it("read_only: strict refuses a free command that has effects, though it reads", async () => {
  const hub = await open({ catalog: "version: 1\npolicy: { read_only: strict }\n" });
  const answer = await hub.call("oar_run_command", { ...R, command: "image-signed-check" });
  expect([answer.isError, answer.text]).toEqual([true, expect.stringContaining("statebox")]);
  expect(await hub.calls()).toEqual([]);
});

it("a free command makes stale what the tool made for it does, of its release alone", async () => {
  const hub = await open({ stubs: { python3: "console.log(JSON.stringify({ release: argv[3] }))" } });
  const metadata = async (release: string) =>
    (await hub.call("oar_get_release_metadata", { release })).structured["cached"];
  await metadata("4.19.1");
  await metadata("4.18.1");
  await hub.call("oar_run_command", { ...R, command: "take-ownership", args: "-e a@b.org" });
  expect([await metadata("4.19.1"), await metadata("4.18.1")]).toEqual([false, true]);
});

it("a free command that needs a variable says so before it starts", async () => {
  const hub = await open({ env: { APITOKEN: "" } });
  const answer = await hub.call("oar_run_command", { ...R, command: "image-consistency-check" });
  expect([answer.isError, answer.text]).toEqual([true, expect.stringContaining("APITOKEN")]);
  expect(await hub.calls()).toEqual([]);
});
