// What cannot be read through kubernetes-mcp-server is told, and never thrown; what it says is never trusted.
import { describe, expect, it } from "vitest";
import { ToolFailure } from "../../../../src/core/failure.ts";
import { createRedactor } from "../../../../src/core/redact.ts";
import { createMcpEvidence } from "../../../../src/modules/upstream/evidence/index.ts";
import { readList } from "../../../../src/modules/upstream/evidence/lists.ts";
import { readYamlList } from "../../../../src/modules/upstream/evidence/yaml.ts";
import { kubernetesMcp, type KubernetesMcpOptions } from "../../../support/kubernetes-mcp.ts";
import { fakePort, type FakePort } from "../../../support/tool-table.ts";
import { exited, lines, pod } from "../../kubernetes/ground.ts";
import { event, failedTask, OWN_SECRET, pipelineRun, useScene } from "../../kubernetes/failure/scene.ts";

const scene = useScene();
const signal = new AbortController().signal;
const quick = { pausesMs: [1] };
const WEB = { namespace: "shop", podName: "web-1" };

function start(options: KubernetesMcpOptions = {}) {
  const port = fakePort("openshift", kubernetesMcp(scene.cluster, options));
  const redactor = createRedactor({ exact: () => [OWN_SECRET] });
  return { port, source: createMcpEvidence(port, { clock: scene.clock, redactor, limits: quick }) };
}

function failWeb(): void {
  scene.put(
    pod({ name: "web-1", phase: "Failed", containers: [{ name: "app", state: exited(2) }, { name: "proxy" }] }),
  );
  scene.cluster.logs.set("shop/web-1/app", lines("starting", "fatal: no database"));
  scene.put(event("Pod/web-1", { count: 7 }));
}

function without(port: FakePort, ...names: string[]): void {
  port.table = Object.fromEntries(Object.entries(port.table).filter(([name]) => !names.includes(name)));
}

function answers(port: FakePort, tool: string, text: string): void {
  const original = port.table[tool];
  if (original === undefined) throw new Error(`no ${tool}`);
  port.table = { ...port.table, [tool]: { ...original, run: () => ({ text }) } };
}

