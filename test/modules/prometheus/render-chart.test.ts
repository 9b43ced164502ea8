import { describe, expect, it } from "vitest";
import { error, matrix } from "../../support/prometheus-mock.ts";
import { NOON, startQueryHub } from "./query-hub.ts";

type Labels = Record<string, string>;
const line = (labels: Labels, length: number, value = (i: number) => String(i)) =>
  [labels, Array.from({ length }, (_, i) => [NOON - (length - 1 - i) * 30, value(i)])] as [Labels, [number, string][]];

/** Width and height in the head of a PNG. */
const size = (png: Uint8Array) => {
  const view = new DataView(png.buffer, png.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
};

describe("render_chart", () => {
  it("attaches a picture and says the same in words", async () => {
    const hub = await startQueryHub();
    hub.prometheus.on(
      "api/v1/query_range",
      matrix([line({ job: "a" }, 60), line({ job: "b" }, 60, (i) => (i % 9 ? "NaN" : "5"))]),
    );
    const { isError, structured, attachments } = await hub.call("render_chart", {
      promql: "up",
      unit: "s",
      title: "Up",
      theme: "dark",
      width: 640,
    });
    expect(isError).toBe(false);
    expect(structured).toMatchInlineSnapshot(`
      {
        "chart": {
          "height": 320,
          "left_out": 0,
          "lines": 2,
          "theme": "dark",
          "width": 640,
        },
        "data": {
          "label_cardinality": {
            "job": 2,
          },
          "points_total": 120,
          "resultType": "matrix",
          "series": [
            {
              "labels": {
                "job": "a",
              },
              "stats": {
                "avg": 29.5,
                "count": 60,
                "delta": 59,
                "first": 0,
                "last": 59,
                "max": 59,
                "max_time": "2026-11-25T12:00:00.000Z",
                "min": 0,
                "min_time": "2026-11-25T11:30:30.000Z",
              },
            },
            {
              "labels": {
                "job": "b",
              },
              "stats": {
                "avg": 5,
                "count": 60,
                "first": 5,
                "has_nan": true,
                "last": "NaN",
                "max": 5,
                "max_time": "2026-11-25T11:30:30.000Z",
                "min": 5,
                "min_time": "2026-11-25T11:30:30.000Z",
              },
            },
          ],
        },
        "datasource": "main",
        "format": "summary",
        "has_more": false,
        "query": "up",
        "resolved": {
          "end": "2026-11-25T12:00:00.000Z",
          "start": "2026-11-25T11:00:00.000Z",
          "step": 30,
          "step_source": "auto",
        },
        "result_type": "matrix",
        "returned": 2,
        "series_total": 2,
        "status": "success",
        "timestamp": "2026-11-25T12:00:00.000000+00:00",
        "total": 2,
        "truncated": false,
      }
    `);
    const [image] = attachments;
    if (image?.type !== "image") throw new Error("no image");
    expect(image.mimeType).toBe("image/png");
    expect(size(image.bytes)).toEqual([640, 320]);
  });

  it("draws at most twenty lines and says how many it left out", async () => {
    const hub = await startQueryHub();
    hub.prometheus.on("api/v1/query_range", matrix(Array.from({ length: 120 }, (_, i) => line({ id: String(i) }, 5))));
    const { structured, attachments } = await hub.call("render_chart", { promql: "wide" });
    expect(structured).toMatchObject({
      total: 120,
      returned: 20,
      truncated: true,
      chart: { lines: 20, left_out: 100 },
    });
    expect(attachments).toHaveLength(1);
  });

  it("draws a fine step without holes and within the budget", async () => {
    const hub = await startQueryHub();
    hub.prometheus.on("api/v1/query_range", matrix([line({ job: "a" }, 10_000, (i) => String(Math.sin(i / 500)))]));
    const { structured, attachments } = await hub.call("render_chart", { promql: "x", start: "-90h", step: "30s" });
    expect(structured).toMatchObject({ total: 1, data: { points_total: 10_000 } });
    expect(attachments).toHaveLength(1);
  });

  it("draws nothing from nothing, and fails as query_range does", async () => {
    const hub = await startQueryHub();
    const empty = await hub.call("render_chart", { promql: "nope" });
    expect(empty.isError).toBe(false);
    expect(empty.attachments).toHaveLength(0);
    expect(empty.structured).toMatchObject({
      total: 0,
      hints: [expect.any(String)],
      chart: { note: "nothing to draw" },
    });
    hub.prometheus.on("api/v1/query_range", error(422, "execution", "too many samples"));
    expect((await hub.call("render_chart", { promql: "x" })).structured["code"]).toBe("EXECUTION_ERROR");
    expect((await hub.call("render_chart", { promql: "x", width: 5000 })).structured["code"]).toBe("INVALID_ARGUMENT");
    expect((await hub.call("render_chart", { promql: "x", end: "now-2h", start: "now" })).structured["code"]).toBe(
      "INVALID_TIME_RANGE",
    );
  });
});
