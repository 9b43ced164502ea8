// Black-box checks over HTTP and with both runners: what is offered, what a program is given,
// and what comes back of it. The numbers are those of the section.
import { chmod, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { closing, RUNNERS } from "./ground.ts";

const R = { release: "4.19.1" };

describe.each(RUNNERS)("with the %s runner", (runner) => {
  const open = closing(afterEach, runner);

  test("(0) every program really runs on it", async () => {
    const hub = await open();
    for (const [name, args] of [
      ["oar_image_signed_check", R],
      ["oarctl_jira_notificator", {}],
      ["job_run", { job_name: "p", payload: "q" }],
      ["jobctl_start_aggregator", {}],
      ["oar_get_release_status", R],
    ] as const) {
      expect((await hub.call(name, args)).isError, name).toBe(false);
    }
    const { runners } = await hub.health();
    const { spawn: _, ...zygotes } = runners;
    const states = Object.entries<{ state: string; fallbackCalls: number }>(zygotes);
    expect(states.map(([, { state, fallbackCalls }]) => [state, fallbackCalls])).toEqual(states.map(() => ["warm", 0]));
    expect(states.length > 0).toBe(runner === "zygote");
  });

  test("(2) argv arrives byte for byte, each value in its own element", async () => {
    const hub = await open();
    const odd = `--it's "quoted" $(id) \`id\` %s \\n * ; && | > < ~ {a,b} ! # Ä 日本 🚀 =  two  spaces `;
    await hub.call("oar_add_issue", {
      ...R,
      issue: odd,
      blocker: false,
      related_tasks: "stage-testing, take-ownership",
    });
    await hub.call("oar_update_task_status", { ...R, task_name: "stage-testing", status: "In Progress", result: "-" });
    await hub.call("oar_check_cve_tracker_bug", R);
    await hub.call("oar_image_consistency_check", { ...R, build_number: 7 });
    await hub.call("jobctl_start_controller", { release: "4.19", trigger_prow_job: false, nightly: "False" });
    await hub.call("oar_run_command", {
      ...R,
      command: "change-advisory-status",
      args: "--status='x:y'",
      confirm: "4.19.1",
    });
    expect((await hub.calls()).map(({ name, argv }) => [name, ...argv])).toEqual([
      [
        "bridge",
        "add-issue",
        "--release",
        "4.19.1",
        `--issue=${odd}`,
        "--no-blocker",
        "--related-tasks=stage-testing,take-ownership",
      ],
      ["bridge", "update-task", "--release", "4.19.1", "--task=stage-testing", "--status=In Progress", "--result=-"],
      ["oar", "-r", "4.19.1", "check-cve-tracker-bug", "--no-notify"],
      ["oar", "-r", "4.19.1", "image-consistency-check", "-i", "7"],
      ["jobctl", "start-controller", "-r", "4.19", "--no-nightly", "--trigger-prow-job", "False", "--arch", "amd64"],
      ["oar", "-r", "4.19.1", "change-advisory-status", "--status=x:y"],
    ]);
  });

  test("(3) a failure has ✗, its code and its output, or Unknown error", async () => {
    const hub = await open({ stubs: { oar: "sys.stderr.write('boom\\n'); sys.exit(3)" } });
    const boom = await hub.call("oar_image_signed_check", R);
    expect([boom.text, boom.isError]).toEqual(["✗ Command failed (exit code 3)\n\nboom", true]);
    expect(boom.structured).toMatchObject({ ok: false, exit_code: 3, signal: null, reason: "exit" });
    await hub.stub("oar", "sys.exit(3)");
    expect((await hub.call("oar_image_signed_check", R)).text).toBe("✗ Command failed (exit code 3)\n\nUnknown error");
    await hub.stub("oar", "sys.exit('no such release')");
    expect((await hub.call("oar_image_signed_check", R)).text).toBe(
      "✗ Command failed (exit code 1)\n\nno such release",
    );
    await hub.stub("oar", "os.kill(os.getpid(), signal.SIGSEGV)");
    const killed = await hub.call("oar_image_signed_check", R);
    expect(killed.text).toBe("✗ Command failed (exit code -11)\n\nUnknown error");
    expect(killed.structured).toMatchObject({ exit_code: null, signal: "SIGSEGV", reason: "exit" });
  });

  test("(4) stdout and stderr come in the order in which they were written", async () => {
    const hub = await open({ stubs: { oar: "for n in range(300): os.write(1 + n % 2, b'line %d\\n' % n)" } });
    const { text } = await hub.call("oar_image_signed_check", R);
    expect(text).toBe(`✓ Command succeeded\n\n${Array.from({ length: 300 }, (_, n) => `line ${n}`).join("\n")}`);
  });

  test("(5, 7) what is not clean or not listed is refused by name, and nothing starts", async () => {
    const hub = await open();
    for (const release of [
      "4.19",
      "4.19.1;id",
      "-V",
      "--help",
      "4.19.1\n",
      "../x",
      "4".repeat(10_240),
      "4.19.1\0",
      "４.19.1",
    ]) {
      const { isError, text } = await hub.call("oar_image_signed_check", { release });
      expect([release, isError, text]).toEqual([release, true, expect.stringContaining("release")]);
      const free = await hub.call("oar_run_command", { release, command: "image-signed-check" });
      expect([release, free.isError, free.text]).toEqual([release, true, expect.stringContaining("release")]);
    }
    expect((await hub.call("oar_run_command", { ...R, command: "nope" })).text).toMatch(
      /allowed: create-test-report, /,
    );
    expect((await hub.call("get_command_help", { cli: "bash" })).text).toMatch(/oar, oarctl, job, jobctl/);
    expect((await hub.call("oar_image_signed_check", { ...R, releese: "x" })).text).toContain("releese");
    expect(await hub.calls()).toEqual([]);
    expect((await hub.call("oar_image_signed_check", { release: "4.19.0-rc.1" })).isError).toBe(false);
  });

  test("(6) no shell ever reads an argument", async () => {
    const hub = await open();
    const canary = join(hub.folder, "canary");
    const hostile = [
      `; touch ${canary}`,
      `$(touch ${canary})`,
      `\`touch ${canary}\``,
      `| touch ${canary}`,
      `&& touch ${canary} #`,
    ];
    for (const issue of hostile) await hub.call("oar_add_issue", { ...R, issue });
    for (const words of hostile)
      await hub.call("oar_run_command", { ...R, command: "image-consistency-check", args: ["-i", words] });
    await expect(readFile(canary)).rejects.toThrow(/ENOENT/);
    const seen = (await hub.calls()).map(({ argv }) => argv.find((word) => word.startsWith("--issue=")));
    expect(seen).toEqual(hostile.map((issue) => `--issue=${issue}`));
  });

  test("(13) no byte that is not text reaches the wire", async () => {
    const hub = await open({ stubs: { oar: "sys.stdout.buffer.write(os.urandom(1 << 20))" } });
    const binary = await hub.call("oar_image_signed_check", R);
    expect(binary.text).toMatch(/^✓ Command succeeded\n\n\[binary output: 1048576 bytes, sha256 [0-9a-f]{64}\]$/);
    await hub.stub(
      "oar",
      String.raw`sys.stdout.buffer.write(b"\x1b[31mred\x1b[0m\x00 caf\xe9 \x1b]0;t\x07 a\xff\xfeb, plain text\n" * 2000)`,
    );
    const cleaned = await hub.call("oar_image_signed_check", R);
    expect(cleaned.text).toContain("red caf\uFFFD  a\uFFFD\uFFFDb, plain text");
    for (const { wire, structured } of [binary, cleaned]) {
      expect(JSON.stringify(structured)).not.toMatch(/\\u001b|\\u0000|\\u0007/);
      for (const control of ["\\u001b", "\\u001B", "\\u0000", "\u001b", "\0"]) expect(wire).not.toContain(control);
      expect(Buffer.from(wire, "utf8").toString("utf8")).toBe(wire);
    }
  });

  test("(15) a program that is missing, not executable or gone fails alone, and /health names it", async () => {
    const hub = await open();
    const path = join(hub.folder, "bin/oar");
    await chmod(path, 0o644);
    const plain = await hub.call("oar_image_signed_check", R);
    expect(plain.text).toMatch(/^✗ Command failed \(exit code -1\)\n\noar: not found.*not executable/);
    expect([plain.isError, plain.structured["reason"], plain.structured["exit_code"]]).toEqual([
      true,
      "spawn_error",
      null,
    ]);
    await chmod(path, 0o755);
    expect((await hub.call("oar_image_signed_check", R)).isError).toBe(false);
    await rm(path);
    expect((await hub.call("oar_image_signed_check", R)).structured).toMatchObject({ reason: "spawn_error" });
    await expect.poll(async () => (await hub.health())["missing_programs"]).toEqual(["oar"]);
    expect((await hub.health())["programs"]["oar"]["exec"]).toContain("not found");
    expect((await hub.call("job_run", { job_name: "p", payload: "q" })).isError).toBe(false);
    expect((await hub.calls()).map(({ name }) => name)).toEqual(["oar", "job"]);
  });

  test("(19) exit 0 hides no failure, and a verdict is told", async () => {
    const hub = await open({ stubs: { job: "print('No APITOKEN env var found, exit...')" } });
    const hidden = await hub.call("job_run", { job_name: "p", payload: "q" });
    expect([hidden.text, hidden.isError]).toEqual([
      "✗ Command failed (exit code 0)\n\nNo APITOKEN env var found, exit...",
      true,
    ]);
    expect(hidden.structured).toMatchObject({ ok: false, exit_code: 0, reason: "fail_on" });
    const line = "2025-11-28T06:19:44Z: INFO: task [CVE Tracker] status is changed to [Fail]";
    await hub.stub("oar", `sys.stderr.write(${JSON.stringify(line)} + "\\n")`);
    const verdict = await hub.call("oar_check_cve_tracker_bug", R);
    expect(verdict.text).toBe(`✓ Command succeeded\n\n${line}`);
    expect([verdict.isError, verdict.structured["ok"], verdict.structured["verdict"]]).toEqual([false, true, "Fail"]);
  });

  test("(19) a critical command runs once it is confirmed, and never before", async () => {
    const hub = await open();
    for (const confirm of [undefined, "", "4.19.2", "true", null]) {
      const refused = await hub.call("oar_push_to_cdn_staging", {
        ...R,
        ...(confirm === undefined ? {} : { confirm }),
      });
      expect([refused.isError, refused.text]).toEqual([
        true,
        expect.stringContaining("oar -r 4.19.1 push-to-cdn-staging"),
      ]);
    }
    expect(await hub.calls()).toEqual([]);
    expect((await hub.call("oar_push_to_cdn_staging", { ...R, confirm: "4.19.1" })).isError).toBe(false);
    expect(await hub.calls()).toHaveLength(1);
  });

  test("(19) read_only: on hides and refuses what writes", async () => {
    const hub = await open({ catalog: "version: 1\npolicy: { read_only: on }\n" });
    const names = (await hub.list()).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["oar_image_signed_check", "oar_stage_testing", "oar_get_issues"]));
    for (const name of [
      "oar_push_to_cdn_staging",
      "oar_take_ownership",
      "job_run",
      "jobctl_run_command",
      "oar_add_issue",
    ])
      expect(names).not.toContain(name);
    await expect(hub.call("oar_take_ownership", { ...R, email: "a@b.org" })).rejects.toThrow(/oar_take_ownership/);
    expect((await hub.call("oar_stage_testing", R)).text).toContain("read_only");
    expect(await hub.calls()).toEqual([]);
  });

  test("the program sees the listed variables alone, and no secret comes out, whatever it is cut into", async () => {
    const hub = await open({
      stubs: {
        oar: "for c in 'token ' + os.environ['JIRA_TOKEN'] + '\\n': os.write(1, c.encode()); time.sleep(0.002)",
      },
    });
    const { text, wire } = await hub.call("oar_image_signed_check", R);
    expect(text).toBe("✓ Command succeeded\n\ntoken ***");
    expect(wire).not.toContain("jira-canary");
    const [{ env, cwd } = { env: {}, cwd: "" }] = await hub.calls();
    expect(env).not.toHaveProperty("HUB_ONLY");
    expect(env).not.toHaveProperty("RELEASE_OPS_CATALOG");
    expect(cwd).toMatch(/ops-run-/);
  });
});
