// Every question the demo suggests, asked through the hub's own tools: the stand-in must know whatever they send.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { QUESTIONS } from "../../src/demo/questions.ts";
import { readCapture } from "../../src/demo/replay/capture.ts";
import { startStandIn } from "../../src/demo/stand-in.ts";
import { prometheus } from "../../src/modules/prometheus/index.ts";
import { startModule, type TestHub } from "../support/modules.ts";

let hub: TestHub;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const standIn = await startStandIn({ capture: await readCapture(), clock: { now: Date.now } });
  closing.push(() => standIn.close());
  const directory = await mkdtemp(join(tmpdir(), "ops-hub-questions-"));
  closing.push(() => rm(directory, { recursive: true }));
  const file = join(directory, "datasources.yaml");
  const datasources = [{ name: "demo", type: "prometheus", url: standIn.url }];
  await writeFile(file, JSON.stringify({ apiVersion: 1, datasources }));
  hub = await startModule(prometheus, { GRAFANA_DATASOURCES_PATH: file });
  closing.push(() => hub.close());
});

afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

test.each(QUESTIONS)("$question", async ({ tool, arguments: input }) => {
  const answer = await hub.call(tool, input);
  expect(answer.structured).toMatchObject({ status: "success" });
  expect(answer.structured).not.toMatchObject({ hints: expect.anything() });
  expect(answer.isError).toBe(false);
});

test.each([
  ["list_metrics", {}],
  ["get_metric_labels", { metric_name: "http_requests_total", with_values: true }],
  ["get_label_values", { label_name: "service", metric_name: "http_requests_total" }],
  ["get_metric_metadata", { metric_name: "http_requests_total" }],
  ["find_metrics_by_pattern", { pattern: "^http_" }],
  ["find_series", { match: 'http_requests_total{service="checkout"}' }],
  ["list_rules", {}],
  ["list_targets", {}],
  ["query_exemplars", { promql: "http_request_duration_seconds_bucket" }],
  ["get_tsdb_stats", {}],
  ["check_datasource", {}],
  ["validate_promql", { promql: "up == 0" }],
])("%s works on the stand-in too", async (tool, input) => {
  const answer = await hub.call(tool, input);
  expect(answer.structured).toMatchObject({ status: "success" });
});
