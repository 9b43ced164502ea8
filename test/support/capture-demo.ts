// Captures the day that the demo's stand-in replays: starts a real Prometheus on the demo's own history, load and rules, lets it scrape for
// two minutes, asks it, and writes src/demo/capture. Run by hand: node test/support/capture-demo.ts
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { format, resolveConfig } from "prettier";
import { z } from "zod";
import { history } from "../../src/demo/history.ts";
import { startLoad } from "../../src/demo/load.ts";
import { startDemoPrometheus } from "../../src/demo/prometheus.ts";
import { DURATIONS, ERROR_RATE, MEMORY, P99, QUESTIONS } from "../../src/demo/questions.ts";
import { stateFile, type CatalogFile, type QueriesFile, type StateFile } from "../../src/demo/replay/capture.ts";
import { encodeCurve } from "../../src/demo/replay/run-length.ts";
import { DAY_SECONDS } from "../../src/demo/shop/plan.ts";
import { Shop } from "../../src/demo/shop/shop.ts";
import { combined, quantileQueries } from "../../src/modules/prometheus/language/histogram.ts";
import { parseMatchers } from "../../src/modules/prometheus/language/matchers.ts";
import { startHub } from "./hub.ts";

const SEED = 7;
const STEP_SECONDS = 60;
const LIVE_MS = 125_000;
/** Digits kept of the largest value of a query. */
const DIGITS = 4;
const MAX_EXEMPLARS_PER_SERIES = 2;

const labels = z.record(z.string(), z.string());
const matrix = z.object({
  result: z.array(z.object({ metric: labels, values: z.array(z.tuple([z.number(), z.string()])) })),
});

type Ask = (path: string, parameters?: Record<string, string>) => Promise<unknown>;

/** What query_histogram asks for the suggested question. */
function histogramQuery(): string {
  const { quantiles, matchers } = z
    .object({ quantiles: z.array(z.number()), matchers: z.string() })
    .parse(QUESTIONS.find(({ tool }) => tool === "query_histogram")?.arguments);
  const query = { metric: DURATIONS, quantiles, matchers: parseMatchers(matchers), by: [], windowSeconds: 300 };
  return combined(quantileQueries(query, "classic"), quantiles);
}

const QUERIES = [
  ERROR_RATE,
  P99,
  MEMORY,
  histogramQuery(),
  "sum by (service) (rate(http_requests_total[5m]))",
  "queue_depth",
  "up",
  "up == 0",
  "ALERTS",
];

async function captureQueries(ask: Ask, end: number): Promise<QueriesFile> {
  const start = end - DAY_SECONDS;
  const queries: QueriesFile["queries"] = [];
  for (const query of QUERIES) {
    const parameters = { query, start: String(start), end: String(end), step: String(STEP_SECONDS) };
    const { result } = matrix.parse(await ask("query_range", parameters));
    const decimals = decimalsFor(result.flatMap(({ values }) => values.map(([, value]) => Number(value))));
    const series = result.map(({ metric, values }) => {
      const byTime = new Map(values.map(([time, value]) => [time, Number(value)]));
      const steps = Array.from({ length: DAY_SECONDS / STEP_SECONDS + 1 }, (_, index) => start + index * STEP_SECONDS);
      return {
        metric,
        ...encodeCurve(
          steps.map((step) => byTime.get(step)),
          decimals,
        ),
      };
    });
    queries.push({ query, formatted: z.string().parse(await ask("format_query", { query })), series });
  }
  return { stepSeconds: STEP_SECONDS, queries };
}

/** Small whole numbers stay whole. */
function decimalsFor(values: readonly number[]): number {
  const largest = Math.max(...values.map(Math.abs));
  if (largest < 10 ** DIGITS && values.every(Number.isInteger)) return 0;
  return DIGITS - Math.floor(Math.log10(largest)) - 1;
}

async function captureCatalog(ask: Ask): Promise<CatalogFile> {
  const series: CatalogFile["series"] = {};
  for (const { __name__: name = "", ...rest } of z
    .array(labels)
    .parse(await ask("series", { "match[]": '{__name__=~".+"}' }))) {
    (series[name] ??= []).push(rest);
  }
  return { series, metadata: z.record(z.string(), z.array(z.looseObject({}))).parse(await ask("metadata")) };
}