describe("evidence through kubernetes-mcp-server", () => {
  it("reads the container that failed, and only that", async () => {
    failWeb();
    const { port, source } = start();
    const evidence = await source.collect(WEB, signal);
    expect(evidence).toMatchObject({
      cluster: "openshift",
      pod: { name: "web-1", phase: "Failed" },
      chosen: { container: "app" },
      logs: [{ container: "app", text: "starting\nfatal: no database" }],
      events: [{ object: "Pod/web-1", count: 1, last_at: "2026-11-25T11:00:00Z" }],
      problems: [],
    });
    const [log] = port.calls.filter(({ tool }) => tool === "pods_log");
    expect(log?.args).toEqual({ namespace: "shop", name: "web-1", container: "app", tail: 5_000 });
  });

  it("shows no environment, and no secret in a log, a message or a failure", async () => {
    const failed = pod({
      name: "web-1",
      containers: [{ name: "app", state: exited(1, undefined, { message: `cannot log in with ${OWN_SECRET}` }) }],
    });
    const [container] = (failed["spec"] as { containers: Record<string, unknown>[] }).containers;
    Object.assign(container ?? {}, { env: [{ name: "MODE", value: "env-canary" }] });
    scene.put(failed);
    scene.cluster.logs.set("shop/web-1/app", lines(`token ${OWN_SECRET}`, "password=hunter2hunter2"));
    const { source } = start();
    const evidence = await source.collect(WEB, signal);
    expect(JSON.stringify(evidence)).not.toMatch(/canary|hunter2hunter2/);
    expect(evidence.redacted).toBeGreaterThanOrEqual(3);
  });

  it("tells while the server is down, and finds all once it is back", async () => {
    failWeb();
    const { port, source } = start();
    port.isDown = true;
    const blind = await source.collect(WEB, signal);
    expect(blind.pod).toBeUndefined();
    expect(blind.problems.join()).toContain("pod web-1 could not be read: the MCP server openshift cannot be reached");
    expect(await source.identify(WEB, signal)).toBeUndefined();
    port.isDown = false;
    expect((await source.collect(WEB, signal)).problems).toEqual([]);
  });

  it("asks once more when a call fails in passing", async () => {
    failWeb();
    const { port, source } = start();
    port.mishap("pods_get", "lost");
    scene.cluster.mishaps.push({ kind: "reset", on: "/log" });
    expect(await source.collect(WEB, signal)).toMatchObject({ logs: [{ lines_total: 2 }], problems: [] });
  });

  it("says whose rights are missing", async () => {
    failWeb();
    scene.cluster.denied.add("get pods/log");
    const { problems } = await start().source.collect(WEB, signal);
    expect(problems).toEqual([
      "may not get pods/log in namespace shop: give the service account of the MCP server openshift a Role with verb get on pods/log there",
    ]);
  });

  it("tells which tools are not offered, and goes on without them", async () => {
    failWeb();
    const { port, source } = start();
    without(port, "pods_log", "events_list");
    const evidence = await source.collect(WEB, signal);
    expect(evidence.pod?.name).toBe("web-1");
    expect(evidence.problems).toHaveLength(2);
    expect(evidence.problems.join()).toContain("the MCP server openshift does not offer pods_log");
  });

  it("takes a pod that is gone for gone, with what its run still tells", async () => {
    const [taskRun] = failedTask("unit", "2026-11-25T10:05:00Z");
    scene.put(pipelineRun(), ...(taskRun === undefined ? [] : [taskRun]));
    const evidence = await start().source.collect({ namespace: "shop", podName: "build-7-unit-pod" }, signal);
    expect(evidence).toMatchObject({ task_run: { name: "build-7-unit", state: "failed" }, pod: undefined });
    expect(evidence.problems.join()).toContain("is gone and its logs with it");
  });

  it("asks for fewer lines when a log is larger than an answer may be", async () => {
    failWeb();
    const { port, source } = start();
    answers(port, "pods_log", "the end\n");
    const call = port.call.bind(port);
    port.call = (tool, args, given) => {
      const isTooMuch = tool === "pods_log" && Number(args["tail"]) > 400;
      return isTooMuch ? Promise.reject(new ToolFailure("too-large", "more than 16 MiB")) : call(tool, args, given);
    };
    const { logs } = await source.collect(WEB, signal);
    expect(logs).toMatchObject([{ text: "the end", truncated: true, note: expect.stringContaining("last 312 lines") }]);
  });

  it("does not look into another cluster than the one that was asked for", async () => {
    failWeb();
    const { port, source } = start();
    const evidence = await source.collect({ ...WEB, cluster: "other" }, signal);
    expect(evidence.problems).toEqual([
      'nothing was collected: the MCP server openshift knows one cluster alone, not "other"',
    ]);
    expect(port.calls).toEqual([]);
    const several = start({ hasSeveral: true });
    expect(await several.source.collect({ ...WEB, cluster: "other" }, signal)).toMatchObject({ cluster: "other" });
    expect(new Set(several.port.calls.map(({ args }) => args["context"]))).toEqual(new Set(["other"]));
  });

  it.each([
    ["an alias that grows", 'a: &a ["x","x"]\nb: &b [*a,*a]\nc: [*b,*b]\n'],
    ["a list in place of an object", "- 1\n"],
    ["a page of a proxy", "<html>login</html>"],
    ["nothing", ""],
    ["a text of 3 MiB", "x".repeat(3 * 1024 * 1024)],
    ["a tag that runs code", "!!js/function 'function(){}'"],
    ["nesting", "[".repeat(10_000)],
    ["a prototype", "__proto__: {metadata: {name: web-1}, spec: {containers: [{name: app}]}}\n"],
  ])("does not take %s for a pod", async (_, text) => {
    const { port, source } = start();
    for (const tool of ["pods_get", "events_list", "resources_get", "resources_list"]) answers(port, tool, text);
    const evidence = await source.collect(WEB, signal);
    expect(evidence.pod).toBeUndefined();
    expect(evidence.problems.join()).toContain("the answer of pods_get cannot be read");
  });

  it("throws nothing but the signal's reason", async () => {
    const { source } = start();
    await expect(source.collect(WEB, AbortSignal.abort(new Error("mine")))).rejects.toThrow("mine");
  });
});

describe("a list", () => {
  const reply = (text: string) => readList({ isError: false, text, structured: undefined });

  it("is read by the places of its columns, also where cells are empty or hold blanks", async () => {
    const table = [
      "NAMESPACE   APIVERSION      KIND      NAME     SUCCEEDED   REASON          STARTTIME   LABELS",
      "shop        tekton.dev/v1   TaskRun   unit     False       Failed a task   5m          a=b",
      "shop        tekton.dev/v1   TaskRun   lint                                             <none>",
    ].join("\n");
    expect((await reply(table))?.map(({ name, succeeded }) => [name, succeeded])).toEqual([
      ["unit", "False"],
      ["lint", ""],
    ]);
  });

  it("may be empty, and is no list without names", async () => {
    expect(await reply("")).toEqual([]);
    expect(await reply("[]\n")).toEqual([]);
    expect(await reply("something else")).toBeUndefined();
  });

  it("is read in slices, and no further than 8 MiB", async () => {
    const entry = (at: number) =>
      `- InvolvedObject:\n    Kind: Pod\n    Name: web-1\n  Message: |-\n    number ${at}\n    - not an entry\n`;
    const few = await readYamlList(Array.from({ length: 5_000 }, (_, at) => entry(at)).join(""));
    expect(few).toHaveLength(5_000);
    expect(few?.at(-1)).toMatchObject({ Message: "number 4999\n- not an entry" });
    const many = await readYamlList(`- ${"x".repeat(1_000)}\n`.repeat(10_000));
    expect(many?.length).toBeGreaterThan(8_000);
    expect(many?.length).toBeLessThan(8_400);
    expect(await readYamlList("- a\nb: c\n")).toBeUndefined();
  });
});
