// What never runs, and what waits.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { closing, CREDENTIALS } from "../stubs.ts";
import { ANONYMOUS } from "../../../../src/core/context.ts";

const open = closing(afterEach);
const R = { release: "4.19.1" };

it("arguments that are not clean are refused by name before anything starts", async () => {
  const hub = await open();
  for (const release of ["4.19", "4.19.1;id", "-V", "--help", "4.19.1\n", "../x", "4".repeat(10_000)]) {
    const answer = await hub.call("oar_image_signed_check", { release });
    expect([answer.isError, answer.text]).toEqual([true, expect.stringContaining("release")]);
  }
  expect(await hub.calls()).toEqual([]);
  expect((await hub.call("oar_image_signed_check", { release: "4.19.0-rc.1" })).isError).toBe(false);
});

it("a critical command shows what it would run until it is confirmed, and policy.confirm: off lets it through", async () => {
  const hub = await open();
  for (const confirm of [undefined, "4.19.2", ""]) {
    const refused = await hub.call("oar_push_to_cdn_staging", { ...R, ...(confirm === undefined ? {} : { confirm }) });
    expect(refused.isError).toBe(true);
    expect(refused.text).toContain("oar -r 4.19.1 push-to-cdn-staging");
    expect(refused.text).toContain('confirm="4.19.1"');
    expect(refused.structured).toMatchObject({ code: "CONFIRMATION_REQUIRED", ok: false });
    expect(refused.structured["preview"]).toEqual(["oar", "-r", "4.19.1", "push-to-cdn-staging"]);
  }
  expect(await hub.calls()).toEqual([]);
  expect((await hub.call("oar_push_to_cdn_staging", { ...R, confirm: "4.19.1" })).isError).toBe(false);
  const seedLike = await open({ catalog: "version: 1\npolicy: { confirm: off }\n" });
  expect((await seedLike.call("oar_push_to_cdn_staging", R)).isError).toBe(false);
});

it("a critical command of a generic tool needs the release once more", async () => {
  const hub = await open();
  const push = { ...R, command: "push-to-cdn-staging" };
  expect((await hub.call("oar_run_command", push)).text).toContain('confirm="4.19.1"');
  expect((await hub.call("oar_run_command", { ...push, confirm: "4.19.1" })).isError).toBe(false);
  expect((await hub.calls()).map(({ argv }) => argv)).toEqual([["-r", "4.19.1", "push-to-cdn-staging"]]);
});

it("without ALLOW_WRITES a tool that also reads is there and refuses what writes; others say that they write", async () => {
  const hub = await open({ env: { ALLOW_WRITES: "prefect" } });
  const access = (name: string) => hub.registry.find(name)?.tool.access;
  expect([access("oar_stage_testing"), access("oar_run_command"), access("oarctl_jira_notificator")]).toEqual([
    "read",
    "read",
    "read",
  ]);
  expect([access("oar_take_ownership"), access("jobctl_run_command"), access("oar_drop_bugs")]).toEqual([
    "write",
    "write",
    "destructive",
  ]);
  expect((await hub.call("oar_stage_testing", { ...R, build_number: 7 })).isError).toBe(false);
  const refused = await hub.call("oar_stage_testing", R);
  expect([refused.isError, refused.text]).toEqual([true, expect.stringContaining("ALLOW_WRITES=release-ops")]);
  const generic = await hub.call("oar_run_command", { ...R, command: "update-bug-list" });
  expect(generic.text).toContain("ALLOW_WRITES=release-ops");
  expect((await hub.call("oar_run_command", { ...R, command: "image-signed-check" })).isError).toBe(false);
  expect((await hub.calls()).length).toBe(2);
});

it("read_only: on leaves writes out and says why; strict also leaves out what has effects", async () => {
  const on = await open({ catalog: "version: 1\npolicy: { read_only: on }\n" });
  expect(on.registry.find("oar_push_to_cdn_staging")).toBeUndefined();
  expect(on.running.absent?.["oar_push_to_cdn_staging"]).toContain("read_only");
  expect((await on.call("oar_stage_testing", R)).text).toContain("read_only: on");
  expect((await on.call("oar_image_signed_check", R)).isError).toBe(false);
  const strict = await open({ catalog: "version: 1\npolicy: { read_only: strict }\n" });
  expect(strict.registry.find("oar_image_signed_check")).toBeUndefined();
  expect(strict.registry.find("oar_get_issues")).toBeDefined();
});

it("a variable that is missing is named, and nothing starts", async () => {
  const hub = await open({ env: { JIRA_TOKEN: "", APITOKEN: "" } });
  const answer = await hub.call("oar_image_consistency_check", { ...R, job_id: "1" });
  expect([answer.isError, answer.text]).toEqual([true, expect.stringMatching(/JIRA_TOKEN, APITOKEN/)]);
  expect(answer.text).not.toContain("canary");
  expect(await hub.calls()).toEqual([]);
  expect(hub.running.health?.()["missing_env"]).toEqual(["JIRA_TOKEN"]);
  expect(await hub.running.check(new AbortController().signal)).toMatchObject({ ok: false });
  expect((await hub.call("job_run", { job_name: "p", payload: "q" })).isError).toBe(false);
});

it("only listed commands and programs are taken, and the refusal lists them", async () => {
  const hub = await open();
  expect((await hub.call("oar_run_command", { ...R, command: "nope" })).text).toMatch(/allowed: .*stage-testing/);
  expect((await hub.call("get_command_help", { cli: "bash" })).text).toContain("oar, oarctl, job, jobctl");
  expect((await hub.call("get_command_help", { cli: "oar", command: "--version" })).isError).toBe(true);
  expect(await hub.calls()).toEqual([]);
});

