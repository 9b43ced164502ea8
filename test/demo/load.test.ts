// The load generator's page, read as Prometheus reads it.
import { expect, onTestFinished, test } from "vitest";
import { history } from "../../src/demo/history.ts";
import { startLoad } from "../../src/demo/load.ts";
import { INCIDENT } from "../../src/demo/shop/plan.ts";
import { Shop } from "../../src/demo/shop/shop.ts";
import { fixedClock } from "../support/modules.ts";

const START = Date.parse("2026-11-25T12:00:00Z");

async function load(seed = 7) {
  const clock = fixedClock(START);
  const running = await startLoad({ shop: new Shop({ seed, startedAt: START }), clock });
  onTestFinished(() => running.close());
  return { clock, url: running.url };
}

const LINE = /^([a-z_:]+)(\{(?:[a-z_]+="[^"\\\n]*",?)+\})? (\d+(?:\.\d+)?)$/;

/** The text format 0.0.4: every sample follows the TYPE of its family. */
function parse(page: string) {
  const types = new Map<string, string>();
  const samples = new Map<string, number>();
  expect(page.endsWith("\n")).toBe(true);
  for (const line of page.trimEnd().split("\n")) {
    const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (kind === "TYPE") {
      if (types.has(name)) throw new Error(`${name} has two TYPE lines`);
      types.set(name, rest);
    }
    if (kind !== undefined) continue;
    const [, sample = "", labels = "", value] = LINE.exec(line) ?? [];
    expect(value, line).toBeDefined();
    const family = types.has(sample) ? sample : sample.replace(/_(bucket|sum|count)$/, "");
    expect([...types.keys()].at(-1), line).toBe(family);
    expect(samples.has(sample + labels), `${line} stands once`).toBe(false);
    samples.set(sample + labels, Number(value));
  }
  return { types, samples };
}

const page = async (url: string) => parse(await (await fetch(url)).text());

test("the page is valid text format with counters, gauges and a histogram", async () => {
  const { url } = await load();
  const reply = await fetch(url);
  expect(reply.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const { types, samples } = parse(await reply.text());
  expect(Object.fromEntries(types)).toEqual({
    http_requests_total: "counter",
    http_request_duration_seconds: "histogram",
    process_cpu_seconds_total: "counter",
    process_resident_memory_bytes: "gauge",
    process_start_time_seconds: "gauge",
    pod_memory_limit_bytes: "gauge",
    queue_depth: "gauge",
    jobs_processed_total: "counter",
  });
  const key = 'http_requests_total{service="checkout",pod="checkout-0",method="GET",status="500"}';
  expect(samples.get(key)).toBeGreaterThan(0);
});

test("counters and buckets only grow, from scrape to scrape and from bucket to bucket", async () => {
  const { clock, url } = await load();
  let before = await page(url);
  for (let scrape = 0; scrape < 60; scrape += 1) {
    clock.at += 5_000;
    const now = await page(url);
    for (const [key, value] of now.samples) {
      const isCounter = /_(total|bucket|count|sum)\b/.test(key);
      expect(value, key).toBeGreaterThanOrEqual(isCounter ? (before.samples.get(key) ?? Infinity) : 0);
    }
    before = now;
  }
  const buckets = [...before.samples].filter(([key]) => key.includes('_bucket{service="payments",pod="payments-0"'));
  expect(buckets).toHaveLength(11);
  expect(buckets.map(([, value]) => value)).toEqual(buckets.map(([, value]) => value).toSorted((a, b) => a - b));
  const count = before.samples.get('http_request_duration_seconds_count{service="payments",pod="payments-0"}');
  expect(buckets.at(-1)?.[1]).toBe(count);
});

test("values move with time, stand still without it, and repeat with the same seed", async () => {
  const [one, two, other] = [await load(), await load(), await load(8)];
  const text = async ({ url }: { url: string }) => (await fetch(url)).text();
  const first = await text(one);
  expect(await text(one)).toBe(first);
  expect(await text(two)).toBe(first);
  expect(await text(other)).not.toBe(first);
  one.clock.at += 60_000;
  expect(await text(one)).not.toBe(first);
});

test("a client that takes OpenMetrics gets it, with exemplars", async () => {
  const { url } = await load();
  const reply = await fetch(url, { headers: { accept: "application/openmetrics-text;version=1.0.0,*/*;q=0.1" } });
  expect(reply.headers.get("content-type")).toContain("application/openmetrics-text");
  const text = await reply.text();
  expect(text).toContain("# TYPE http_requests counter\n");
  expect(text).toMatch(/_bucket\{.*\} \d+ # \{trace_id="[0-9a-f]{32}"\} \d+(\.\d+)? \d+\n/);
  expect(text.endsWith("\n# EOF\n")).toBe(true);
});

test("a pod has a page of its own, the batch exporter is down, and nothing else is there", async () => {
  const { url } = await load();
  const { samples } = await page(`${url}?pod=checkout-1`);
  expect([...samples.keys()].every((key) => key.includes('pod="checkout-1"'))).toBe(true);
  const status = async (path: string, method = "GET") => (await fetch(new URL(path, url), { method })).status;
  expect(await status("/metrics?pod=batch-0")).toBe(503);
  expect(await status("/metrics?pod=nobody")).toBe(404);
  expect(await status("/")).toBe(404);
  expect(await status("/metrics", "POST")).toBe(405);
});

test("in the incident checkout fails, slows down, runs out of memory and starts again", () => {
  const shop = new Shop({ seed: 7, startedAt: START });
  const at = (offset: number) => {
    shop.advanceTo(START / 1000 + offset);
    return (name: string, labels: Record<string, string> = {}) =>
      (shop.families("checkout-1") ?? [])
        .flatMap(({ samples }) => samples)
        .filter((sample) => sample.name === name)
        .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
        .reduce((sum, { value }) => sum + value, 0);
  };
  const moments = [INCIDENT.from - 900, INCIDENT.from, INCIDENT.from + 600, INCIDENT.from + 1500, INCIDENT.to + 60];
  const seen = moments.map((offset) => {
    const read = at(offset);
    return {
      errors: read("http_requests_total", { status: "500" }),
      count: read("http_request_duration_seconds_count"),
      fast: read("http_request_duration_seconds_bucket", { le: "0.25" }),
      memory: read("process_resident_memory_bytes") / 2 ** 20,
      started: read("process_start_time_seconds"),
    };
  });
  const share = (from: number, to: number, what: "errors" | "fast") =>
    (seen[to]![what] - seen[from]![what]) / (seen[to]!.count - seen[from]!.count);
  expect(share(0, 1, "errors")).toBeLessThan(0.01);
  expect(share(2, 3, "errors")).toBeGreaterThan(0.25);
  expect(share(0, 1, "fast")).toBeGreaterThan(0.9);
  expect(share(2, 3, "fast")).toBeLessThan(0.1);
  expect(seen[3]!.memory).toBeGreaterThan(seen[1]!.memory + 50);
  expect(seen[4]!.started).toBeGreaterThan(seen[3]!.started);
  expect(seen[4]!.memory).toBeLessThan(300);
  expect(seen[4]!.count).toBeLessThan(seen[3]!.count);
});

test("the history ends one step before the start, with the labels that scraping adds", () => {
  const steps = [...history(new Shop({ seed: 7, startedAt: START }), { seconds: 180 })];
  expect(steps).toHaveLength(4);
  expect(steps.at(-1)).toBe("# EOF\n");
  const line = `up{job="shop",instance="catalog-0"} 1 ${START / 1000 - 60}\n`;
  expect(steps[2]).toContain(line);
  expect(steps[2]).toContain(`up{job="batch",instance="batch-0"} 0 ${START / 1000 - 60}\n`);
});
