// The official conformance suite against the whole hub with the fixture module: every scored scenario of both eras, and
// no list of expected failures.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHub, type RunningHub } from "../support/hub.ts";
import { fixture } from "./fixture-module.ts";
import { SUITE_LIMIT_MS, problems, requiredScenarios, runSuite, type Report, type Revision } from "./run.ts";

/** Not scored because the suite's own reference server lacks them, or younger than the revision; ours passes them. */
const PENDING: Record<Revision, string[]> = {
  "2026-07-28": ["json-schema-2020-12", "http-header-validation", "http-custom-header-server-validation"],
  "2025-11-25": ["json-schema-2020-12", "server-session-lifecycle", "server-sse-polling"],
};

describe.each([
  ["2026-07-28", 37],
  ["2025-11-25", 30],
] as const)("at %s, the hub with the fixture module", (revision, count) => {
  let hub: RunningHub | undefined;
  let report: Report;
  beforeAll(async () => {
    hub = await startHub([fixture]);
    report = await runSuite(`${hub.url}/mcp`, revision);
  }, SUITE_LIMIT_MS * 1.5);
  afterAll(() => hub?.close());

  test(`passes all ${count} scored scenarios without a warning`, async () => {
    const required = await requiredScenarios(revision);
    expect(required).toHaveLength(count);
    expect(problems(report, required)).toEqual([]);
    expect(required.flatMap((name) => report.scenarios.get(name)?.warnings ?? [])).toEqual([]);
    expect(report.exitCode).toBe(0);
  });

  test("passes the pending scenarios that are not extensions", () => {
    expect(problems(report, PENDING[revision])).toEqual([]);
  });
});