it("so many run at once, in order, so many wait, and the next is told to come back", async () => {
  const hub = await open({
    env: { MCP_THREAD_POOL_SIZE: "2" },
    stubs: { job: "await sleep(400); console.log(argv[1])" },
    catalog: "version: 1\npolicy: { queue: { max: 2, wait: 30s } }\n",
  });
  const names = ["a", "b", "c", "d", "e"];
  const answers = await Promise.all(names.map((job_name) => hub.call("job_run", { job_name, payload: "p" })));
  expect(answers.map(({ isError }) => isError).filter(Boolean)).toHaveLength(1);
  const refused = answers.find(({ isError }) => isError)!;
  expect(refused.text).toContain("busy, retry in 30 s");
  expect(refused.structured).toMatchObject({ code: "BUSY" });
  expect(answers.map(({ structured }) => Number(structured["queue_ms"] ?? 0) > 200).filter(Boolean)).toHaveLength(2);
});

it("50 calls at once have each their own lines, and never more than the limit run", async () => {
  const hub = await open({
    env: { MCP_THREAD_POOL_SIZE: "8" },
    stubs: {
      job: "const t0=Date.now(); for (let i=0;i<50;i++) { console.log(argv[1]); await sleep(1); } console.log(t0, Date.now())",
    },
  });
  const names = Array.from({ length: 50 }, (_, i) => `job-${i}`);
  const answers = await Promise.all(names.map((job_name) => hub.call("job_run", { job_name, payload: "p" })));
  const spans = answers.map(({ text, isError }, i) => {
    const lines = text.split("\n").slice(2);
    expect([isError, lines.slice(0, -1)]).toEqual([false, Array(50).fill(names[i])]);
    return lines.at(-1)!.split(" ").map(Number) as [number, number];
  });
  const atOnce = spans.map(([start]) => spans.filter(([from, to]) => from <= start && start < to).length);
  expect(Math.max(...atOnce)).toBeLessThanOrEqual(8);
}, 60_000);

it("commands on one release never overlap, those on others do", async () => {
  const hub = await open({ stubs: { oar: "const t0 = Date.now(); await sleep(600); console.log(t0, Date.now())" } });
  const ask = async (release: string) => {
    const { structured } = await hub.call("oar_image_signed_check", { release });
    return String(structured["output"]).split(" ").map(Number) as [start: number, end: number];
  };
  const [one, two, other] = await Promise.all([ask("4.19.1"), ask("4.19.1"), ask("4.18.1")]);
  const [first, second] = one[0] < two[0] ? [one, two] : [two, one];
  expect(second[0]).toBeGreaterThanOrEqual(first[1]);
  expect(other[0]).toBeLessThan(second[0]);
});

it("waiting has an end, and says for what it waited", async () => {
  const hub = await open({
    stubs: { oar: "await sleep(1500)" },
    catalog: "version: 1\npolicy: { queue: { max: 9, wait: 100ms } }\n",
  });
  const answers = await Promise.all([1, 2].map(() => hub.call("oar_image_signed_check", R)));
  const texts = answers.map(({ text }) => text).toSorted();
  expect(texts).toEqual(["✓ Command succeeded", expect.stringContaining("another command on release:4.19.1 runs")]);
});

it("a caller who leaves while it waits runs nothing, and while it runs ends the command", async () => {
  const hub = await open({ stubs: { oar: "await sleep(20000)" } });
  const [first, second] = [new AbortController(), new AbortController()];
  const running = hub.call("oar_image_signed_check", R, { signal: first.signal });
  await expect.poll(async () => (await hub.calls()).length).toBe(1);
  const waiting = hub.call("oar_image_signed_check", R, { signal: second.signal });
  second.abort();
  expect((await waiting).isError).toBe(true);
  first.abort();
  expect((await running).isError).toBe(true);
  await hub.stub("oar", "");
  expect((await hub.call("oar_image_signed_check", R)).isError).toBe(false);
  expect((await hub.calls()).length).toBe(2);
});

it("an audit line stands in the file before and after each run, without secrets", async () => {
  const hub = await open({ catalog: "version: 1\npolicy: { audit: { file: FOLDER/audit.jsonl } }\n" });
  await hub.call(
    "job_run",
    { job_name: "p", payload: CREDENTIALS.APITOKEN },
    { caller: { ...ANONYMOUS, name: "eve" }, client: { name: "cursor", version: "3.1", session: "s-1" } },
  );
  const text = await readFile(join(hub.folder, "audit.jsonl"), "utf8");
  const [before, after] = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(before).toMatchObject({ event: "start", caller: "eve", door: "internal", tool: "job_run", risk: "write" });
  for (const line of [before, after]) {
    expect(line.client).toEqual({ name: "cursor", version: "3.1", session: "s-1" });
  }
  expect(before.argv).toEqual(["run", "p", "--payload", "***"]);
  expect(before.call_id).toMatch(/^[0-9a-f-]{36}$/); // that of the hub's own log and audit
  expect(after.call_id).toBe(before.call_id);
  expect(after).toMatchObject({ event: "end", run_id: before.run_id, exit: 0, reason: "exit", ok: true });
  expect(text).not.toContain(CREDENTIALS.APITOKEN);
});

it("the intent is written before the command starts", async () => {
  const hub = await open({
    stubs: { job: "console.log(require('node:fs').readFileSync(__dirname + '/../audit.jsonl', 'utf8').trim())" },
    catalog: "version: 1\npolicy: { audit: { file: FOLDER/audit.jsonl, args: none } }\n",
  });
  const { structured } = await hub.call("job_run", { job_name: "p", payload: "q" });
  const seen = JSON.parse(String(structured["output"]));
  expect(seen).toMatchObject({ event: "start", run_id: structured["run_id"] });
  expect(seen).not.toHaveProperty("argv");
});
