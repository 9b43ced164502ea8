// Starts the module with a datasource file made for one test.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Registry as MetricsRegistry } from "prom-client";
import type { Clock } from "../../../src/core/clock.ts";
import { prometheus } from "../../../src/modules/prometheus/index.ts";
import { startModule, type TestHub } from "../../support/modules.ts";

interface Options {
  clock?: Clock;
  env?: Record<string, string>;
  metrics?: MetricsRegistry;
}

/** Each entry needs a name and a url; its type is prometheus unless it says otherwise. */
export async function startWithDatasources(
  datasources: unknown[],
  { clock, env = {}, metrics }: Options = {},
): Promise<TestHub & { path: string }> {
  const dir = await mkdtemp(join(tmpdir(), "ops-hub-prometheus-"));
  const path = join(dir, "datasources.yaml");
  const typed = datasources.map((entry) =>
    typeof entry === "object" && entry !== null ? { type: "prometheus", ...entry } : entry,
  );
  await writeFile(path, JSON.stringify({ apiVersion: 1, datasources: typed }));
  const hub = await startModule(prometheus, { ...env, GRAFANA_DATASOURCES_PATH: path }, clock, metrics);
  const close = async () => {
    await hub.close();
    await rm(dir, { recursive: true, force: true });
  };
  return { ...hub, path, close };
}
