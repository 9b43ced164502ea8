// Starts Debian's own Prometheus for one test: a free loopback port, a directory of its own, gone without a trace at close().
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { startChild, type Child } from "./child.ts";

type Yaml = Record<string, unknown>;

export interface PrometheusOptions {
  /** More command line arguments: --query.max-samples=..., --query.timeout=..., --enable-feature=... */
  args?: string[];
  /** Serves everything below this path, as --web.external-url does: "/prom". */
  path?: string;
  /** The content of --web.config.file: tls_server_config, basic_auth_users. */
  webConfig?: Yaml;
  scrapeConfigs?: Yaml[];
  ruleGroups?: Yaml[];
  /** Scrape and evaluation interval, seconds. */
  intervalSeconds?: number;
  /** Fills the empty TSDB directory before the server starts. */
  fill?: (dataDirectory: string) => Promise<void>;
}

export interface RunningPrometheus {
  url: string;
  pid: number;
  close(): Promise<void>;
}

/** Resolves when Prometheus says that it answers requests, or rejects with its last words. */
export async function startPrometheus(options: PrometheusOptions = {}): Promise<RunningPrometheus> {
  const directory = await mkdtemp(join(tmpdir(), "ops-hub-prometheus-"));
  const removing = { recursive: true, force: true, maxRetries: 3 };
  // An interrupted run ends without close(), and the data directory is large.
  const removeAtExit = () => rmSync(directory, removing);
  const remove = async () => {
    process.off("exit", removeAtExit);
    await rm(directory, removing);
  };
  let child: Child | undefined;
  try {
    const args = await prepare(directory, options);
    child = await startChild("prometheus", args);
    process.once("exit", removeAtExit);
    const address = await ready(child);
    const scheme = options.webConfig?.["tls_server_config"] ? "https" : "http";
    const running = child;
    return {
      url: `${scheme}://${address}${options.path ?? ""}`,
      pid: running.pid,
      async close() {
        await running.end();
        await remove();
      },
    };
  } catch (cause) {
    await child?.end();
    await remove();
    throw cause;
  }
}

// JSON is YAML, so the files need no YAML writer.
async function prepare(directory: string, options: PrometheusOptions): Promise<string[]> {
  const file = async (name: string, content: Yaml) => {
    await writeFile(join(directory, name), JSON.stringify(content));
    return join(directory, name);
  };
  const interval = `${options.intervalSeconds ?? 1}s`;
  const config = await file("prometheus.yml", {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: options.ruleGroups ? [await file("rules.yml", { groups: options.ruleGroups })] : [],
    scrape_configs: options.scrapeConfigs ?? [],
  });
  const data = join(directory, "data");
  await mkdir(data);
  await options.fill?.(data);
  const args = [`--config.file=${config}`, `--storage.tsdb.path=${data}`, "--web.listen-address=127.0.0.1:0"];
  if (options.path) args.push(`--web.external-url=http://127.0.0.1${options.path}/`);
  if (options.webConfig) args.push(`--web.config.file=${await file("web.yml", options.webConfig)}`);
  return [...args, ...(options.args ?? [])];
}

// Prometheus picks the port and logs it, so two runs never race for one. Its "ready" line is written when /-/ready turns 200,
// and unlike that page needs neither the certificate nor the password of the web configuration.
function ready(child: Child): Promise<string> {
  return new Promise((resolve, reject) => {
    let address = "";
    let isReady = false;
    const fail = (why: string) => reject(new Error(`${why}\n${child.lastWords()}`));
    const timer = setTimeout(fail, 30_000, "prometheus was not ready after 30 s");
    void child.exited.then(fail);
    child.onStderr((line) => {
      address = /msg="Listening on" address=(\S+)/.exec(line)?.[1] ?? address;
      isReady ||= line.includes("Server is ready to receive web requests");
      // The two lines come from two goroutines, in either order.
      if (!isReady || address === "") return;
      clearTimeout(timer);
      resolve(address);
    });
  });
}

const envelope = z.object({ status: z.literal("success"), data: z.unknown() });
const sample = z.tuple([z.number(), z.string()]);
const series = z.object({
  metric: z.record(z.string(), z.string()),
  value: sample.optional(),
  values: z.array(sample).default([]),
});
const answer = z.object({ result: z.array(series) });

type Parameters = Record<string, string>;

/** The `data` of one GET on the HTTP API, asked past the hub, so that a test compares the hub with the truth. */
export async function askPrometheus(url: string, path: string, parameters: Parameters = {}): Promise<unknown> {
  const reply = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
  const body: unknown = await reply.json();
  const parsed = envelope.safeParse(body);
  if (!parsed.success) throw new Error(`${path} answered ${reply.status}: ${JSON.stringify(body).slice(0, 500)}`);
  return parsed.data.data;
}

/** The series of a `query` or `query_range` that yields a vector or a matrix. */
export async function askSeries(url: string, path: "query" | "query_range", parameters: Parameters) {
  return answer.parse(await askPrometheus(url, path, parameters)).result;
}

/** The value of an instant query that yields at most one series; undefined when it yields none. */
export async function askNumber(url: string, query: string): Promise<number | undefined> {
  const result = await askSeries(url, "query", { query });
  if (result.length > 1) throw new Error(`${query} yields ${result.length} series`);
  const value = result[0]?.value?.[1];
  return value === undefined ? undefined : Number(value);
}
