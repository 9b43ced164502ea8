// What a caller is answered: the seed's texts byte for byte, and the facts beside them.
import { chmod, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { closing, CREDENTIALS } from "../stubs.ts";

const open = closing(afterEach);
const R = { release: "4.19.1" };

it("a command that ends well is answered with ✓ and its trimmed output", async () => {
  const hub = await open({ stubs: { oar: "console.log('\\n one\\ntwo \\n\\n'); console.error('three')" } });
  const answer = await hub.call("oar_image_signed_check", R);
  expect(answer.text).toBe("✓ Command succeeded\n\none\ntwo \n\n\nthree");
  expect(answer.isError).toBe(false);
  expect(answer.structured).toMatchObject({ ok: true, exit_code: 0, signal: null, reason: "exit", verdict: null });
  expect(answer.structured).toMatchObject({
    truncated: false,
    cached: false,
    age_s: 0,
    output: "one\ntwo \n\n\nthree",
  });
  expect(Object.keys(answer.structured)).toEqual(
    expect.arrayContaining(["run_id", "duration_ms", "stdout_bytes", "stderr_bytes", "queue_ms"]),
  );
});

it("a command without output is answered with the bare header", async () => {
  const hub = await open();
  expect((await hub.call("oar_image_signed_check", R)).text).toBe("✓ Command succeeded");
});

it("a command that fails is answered with ✗, its exit code and its output, or Unknown error", async () => {
  const hub = await open({ stubs: { oar: "console.error('boom'); process.exitCode = 3" } });
  const failed = await hub.call("oar_image_signed_check", R);
  expect(failed.text).toBe("✗ Command failed (exit code 3)\n\nboom");
  expect(failed.isError).toBe(true);
  expect(failed.structured).toMatchObject({ status: "error", ok: false, exit_code: 3, reason: "exit", output: "boom" });
  await hub.stub("oar", "process.exit(3)");
  expect((await hub.call("oar_image_signed_check", R)).text).toBe("✗ Command failed (exit code 3)\n\nUnknown error");
});

it("a command that a signal ends has that signal's number, negative", async () => {
  const hub = await open({ stubs: { oar: "process.kill(process.pid, 'SIGKILL')" } });
  const answer = await hub.call("oar_image_signed_check", R);
  expect(answer.text).toBe("✗ Command failed (exit code -9)\n\nUnknown error");
  expect(answer.structured).toMatchObject({ exit_code: null, signal: "SIGKILL", reason: "exit" });
});

it("a timeout says so as the seed did and keeps what was written before", async () => {
  const hub = await open({
    stubs: { oar: "console.log('so far'); await sleep(60000)" },
    catalog: `
version: 1
programs: { slow: { exec: oar } }
tools: { slow: { description: Slow., program: slow, risk: read, timeout: 3s, kill_grace: 1s } }
`,
  });
  const answer = await hub.call("slow");
  expect(answer.text).toBe("✗ Command failed (exit code -1)\n\nCommand timed out after 3 seconds\n\nso far");
  expect(answer.structured).toMatchObject({ reason: "timeout", exit_code: null, signal: "SIGTERM" });
});

it("a program that is missing, not executable or deleted fails in a sentence, and the others go on", async () => {
  const hub = await open();
  await rm(join(hub.folder, "bin/oar"));
  const missing = await hub.call("oar_image_signed_check", R);
  expect(missing.text).toBe("✗ Command failed (exit code -1)\n\noar: not found on the hub's PATH, or not executable");
  expect(missing.structured).toMatchObject({ reason: "spawn_error", exit_code: null, ok: false });
  await hub.stub("oar", "");
  expect((await hub.call("oar_image_signed_check", R)).isError).toBe(false);
  await chmod(join(hub.folder, "bin/oar"), 0o644);
  expect((await hub.call("oar_image_signed_check", R)).structured).toMatchObject({ reason: "spawn_error" });
  hub.running.health?.();
  await expect.poll(() => hub.running.health?.()["missing_programs"]).toEqual(["oar"]);
  expect((await hub.call("job_run", { job_name: "p", payload: "q" })).isError).toBe(false);
});

it("exit 0 is no success when the output says so, and a verdict is told", async () => {
  const hub = await open({ stubs: { oar: "console.log('No APITOKEN env var found, exit...')" } });
  const check = { ...R, job_id: "7" };
  const failed = await hub.call("oar_image_consistency_check", check);
  expect(failed.text).toBe("✗ Command failed (exit code 0)\n\nNo APITOKEN env var found, exit...");
  expect(failed.structured).toMatchObject({ reason: "fail_on", exit_code: 0, ok: false });
  await hub.stub(
    "oar",
    "console.log('task [A] status is changed to [Pass]'); console.error('task [A] status is changed to [Fail]')",
  );
  const verdict = await hub.call("oar_image_consistency_check", check);
  expect(verdict.text).toMatch(/^✓ Command succeeded\n\n/);
  expect(verdict.structured).toMatchObject({ ok: true, verdict: "Fail" });
});

it("what means failure counts also where the output is cut", async () => {
  const body =
    "const l='x'.repeat(999)+'\\n'; for (let i=0;i<3000;i++) { process.stdout.write(l); if (i===1500) console.log('T: ERROR: bad') }";
  const hub = await open({ stubs: { oar: body } });
  const answer = await hub.call("oar_create_test_report", R);
  expect(answer.structured).toMatchObject({ reason: "fail_on", truncated: true });
  expect(Buffer.byteLength(answer.text)).toBeLessThanOrEqual(24 * 1024);
  expect(answer.text).toMatch(/bytes left out here/);
});

it("a JSON tool answers with the very JSON that was printed, and its data beside", async () => {
  const json = '{"release": "4.19.1", "advisories": {"rpm": 1}, "release_date": ""}';
  const hub = await open({ stubs: { python3: `console.error('noise'); console.log(${JSON.stringify(json)})` } });
  const answer = await hub.call("oar_get_release_metadata", R);
  expect(answer.text).toBe(json);
  expect(answer.structured).toMatchObject({ ok: true, data: JSON.parse(json) });
  const [call] = await hub.calls();
  expect(call!.argv.slice(1)).toEqual(["metadata", "--release", "4.19.1"]);
  expect(call!.argv[0]).toMatch(/\/helpers\/oar_bridge\.py$/);
});

it("a JSON tool's failure is JSON too, and isError whatever the exit code", async () => {
  const said = '{"success": false, "error": "no such task", "release": "4.19.1"}';
  const hub = await open({ stubs: { python3: `console.log(${JSON.stringify(said)})` } });
  const answer = await hub.call("oar_get_release_status", R);
  expect([answer.isError, answer.text]).toEqual([true, said]);
  expect(answer.structured).toMatchObject({ ok: false, reason: "fail_on", data: { error: "no such task" } });
  await hub.stub("python3", "console.error('Traceback: boom'); process.exit(1)");
  const broken = await hub.call("oar_get_release_status", R);
  expect(JSON.parse(broken.text)).toEqual({ success: false, error: "Traceback: boom", exit_code: 1 });
  await hub.stub("python3", "console.log('not json')");
  expect(JSON.parse((await hub.call("oar_get_release_status", R)).text).error).toMatch(/printed no JSON/);
  const refused = JSON.parse(
    (await hub.call("oar_get_task_blocker", { release: "x", task_name: "stage-testing" })).text,
  );
  expect(refused).toEqual({ success: false, error: expect.stringContaining("release") }); // readers look at either
});

it("a large JSON answer stays JSON within the budget", async () => {
  const hub = await open({
    stubs: {
      python3:
        "console.log(JSON.stringify({ tasks: Array.from({length: 9}, (_, i) => ({ name: 't' + i, result: 'é'.repeat(9000) })) }))",
    },
  });
  const answer = await hub.call("oar_get_release_status", R);
  expect(Buffer.byteLength(answer.text)).toBeLessThanOrEqual(24 * 1024);
  const { tasks } = JSON.parse(answer.text);
  expect(tasks).toHaveLength(9);
  expect(tasks[0].result).toMatch(/characters cut\]$/);
});

it("the program sees the listed variables alone, in an empty folder that goes with it, and no secret comes out", async () => {
  const { GITHUB_TOKEN, JIRA_TOKEN } = CREDENTIALS;
  const hub = await open({
    stubs: { oar: "const { env } = process; console.log(env.JIRA_TOKEN, env.GITHUB_TOKEN, env.HTTPS_PROXY)" },
    env: { HTTPS_PROXY: "http://me:proxy-canary@proxy:3128" },
  });
  const answer = await hub.call("oar_image_signed_check", R);
  expect(answer.text).toBe("✓ Command succeeded\n\n*** *** http://me:***@proxy:3128");
  const [call] = await hub.calls();
  expect(call!.env).toMatchObject({ GITHUB_TOKEN, JIRA_TOKEN });
  expect(Object.keys(call!.env)).not.toContain("HUB_ONLY");
  expect(Object.keys(call!.env)).not.toContain("ALLOW_WRITES");
  expect(call!.cwd).toMatch(/ops-run-/);
  await expect.poll(() => readdir(tmpdir())).not.toContain(basename(call!.cwd));
});
