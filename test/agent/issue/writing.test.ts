import { expect, test } from "vitest";
import { LABELS, marker, writeIssue, writeOccurrences, writeStorm } from "../../../src/agent/issue/index.ts";
import { createRedactor } from "../../../src/core/redact.ts";
import { crashLooping, evidenceOf, exited, logOf, podOf } from "../../support/evidence.ts";
import { look } from "./oracle.ts";
import { FINGERPRINT, REPORT_ID, buildEvidence, byModel, byRules, inputOf, reportOf } from "./sample.ts";

const titled = (cause: string, parts: Parameters<typeof inputOf>[0] = {}): string =>
  writeIssue(inputOf({ analysis: { ...byRules, cause }, ...parts })).title;

test.each([
  ["tests fail in cart.test.ts", "[shop-build] install: tests fail in cart.test.ts"],
  ["[shop-build] install: tests fail", "[shop-build] install: tests fail"],
  ["  closes #12\n@jane !3 \u202Ex", "[shop-build] install: closes ＃12 ＠jane ！3 x"],
  ["", "[shop-build] install: dependency: Error, exit code 1"],
  ["Issue with Agent pipeline", "[shop-build] install: dependency: Error, exit code 1"],
  ["The build failed.", "[shop-build] install: dependency: Error, exit code 1"],
])("for the cause %j the title is %s", (cause, title) => {
  expect(titled(cause)).toBe(title);
});

test("a title without a cause takes the cluster's word", () => {
  const evidence = evidenceOf({
    containers: [exited("app", 137, { reason: "OOMKilled" })],
    chosen: { container: "app", because: "it failed" },
  });
  const analysis = { ...byRules, cause: "error", category: "unknown" as const };
  expect(writeIssue(inputOf({ evidence, analysis })).title).toBe("[shop-web] app: OOMKilled, exit code 137");
});

test("a title has at most 120 characters, whatever is long", () => {
  const long = evidenceOf({
    workload: { kind: "Job", name: "n".repeat(300) },
    chosen: { container: "c".repeat(300), because: "it failed" },
  });
  const title = titled(`It fails ${"🙂".repeat(300)}`, { evidence: long });
  expect(title).toMatch(/^\[n{39}…\] c{29}…: It fails (?:🙂)+…$/u);
  expect(title.length).toBeLessThanOrEqual(120);
});

test("a report of a pod without a name says that the pod is unknown", () => {
  const target = { namespace: "shop", podName: "", links: {}, metadata: {} };
  const evidence = evidenceOf({ pod: undefined, workload: { kind: "Pod", name: "" } });
  const { title, body } = writeIssue(inputOf({ report: reportOf({ target }), evidence }));
  expect(title).toBe("[shop] pod unknown: npm ERESOLVE: react＠19.0.0 against react-dom＠18.3.1");
  expect(body).toContain("| Pod | unknown |");
});

test("sections with nothing to say are left out", () => {
  const target = { namespace: "shop", podName: "", links: {}, metadata: {} };
  const evidence = evidenceOf({ pod: undefined, workload: { kind: "Pod", name: "" } });
  const analysis = { ...byRules, quotes: [], fixes: [] };
  const { body } = writeIssue(inputOf({ report: reportOf({ target }), evidence, analysis, publicUrl: undefined }));
  expect(look(body).headings).toEqual(["Summary", "Root cause", "Location", "Occurrences"]);
});

test("after a crash the log from before the restart stands beside the one of now", () => {
  const evidence = evidenceOf({
    pod: podOf({
      conditions: [
        {
          type: "Ready",
          status: "False",
          reason: "ContainersNotReady",
          message: "containers with unready status: [app]",
        },
      ],
    }),
    containers: [crashLooping("app", { exit_code: 137, reason: "OOMKilled" }, { limits: { memory: "256Mi" } })],
    chosen: { container: "app", because: "it restarts again and again" },
    logs: [logOf("app", "starting"), logOf("app", "heap is full", { previous: true })],
  });
  const { body } = writeIssue(inputOf({ evidence }));
  expect(body).toContain("| Ended | OOMKilled, exit code 137 before the last restart |");
  expect(body).toContain("| Limits | memory 256Mi |");
  expect(body).toContain("Log of `app` before its last restart.");
  expect(body).toContain("heap is full");
  expect(body).not.toContain("unready"); // follows from every failure
});

