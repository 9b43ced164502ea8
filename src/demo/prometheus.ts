// A real Prometheus for the demo, when the machine has one: in a directory of its own, on a free loopback port, scraping the hub and
// the shop, remembering the day before, and gone without a trace at close().
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { findBinary, runBinary, type Child } from "./binary.ts";
import { scrapeConfigs, type Scraped } from "./prometheus-config.ts";
import { RULE_GROUPS } from "./rules.ts";

export interface DemoPrometheusOptions extends Scraped {
  /** Where to look for `prometheus` and `promtool`, as the PATH variable is written. */
  readonly path: string;
  /** The day before, as OpenMetrics (history.ts); left out when there is no promtool beside Prometheus. */
  readonly history?: Iterable<string>;
  /** Ends a start that is under way. */
  readonly signal: AbortSignal;
}

export interface DemoPrometheus {
  readonly url: string;
  readonly pid: number;
  /** Whether the day before is in it. */
  readonly hasHistory: boolean;
  readonly close: () => Promise<void>;
  /** Kills it at once, for the parent's own `exit` event. Its directory stays behind. */
  readonly kill: () => void;
}

const START_LIMIT_MS = 30_000;
const INTERVAL = "5s";

/**
 * Undefined when there is no `prometheus` on the path.
 * @throws Error with Prometheus's last words when it does not come up within 30 s.
 */
export async function startDemoPrometheus(options: DemoPrometheusOptions): Promise<DemoPrometheus | undefined> {
  const binary = await findBinary("prometheus", options.path);
  if (binary === undefined) return undefined;
  const directory = await mkdtemp(join(tmpdir(), "ops-hub-demo-"));
  const remove = () => rm(directory, { recursive: true, force: true, maxRetries: 3 });
  let child: Child | undefined;
  try {
    const hasHistory = await fill(join(directory, "data"), options);
    options.signal.throwIfAborted();
    child = await runBinary(binary, await prepare(directory, options));
    const url = `http://${await whenReady(child, options.signal)}`;
    const { pid, kill, end } = child;
    const close = async () => {
      await end();
      await remove();
    };
    return { url, pid, hasHistory, kill, close };
  } catch (cause) {
    await child?.end();
    await remove();
    throw cause;
  }
}

// JSON is YAML, so the files need no YAML writer.
async function prepare(directory: string, scraped: Scraped): Promise<string[]> {
  const file = async (name: string, content: unknown) => {
    await writeFile(join(directory, name), JSON.stringify(content));
    return join(directory, name);
  };
  const config = await file("prometheus.yml", {
    global: { scrape_interval: INTERVAL, scrape_timeout: "4s", evaluation_interval: INTERVAL },
    rule_files: [await file("rules.yml", { groups: RULE_GROUPS })],
    scrape_configs: scrapeConfigs(scraped),
  });
  return [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(directory, "data")}`,
    "--storage.tsdb.retention.time=3d",
    "--web.listen-address=127.0.0.1:0",
    "--enable-feature=exemplar-storage",
  ];
}

/** Writes the day before into an empty database; false when that is not possible. */
async function fill(data: string, { path, history, signal }: DemoPrometheusOptions): Promise<boolean> {
  await mkdir(data);
  const promtool = await findBinary("promtool", path);
  if (history === undefined || promtool === undefined) return false;
  const file = join(data, "history.tmp");
  await pipeline(Readable.from(history), createWriteStream(file), { signal });
  // One block for the whole day takes a quarter of the time that the usual two hours take.
  const argv = ["tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=24h", "--quiet", file, data];
  const child = await runBinary(promtool, argv);
  const forget = onAbort(signal, child.kill);
  const how = await child.exited;
  forget();
  signal.throwIfAborted();
  await rm(file);
  if (!how.endsWith("code 0")) throw new Error(`the demo's history could not be written: ${how}\n${child.lastWords()}`);
  return true;
}

// Prometheus picks the port and logs it, so two demos never race for one. The ready line comes when /-/ready turns 200.
function whenReady(child: Child, signal: AbortSignal): Promise<string> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(START_LIMIT_MS)]);
  return new Promise((resolve, reject) => {
    const fail = (why: string) =>
      reject(new Error(`the demo's Prometheus did not come up: ${why}\n${child.lastWords()}`));
    onAbort(limit, () => fail(String(limit.reason)));
    void child.exited.then(fail);
    let address = "";
    child.onLine((line) => {
      address = /msg="Listening on".*?\baddress=(\S+)/.exec(line)?.[1] ?? address;
      if (line.includes("Server is ready to receive web requests")) resolve(address);
    });
  });
}

/** Also when it is aborted already. The answer takes the listener away. */
function onAbort(signal: AbortSignal, act: () => void): () => void {
  if (signal.aborted) act();
  else signal.addEventListener("abort", act, { once: true });
  return () => signal.removeEventListener("abort", act);
}
