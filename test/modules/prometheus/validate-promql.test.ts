import { describe, expect, it } from "vitest";
import { data, error, page, vector } from "../../support/prometheus-mock.ts";
import { startQueryHub } from "./query-hub.ts";

describe("validate_promql", () => {
  it("tells all that is known of a good expression", async () => {
    const hub = await startQueryHub();
    hub.prometheus.on("api/v1/format_query", data("rate(http_total[5m]) / upp"));
    hub.prometheus.on("api/v1/label/__name__/values", data(["http_total", "up"]));
    hub.prometheus.on("api/v1/query", vector([[{}, "12"]]));
    expect(await hub.ask("validate_promql", { promql: "rate(http_total[5m])/upp" })).toMatchInlineSnapshot(`
      {
        "datasource": "main",
        "estimated_series": 12,
        "grammar": {
          "problems": [],
        },
        "metrics": [
          {
            "exists": true,
            "name": "http_total",
          },
          {
            "did_you_mean": [
              "up",
            ],
            "exists": false,
            "name": "upp",
          },
        ],
        "metrics_total": 2,
        "query": "rate(http_total[5m])/upp",
        "selectors": [
          {
            "matchers": [],
            "metric": "http_total",
            "text": "http_total",
          },
          {
            "matchers": [],
            "metric": "upp",
            "text": "upp",
          },
        ],
        "selectors_total": 2,
        "server": {
          "formatted": "rate(http_total[5m]) / upp",
          "verdict": "valid",
        },
        "status": "success",
        "timestamp": "2026-11-25T12:00:00.000000+00:00",
        "valid": true,
      }
    `);
    const count = hub.prometheus.requests.find(({ path }) => path === "/api/v1/query");
    expect(count?.params.get("query")).toBe("count(rate(http_total[5m])/upp\n)");
  });

  it("shows the server's verdict on a bad one, the place, and runs nothing", async () => {
    const hub = await startQueryHub();
    const reason = "1:4: parse error: unexpected end of input inside braces";
    hub.prometheus.on("api/v1/format_query", error(400, "bad_data", `invalid parameter "query": ${reason}`));
    const answer = await hub.ask("validate_promql", { promql: "up{" });
    expect(answer).toMatchObject({
      valid: false,
      server: { verdict: "invalid", error: `INVALID_QUERY: ${reason}` },
      grammar: { problems: [{ line: 1, column: 4, excerpt: "up{\n   ^" }] },
    });
    expect(answer).not.toHaveProperty("estimated_series");
    expect(hub.paths()).not.toContain("/api/v1/query");
  });

  it("never lets the grammar overrule the server", async () => {
    const hub = await startQueryHub();
    hub.prometheus.on("api/v1/format_query", data("aggr_over_time"));
    const answer = await hub.ask("validate_promql", { promql: 'aggr_over_time("min", x[$__interval])' });
    expect(answer["valid"]).toBe(true);
    expect((answer["grammar"] as { problems: unknown[] }).problems.length).toBeGreaterThan(0);
  });

  it("gives its own advice when the server has no verdict", async () => {
    const hub = await startQueryHub();
    hub.prometheus.on("api/v1/format_query", page(404, "404 page not found", "text/plain"));
    hub.prometheus.on("api/v1/label/__name__/values", page(500, "no"));
    hub.prometheus.on("api/v1/query", page(500, "no"));
    const answer = await hub.ask("validate_promql", { promql: "up" });
    expect(answer).toMatchObject({ server: { verdict: "unknown" }, metrics: [{ name: "up" }] });
    expect(answer).not.toHaveProperty("valid");
    expect(answer).not.toHaveProperty("estimated_series");
  });

  it("fits its budget whatever is asked, and refuses what the query tools refuse", async () => {
    const hub = await startQueryHub();
    for (const promql of [
      `{${'a="b",'.repeat(1600)}`,
      Array.from({ length: 900 }, (_, i) => `metric_${i}`).join("+"),
      '"'.repeat(9999),
      Array.from({ length: 90 }, (_, i) => `{"${"🚒".repeat(30)}${i}", a="${"🚒".repeat(60)}"}`).join("+"),
      `"${"\u0001".repeat(9990)}"`,
    ]) {
      const { text, structured } = await hub.call("validate_promql", { promql });
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(24 * 1024);
      expect(JSON.parse(text)).toEqual(structured);
    }
    const sent = hub.prometheus.requests.length;
    expect((await hub.call("validate_promql", { promql: "" })).structured["code"]).toBe("INVALID_QUERY");
    expect(hub.prometheus.requests).toHaveLength(sent);
  });
});
