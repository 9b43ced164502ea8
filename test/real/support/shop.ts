// A shop whose counters are functions of time, so that the history written before the start and the live scrapes are one curve:
// a daily wave, an incident with errors and slow answers, and an hour in which one instance was not scraped.
import { labelPairs, metricLine, type Labels } from "./exposition.ts";

export const SHOP_INSTANCES = ["shop-1", "shop-2"];
export const SHOP_PATHS = ["/cart", "/checkout", "/search"];
/** Seconds, relative to the start of the ground. */
export const INCIDENT = { from: -3600, to: -2400 };
/** shop-2 has no samples in between. */
export const GAP = { from: -9000, to: -7200 };
export const HISTORY_SECONDS = 6 * 3600;
const HISTORY_STEP_SECONDS = 15;
const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, Infinity];

export interface Shop {
  /** When the ground started, Unix seconds. */
  startedAt: number;
}

interface Sample {
  name: string;
  labels: Labels;
  value: number;
}

/** What one instance exposes now: OpenMetrics, with an exemplar on every bucket. */
export function liveShop(shop: Shop, instance: string, now: number): string {
  const samples = shopSamples(shop, instance, now);
  const family = (name: string, type: string, help: string) => [
    `# TYPE ${name} ${type}\n# HELP ${name} ${help}\n`,
    ...samples
      .filter((sample) => sample.name.startsWith(name))
      .map((sample) => metricLine(sample.name, sample.labels, String(sample.value), exemplar(sample, instance, now))),
  ];
  return [
    ...family("shop_requests", "counter", "Requests by path and status code."),
    ...family("shop_latency_seconds", "histogram", "Time to answer a request."),
    ...family("shop_open_carts", "gauge", "Carts that are open."),
    "# EOF\n",
  ].join("");
}

/** The hours before the start as OpenMetrics with timestamps, for `promtool tsdb create-blocks-from openmetrics`. */
export function shopHistory(shop: Shop): string {
  const lines: string[] = [];
  for (let offset = -HISTORY_SECONDS; offset < 0; offset += HISTORY_STEP_SECONDS) {
    const at = Math.floor(shop.startedAt + offset);
    for (const instance of SHOP_INSTANCES) {
      if (instance === "shop-2" && offset >= GAP.from && offset < GAP.to) continue;
      const origin = { job: "shop", instance };
      for (const { name, labels, value } of [
        ...shopSamples(shop, instance, at),
        { name: "up", labels: {}, value: 1 },
      ]) {
        lines.push(metricLine(name, { ...labels, ...origin }, String(value), String(at)));
      }
    }
  }
  return `${lines.join("")}# EOF\n`;
}

function shopSamples(shop: Shop, instance: string, at: number): Sample[] {
  const offset = at - shop.startedAt;
  const share = instance === "shop-1" ? 1 : 0.6;
  const troubled = Math.min(Math.max(offset, INCIDENT.from), INCIDENT.to) - INCIDENT.from;
  const served = share * waved(offset + HISTORY_SECONDS);
  const requests = SHOP_PATHS.flatMap((path, index) => [
    counted("shop_requests_total", { path, code: "200" }, (served * 3) / (index + 1)),
    counted(
      "shop_requests_total",
      { path, code: "500" },
      served * 0.01 + (path === "/checkout" ? troubled * share : 0),
    ),
  ]);
  const slow = troubled * share;
  const buckets = BUCKETS.map((bound) => {
    const fast = served * (1 - Math.exp(-bound / 0.15));
    const le = bound === Infinity ? "+Inf" : String(bound);
    return counted("shop_latency_seconds_bucket", { le }, fast + (bound > 1 ? slow : 0));
  });
  return [
    ...requests,
    ...buckets,
    counted("shop_latency_seconds_count", {}, served + slow),
    { name: "shop_latency_seconds_sum", labels: {}, value: served * 0.15 + slow * 1.8 },
    { name: "shop_open_carts", labels: {}, value: Math.round(40 * share * (1.5 + Math.sin(offset / 600))) },
  ];
}

// The integral of 2 requests/s that swing by half every hour: it never falls.
function waved(seconds: number): number {
  const period = 3600 / (2 * Math.PI);
  return 2 * (seconds + 0.5 * period * (1 - Math.cos(seconds / period)));
}

function counted(name: string, labels: Labels, value: number): Sample {
  return { name, labels, value: Math.floor(value) };
}

function exemplar(sample: Sample, instance: string, now: number): string | undefined {
  const le = sample.labels["le"];
  if (le === undefined) return undefined;
  const value = le === "+Inf" ? 3.2 : Number(le) * 0.9;
  return `# {${labelPairs({ trace_id: `${instance}-${le}-${Math.floor(now)}` })}} ${value} ${now.toFixed(3)}`;
}
