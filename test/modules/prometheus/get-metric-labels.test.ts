import { expect, it } from "vitest";
import { data, error, vector } from "../../support/prometheus-mock.ts";
import { NOON, startQueryHub } from "./query-hub.ts";

async function startHub() {
  const hub = await startQueryHub();
  hub.prometheus.on("api/v1/labels", data(["job", "__name__", "instance"]));
  hub.prometheus.on("api/v1/label/job/values", data(["a", "b"]));
  hub.prometheus.on("api/v1/label/instance/values", data(["1", "2", "3"]));
  return hub;
}

it("lists the labels without __name__ as the seed did, and how many values each has", async () => {
  const hub = await startHub();
  expect(await hub.ask("get_metric_labels", { metric_name: "up" })).toMatchInlineSnapshot(`
    {
      "cardinality": {
        "instance": 3,
        "job": 2,
      },
      "data": [
        "instance",
        "job",
      ],
      "datasource": "main",
      "has_more": false,
      "resolved": {
        "match": "{__name__="up"}",
        "metric_name": "up",
      },
      "returned": 2,
      "status": "success",
      "timestamp": "2026-11-25T12:00:00.000000+00:00",
      "total": 2,
      "truncated": false,
    }
  `);
});

// Seed defect 9: every series was downloaded, 21.8 MB for 200,000 of them.
it("never asks for the series themselves, and everything only for this metric", async () => {
  const hub = await startHub();
  await hub.ask("get_metric_labels", { metric_name: "up", with_values: true, start: "now-1h", end: "now" });
  expect(hub.paths().toSorted()).toEqual([
    "/api/v1/label/instance/values",
    "/api/v1/label/job/values",
    "/api/v1/labels",
    "/api/v1/query",
    "/api/v1/query",
  ]);
  const scopes = hub.prometheus.requests.map(({ params }) => params.get("query") ?? params.get("match[]"));
  expect(scopes.filter((scope) => !scope?.includes('{__name__="up"}'))).toEqual([]);
  expect(hub.sent(0)).toMatchObject({ start: String(NOON - 3600), end: String(NOON) });
});

it("shows the most frequent values, and says how exact they are", async () => {
  const hub = await startHub();
  hub.prometheus.on("api/v1/query", ({ params }) =>
    params.get("query") === 'topk(10, count by (job) ({__name__="up"}))'
      ? vector([
          [{ job: "b" }, "1"],
          [{ job: "a" }, "5"],
          [{}, "2"],
        ])
      : error(422, "execution", "too many samples"),
  );
  expect(await hub.ask("get_metric_labels", { metric_name: "up", with_values: true })).toMatchObject({
    data: ["instance", "job"],
    cardinality: { instance: 3, job: 2 },
    values: {
      job: [
        { value: "a", series: 5 },
        { value: "", series: 2 },
        { value: "b", series: 1 },
      ],
    },
    values_at: "2026-11-25T12:00:00.000Z",
    notes: [
      "values counts the series that have a sample at values_at; cardinality counts over the whole time range",
      "the values of 1 labels are not shown; ask get_label_values for them",
    ],
  });
});

it("answers all the same when a label's values cannot be counted, and names the lack", async () => {
  const hub = await startHub();
  hub.prometheus.on("api/v1/label/instance/values", error(503, "unavailable", "busy"));
  expect(await hub.ask("get_metric_labels", { metric_name: "up" })).toMatchObject({
    data: ["instance", "job"],
    cardinality: { job: 2 },
    notes: ["the values of 1 labels were not counted; ask get_label_values for them"],
  });
});

it("asks a bounded number of questions about a metric with hundreds of labels", async () => {
  const hub = await startQueryHub();
  hub.prometheus.on(
    "api/v1/labels",
    data(Array.from({ length: 300 }, (_, i) => `label_${String(i).padStart(3, "0")}`)),
  );
  const answer = await hub.ask("get_metric_labels", { metric_name: "wide", with_values: true });
  expect(answer).toMatchObject({ total: 300, returned: 100, next_offset: 100 });
  expect(hub.prometheus.requests).toHaveLength(1 + 20 + 10);
});

it("is an empty success for an unknown metric, and explains a selector given as a name", async () => {
  const hub = await startQueryHub();
  const answer = await hub.ask("get_metric_labels", { metric_name: 'up{job="a"}' });
  expect(answer).toMatchObject({ data: [], total: 0, cardinality: {} });
  expect(answer["hints"]).toEqual([
    "No such metric in this time range: find_metrics_by_pattern finds names.",
    "metric_name is a plain name; find_series takes a selector.",
  ]);
  expect(hub.sent(0)["match[]"]).toBe('{__name__="up{job=\\"a\\"}"}');
});
