// The demo's own Prometheus: it remembers the day before, scrapes the shop, and two alerts fire.
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { expect, onTestFinished, test } from "vitest";
import { history } from "../../src/demo/history.ts";
import { startLoad } from "../../src/demo/load.ts";
import { startDemoPrometheus } from "../../src/demo/prometheus.ts";
import { ERROR_RATE, P99 } from "../../src/demo/questions.ts";
import { Shop } from "../../src/demo/shop/shop.ts";
import { askNumber, askPrometheus, askSeries } from "./support/prometheus.ts";
import { until } from "./support/wait.ts";

async function start() {
  const clock = { now: Date.now };
  const shop = new Shop({ seed: 7, startedAt: clock.now() });
  const load = await startLoad({ shop, clock });
  onTestFinished(() => load.close());
  const prometheus = await startDemoPrometheus({
    path: process.env["PATH"] ?? "",
    loadUrl: load.url,
    targets: shop.targets(),
    history: history(shop),
    signal: AbortSignal.timeout(60_000),
  });
  if (prometheus === undefined) throw new Error("there is no prometheus on the PATH");
  onTestFinished(() => prometheus.close());
  return { shop, prometheus };
}

test("it answers about yesterday at once, and about today after its first scrapes", async () => {
  const { shop, prometheus } = await start();
  const { url } = prometheus;
  expect(prometheus.hasHistory).toBe(true);
  const day = { start: String(shop.startedAt - 86_400), end: String(shop.startedAt), step: "300" };
  for (const [query, least] of [
    [ERROR_RATE, 0.3],
    [P99, 4],
  ] as const) {
    const series = await askSeries(url, "query_range", { query, ...day });
    const checkout = series.find(({ metric }) => metric["service"] === "checkout");
    // The exact first step may fall before the first sample of the window.
    expect(checkout?.values.length).toBeGreaterThanOrEqual(288);
    expect(Math.max(...(checkout?.values ?? []).map(([, value]) => Number(value)))).toBeGreaterThan(least);
  }
  const number = (query: string, wanted: number) =>
    until(`${query} = ${wanted}`, 40_000, async () => (await askNumber(url, query)) === wanted || undefined);
  await number('count(ALERTS{alertstate="firing"})', 2);
  await number('count(up{job="shop"} == 1)', shop.targets().length);
  await until("exemplars", 20_000, async () => {
    const found = await askPrometheus(url, "query_exemplars", { query: "http_request_duration_seconds_bucket" });
    return Array.isArray(found) && found.length > 0 ? true : undefined;
  });
  // Live samples continue the remembered series: no label was added, none is missing.
  expect(await askNumber(url, "count(http_requests_total)")).toBe(40);
});

test("close() ends the process", async () => {
  const { prometheus } = await start();
  await prometheus.close();
  expect(() => process.kill(prometheus.pid, 0)).toThrow("ESRCH");
});

test("a signal ends a start that is under way, and nothing of it stays behind", async () => {
  const shop = new Shop({ seed: 7, startedAt: Date.now() });
  const before = await leftovers();
  const controller = new AbortController();
  function* interrupted(): Generator<string> {
    for (const step of history(shop, { seconds: 600 })) {
      yield step;
      setImmediate(() => controller.abort());
    }
  }
  const starting = startDemoPrometheus({
    path: process.env["PATH"] ?? "",
    loadUrl: "http://127.0.0.1:1/metrics",
    targets: shop.targets(),
    history: interrupted(),
    signal: controller.signal,
  });
  await expect(starting).rejects.toThrow("aborted");
  expect(await leftovers()).toEqual(before);
});

const leftovers = async () => (await readdir(tmpdir())).filter((name) => name.startsWith("ops-hub-demo-"));