async function captureState(ask: Ask): Promise<StateFile> {
  const exemplars = z
    .array(z.looseObject({ seriesLabels: labels, exemplars: z.array(z.looseObject({ timestamp: z.number() })) }))
    .parse(await ask("query_exemplars", { query: `${DURATIONS}_bucket` }))
    .map((entry) => ({ ...entry, exemplars: entry.exemplars.slice(-MAX_EXEMPLARS_PER_SERIES) }));
  const replies = {
    alerts: await ask("alerts"),
    rules: await ask("rules"),
    targets: await ask("targets"),
    exemplars,
    tsdb: await ask("status/tsdb"),
    buildinfo: await ask("status/buildinfo"),
  };
  // The reader's own schema checks it.
  return stateFile.parse(relative(replies, Date.now() / 1000));
}

/** Times as Timeline.shift reads them, and nothing that names this machine. */
function relative(value: unknown, end: number, key = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => relative(item, end));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, relative(member, end, name)]));
  }
  const since = (seconds: number) => Math.round((seconds - end) * 1000) / 1000;
  if (["activeAt", "lastScrape", "lastEvaluation"].includes(key)) return since(Date.parse(String(value)) / 1000);
  if (key === "timestamp") return since(Number(value));
  if (["minTime", "maxTime"].includes(key)) return since(Number(value) / 1000);
  if (key === "file") return "/etc/prometheus/rules.yml";
  return typeof value === "string" ? value.replaceAll(`//${hostname()}:`, "//localhost:") : value;
}

function sources(version: string, end: number): string {
  return `# Where these files come from

- Command: \`node test/support/capture-demo.ts\` (needs \`prometheus\` and \`promtool\` on the PATH)
- Server: ${version}
- Date: ${new Date(end * 1000).toISOString()}

A day of the demo's own shop (src/demo/shop, seed ${SEED}) was written into an empty database with
\`promtool tsdb create-blocks-from openmetrics\`; then a real Prometheus with the demo's configuration and rules scraped the shop and a hub
for two minutes. The incident stands ten hours before the end and lasts forty minutes.

- \`queries.json\`: \`query_range\` over the last 24 h at ${STEP_SECONDS} s. The largest value of a query keeps ${DIGITS} digits, the others its decimals;
  small whole numbers are exact. The notation is explained in src/demo/replay/run-length.ts.
- \`catalog.json\`: \`series\` of everything, and \`metadata\`.
- \`state.json\`: \`alerts\`, \`rules\`, \`targets\`, \`query_exemplars\` (the last ${MAX_EXEMPLARS_PER_SERIES} of each series), \`status/tsdb\`, \`status/buildinfo\`.
  Times are seconds relative to the moment of asking. The rule file's path and the host's name were replaced.
`;
}

async function main(): Promise<void> {
  const directory = new URL("../../src/demo/capture/", import.meta.url);
  const save = async (name: string, text: string) => {
    const target = new URL(name, directory);
    await writeFile(target, await format(text, { ...(await resolveConfig(target)), filepath: name }));
  };
  const clock = { now: Date.now };
  const shop = new Shop({ seed: SEED, startedAt: clock.now() });
  const load = await startLoad({ shop, clock });
  const hub = await startHub([]);
  const path = process.env["PATH"] ?? "";
  const prometheus = await startDemoPrometheus({
    path,
    loadUrl: load.url,
    targets: shop.targets(),
    hubMetricsUrl: `${hub.url}/metrics`,
    history: history(shop),
    signal: AbortSignal.timeout(60_000),
  });
  if (!prometheus?.hasHistory) throw new Error("prometheus and promtool must be on the PATH");
  process.once("exit", prometheus.kill);
  try {
    await pause(LIVE_MS);
    const ask: Ask = async (path, parameters = {}) => {
      const reply = await fetch(`${prometheus.url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
      if (!reply.ok) throw new Error(`${path} answered ${reply.status}: ${await reply.text()}`);
      return z.object({ data: z.unknown() }).parse(await reply.json()).data;
    };
    const end = Math.floor(Date.now() / 1000 / STEP_SECONDS) * STEP_SECONDS;
    await save("queries.json", JSON.stringify(await captureQueries(ask, end)));
    await save("catalog.json", JSON.stringify(await captureCatalog(ask)));
    await save("state.json", JSON.stringify(await captureState(ask)));
    const { stdout, stderr } = await promisify(execFile)("prometheus", ["--version"]);
    await save("SOURCES.md", sources((stdout || stderr).split(" (")[0] ?? "", end));
  } finally {
    await Promise.all([prometheus.close(), load.close(), hub.close()]);
  }
}

await main();
