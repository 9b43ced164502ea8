// What the official conformance suite asks of any server, asked of the hub with the modules that are shipped.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { modules } from "../../src/modules.ts";
import { startHub } from "../support/hub.ts";
import { startPrometheusMock } from "../support/prometheus-mock.ts";
import { SUITE_LIMIT_MS, problems, runSuite, type Report, type Revision } from "./run.ts";

/** Scenarios that call no fixture by its name. */
const ANY_SERVER: Record<Revision, string[]> = {
  "2026-07-28": [
    "tools-list",
    "server-sse-multiple-streams",
    "resources-list",
    "sep-2164-resource-not-found",
    "prompts-list",
    "dns-rebinding-protection",
    "caching",
    "http-header-validation",
    "input-required-result-missing-input-response",
    "input-required-result-unsupported-methods",
    "input-required-result-ignore-extra-params",
    "input-required-result-validate-input",
  ],
  "2025-11-25": [
    "server-initialize",
    "ping",
    "logging-set-level",
    "tools-list",
    "resources-list",
    "prompts-list",
    "dns-rebinding-protection",
    "server-sse-multiple-streams",
    "server-session-lifecycle",
    "server-sse-polling",
  ],
};

/** The checks of `server-stateless` that call fixtures: without them the suite says "not testable", as a failure. */
const NEED_FIXTURES: Record<Revision, string[]> = {
  "2026-07-28": [
    "sep-2575-server-rejects-undeclared-capability",
    "sep-2575-missing-capability-http-400",
    "sep-2575-http-server-no-independent-requests-on-stream",
    "sep-2575-server-no-log-without-loglevel",
  ],
  "2025-11-25": [], // has no such scenario
};

/** All modules; those with an upstream have a stand-in for it. */
async function startShippedHub() {
  const folder = await mkdtemp(join(tmpdir(), "shipped-"));
  const prometheus = await startPrometheusMock();
  const datasources = join(folder, "datasources.json");
  await writeFile(
    datasources,
    JSON.stringify({ apiVersion: 1, datasources: [{ name: "main", type: "prometheus", url: prometheus.url }] }),
  );
  const hub = await startHub([...modules], { GRAFANA_DATASOURCES_PATH: datasources });
  const close = async () => {
    await hub.close();
    await prometheus.close();
    await rm(folder, { recursive: true });
  };
  return { url: hub.url, close };
}

describe.each(["2026-07-28", "2025-11-25"] as const)("at %s, the hub as it is shipped", (revision) => {
  let hub: Awaited<ReturnType<typeof startShippedHub>> | undefined;
  let report: Report;
  beforeAll(async () => {
    hub = await startShippedHub();
    report = await runSuite(`${hub.url}/mcp`, revision);
  }, SUITE_LIMIT_MS * 1.5);
  afterAll(() => hub?.close());

  test("passes what any server must pass", () => {
    expect(problems(report, ANY_SERVER[revision])).toEqual([]);
    const skipped = ANY_SERVER[revision].flatMap((name) => report.scenarios.get(name)?.skipped ?? []);
    expect(skipped).toEqual([]); // such as reading a resource, when the hub lists none
    const stateless = report.scenarios.get("server-stateless")?.failures ?? [];
    expect(stateless.map((failure) => failure.split(":")[0])).toEqual(NEED_FIXTURES[revision]);
  });
});
