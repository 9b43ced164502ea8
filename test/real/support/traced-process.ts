// The hub as its own process with a Prometheus on loopback, told to send its traces somewhere.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { error, startPrometheusMock, vector, type PrometheusMock } from "../../support/prometheus-mock.ts";
import { startChild } from "./child.ts";

const MAIN = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));

export interface TracedProcess {
  readonly url: string;
  /** Its `up` answers; its query of `bad` fails with 422. */
  readonly prometheus: PrometheusMock;
  /** Lines of its log, as objects. */
  readonly lines: Record<string, unknown>[];
  /** SIGTERM; resolves with how it ended, and how many milliseconds that took. */
  end(): Promise<{ how: string; tookMs: number }>;
}

/** Standard error is not read: it must be empty. */
export async function startTracedProcess(env: Record<string, string>): Promise<TracedProcess> {
  const prometheus = await startPrometheusMock();
  prometheus.on("api/v1/query", ({ params }) =>
    params.get("query") === "bad" ? error(422, "execution", "no") : vector([[{ __name__: "up" }, "1"]]),
  );
  const directory = await mkdtemp(join(tmpdir(), "ops-hub-traces-"));
  const path = join(directory, "datasources.json");
  await writeFile(path, JSON.stringify({ datasources: [{ name: "mock", type: "prometheus", url: prometheus.url }] }));
  const child = await startChild(process.execPath, [MAIN], {
    PATH: process.env["PATH"] ?? "",
    PORT: "0",
    HEALTH_METRICS_PORT: "0",
    GRAFANA_DATASOURCES_PATH: path,
    ...env,
  });
  const lines: Record<string, unknown>[] = [];
  const ready = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(JSON.parse(line));
    const url = /"url":"(http:[^"]+)\/mcp"/.exec(line)?.[1];
    if (url !== undefined) ready.resolve(url);
  });
  void child.exited.then((how) => ready.reject(new Error(`${how}: ${child.lastWords()}`)));
  return {
    url: await ready.promise,
    prometheus,
    lines,
    end: async () => {
      const began = performance.now();
      await child.end(20_000);
      const tookMs = performance.now() - began;
      await prometheus.close();
      await rm(directory, { recursive: true, force: true });
      return { how: (await child.exited).replace(/^\S+ /, "") + child.lastWords(), tookMs };
    },
  };
}