test("a long log is cut to 200 lines and 20,000 characters around its errors, and says so", () => {
  const lines = Array.from({ length: 5_000 }, (_, at) => `${at} ${"filler ".repeat(20)}`);
  lines[1_234] = "FATAL: the disk is full";
  const evidence = buildEvidence({ logs: [logOf("step-install", lines.join("\n"))] });
  const { body } = writeIssue(inputOf({ evidence }));
  const [, excerpt = ""] = /<\/summary>\n\n```\n([\s\S]*?)\n```/.exec(body) ?? [];
  expect(excerpt.length).toBeGreaterThan(10_000);
  expect(excerpt.length).toBeLessThanOrEqual(20_000);
  expect(excerpt.split("\n").length).toBeLessThanOrEqual(210);
  expect(excerpt).toContain("FATAL: the disk is full");
  expect(excerpt).toMatch(/left out \.\.\.\]/);
  expect(body).toMatch(/<summary>Log excerpt, \d+ lines of 5,000; lines were left out<\/summary>/);
});

test("a log without text tells why", () => {
  const evidence = buildEvidence({ logs: [logOf("step-install", "", { note: "the pod is gone" })] });
  expect(writeIssue(inputOf({ evidence })).body).toContain("No log of `step-install`. the pod is gone");
});

test("the last look for secrets leaves an issue and its marker as they are", () => {
  const { body } = writeIssue(inputOf({ analysis: byModel }));
  expect(createRedactor().redact(body).text).toBe(body);
});

test("the marker has 16 digits of the fingerprint, or of a hash of a group's name", () => {
  expect(marker(REPORT_ID, FINGERPRINT)).toBe(`<!-- hub:v1 fp=9f86d081884c7d65 report=${REPORT_ID} -->`);
  expect(marker("r1", "storm:shop")).toMatch(/^<!-- hub:v1 fp=[0-9a-f]{16} report=r1 -->$/);
  expect(marker("r1", "storm:shop")).not.toBe(marker("r1", "storm:web"));
  expect(marker("--> <b>a--b", FINGERPRINT)).toMatch(/report=-ba-b -->$/);
});

test("occurrences are listed newest first, fifty of them, and counted", () => {
  const rows = Array.from({ length: 60 }, (_, at) => ({
    reportId: `r${at}`,
    at: Date.UTC(2026, 10, 20) + at * 1_000,
    pod: `web-${at}`,
    run: undefined,
    container: "app",
    cause: "exit code 1",
    ...(at === 59 ? { evidenceUrl: "https://hub.example.com/reports/r59" } : {}),
  }));
  const own = marker("r59", FINGERPRINT);
  const text = writeOccurrences({ rows, total: 75, marker: own, first: "Reopened: it failed again." });
  const lines = text.split("\n");
  expect(lines.slice(0, 7)).toEqual([
    "Reopened: it failed again.",
    "",
    "It failed again the same way: 75 occurrences. The newest 50 of them:",
    "",
    "| When | Pod | Run | Container | Cause | Report |",
    "| --- | --- | --- | --- | --- | --- |",
    "| 2026-11-20 00:00:59 UTC | `web-59` |  | `app` | exit code 1 | [`r59`](https://hub.example.com/reports/r59) |",
  ]);
  expect(lines).toHaveLength(4 + 2 + 50 + 2);
  expect(lines.at(-1)).toBe(own);
  expect(
    writeOccurrences({ rows: rows.toReversed(), total: 75, marker: own, first: "Reopened: it failed again." }),
  ).toBe(text);
});

test("a storm makes this issue", async () => {
  const storm = writeStorm({
    report: reportOf(),
    namespace: "shop",
    threshold: 50,
    windowMinutes: 5,
    fingerprint: FINGERPRINT,
    publicUrl: "https://hub.example.com",
    now: Date.UTC(2026, 10, 20, 10, 6),
  });
  expect(storm.labels).toEqual([LABELS.failure]);
  expect(look(storm.body).problems).toEqual([]);
  await expect(`${storm.title}\n\n${storm.body}\n`).toMatchFileSnapshot("./snapshots/storm.txt");
});
