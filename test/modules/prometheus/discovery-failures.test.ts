// What goes wrong upstream reads alike in all the discovery tools: one table instead of sixty tests.
import { describe, expect, it } from "vitest";
import { data, drip, error, hang, page } from "../../support/prometheus-mock.ts";
import { startQueryHub } from "./query-hub.ts";

const TOOLS: [name: string, path: string, input: object][] = [
  ["list_metrics", "api/v1/label/__name__/values", {}],
  ["find_metrics_by_pattern", "api/v1/label/__name__/values", { pattern: "up" }],
  ["get_metric_metadata", "api/v1/metadata", { metric_name: "up" }],
  ["get_metric_labels", "api/v1/labels", { metric_name: "up" }],
  ["get_label_values", "api/v1/label/job/values", { label_name: "job" }],
  ["find_series", "api/v1/series", { match: "up" }],
  ["list_alerts", "api/v1/alerts", {}],
  ["list_rules", "api/v1/rules", {}],
  ["list_targets", "api/v1/targets", {}],
  ["get_tsdb_stats", "api/v1/status/tsdb", {}],
];

describe.each(TOOLS)("%s", (name, path, input) => {
  it("says in the seed's words what the server answered", async () => {
    const hub = await startQueryHub();
    const seen = async (reply: Parameters<typeof hub.prometheus.on>[1]) => {
      hub.prometheus.on(path, reply);
      const { isError, structured, text } = await hub.call(name, { datasource_id: "main", ...input });
      expect(isError).toBe(true);
      expect(JSON.parse(text)).toEqual(structured);
      expect(structured).toMatchObject({ status: "error", datasource: "main" });
      return structured;
    };
    expect(await seen(page(401, "who?"))).toMatchObject({ http_status: 401, code: "AUTHENTICATION_FAILED" });
    expect(await seen(page(502, "<html>bad gateway</html>"))).toMatchObject({
      http_status: 502,
      code: "PROMETHEUS_UNAVAILABLE",
      retryable: true,
      error: expect.stringMatching(/^PROMETHEUS_UNAVAILABLE: HTTP 502/),
    });
    expect(await seen(page(404, "nothing here"))).toMatchObject({ code: "NOT_SUPPORTED", http_status: 404 });
    expect(await seen(error(400, "bad_data", "1:3: parse error"))).toMatchObject({
      http_status: 400,
      error: expect.stringContaining("1:3: parse error"),
    });
    // Seed defect 7: an error under HTTP 200 was reported as a success.
    expect(await seen({ ...error(200, "internal", "boom") })).toMatchObject({ error: expect.stringContaining("boom") });
    expect(await seen(page(200, "<html>login</html>"))).toMatchObject({ code: "INVALID_RESPONSE" });
    expect(await seen(data("what?"))).toMatchObject({
      code: "INVALID_RESPONSE",
      error: expect.stringMatching(/^INVALID_RESPONSE: expected .* from the datasource$/),
    });
  });

  it("ends at its deadline, also when bytes keep dripping", async () => {
    const hub = await startQueryHub({ jsonData: { queryTimeout: "200ms" } });
    for (const reply of [hang(), drip()]) {
      hub.prometheus.on(path, reply);
      expect((await hub.call(name, input)).structured).toMatchObject({ code: "TIMEOUT", retryable: true });
    }
  });

  it("stops reading a reply that is too large, and a call that is cancelled", async () => {
    const hub = await startQueryHub();
    hub.prometheus.on(path, { body: endless() });
    expect((await hub.call(name, input)).structured).toMatchObject({ code: "RESULT_TOO_LARGE" });

    hub.prometheus.on(path, hang());
    const caller = new AbortController();
    const call = hub.call(name, input, { signal: caller.signal });
    const isAsked = () => hub.prometheus.requests.filter((request) => request.path === `/${path}`).length === 2;
    await expect.poll(isAsked).toBe(true);
    caller.abort();
    expect((await call).structured).toMatchObject({ code: "CANCELLED" });
    await expect.poll(() => hub.prometheus.requests.at(-1)!.aborted).toBe(true);
  });
});

async function* endless(): AsyncGenerator<string> {
  yield '{"status":"success","data":["';
  const chunk = "x".repeat(1_000_000);
  for (;;) yield chunk;
}
