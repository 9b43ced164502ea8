// Starting the demo's Prometheus where there is none, or a broken one. The real one: test/real/demo-prometheus.test.ts.
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { scrapeConfigs } from "../../src/demo/prometheus-config.ts";
import { startDemoPrometheus } from "../../src/demo/prometheus.ts";

async function directory() {
  const path = await mkdtemp(join(tmpdir(), "ops-hub-path-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

const options = (path: string) => ({
  path,
  loadUrl: "http://127.0.0.1:1/metrics",
  targets: [{ job: "shop", instance: "web-0" }],
  signal: new AbortController().signal,
});

test("without a prometheus on the path there is none", async () => {
  const path = await directory();
  await mkdir(join(path, "elsewhere"));
  expect(await startDemoPrometheus(options([path, "relative", ""].join(delimiter)))).toBeUndefined();
});

test("a prometheus that ends at once is an error with its last words, and leaves nothing behind", async () => {
  const path = await directory();
  const before = await leftovers();
  await writeFile(join(path, "prometheus"), "#!/bin/sh\necho 'level=error no luck today' >&2\nexit 3\n");
  await chmod(join(path, "prometheus"), 0o755);
  await expect(startDemoPrometheus(options(path))).rejects.toThrow(
    /the demo's Prometheus did not come up: .*prometheus ended with code 3\nlevel=error no luck today/,
  );
  expect(await leftovers()).toEqual(before);
});

const leftovers = async () => (await readdir(tmpdir())).filter((name) => name.startsWith("ops-hub-demo-"));

test("every pod is a target of its own, beside the batch exporter and the hub", () => {
  const configs = scrapeConfigs({ ...options(""), hubMetricsUrl: "http://127.0.0.1:8080/metrics" });
  const load = { __metrics_path__: "/metrics" };
  expect(configs).toEqual([
    {
      job_name: "shop",
      static_configs: [
        { targets: ["127.0.0.1:1"], labels: { ...load, __param_pod: "web-0", job: "shop", instance: "web-0" } },
      ],
    },
    {
      job_name: "batch",
      static_configs: [
        { targets: ["127.0.0.1:1"], labels: { ...load, __param_pod: "batch-0", job: "batch", instance: "batch-0" } },
      ],
    },
    {
      job_name: "ops-hub",
      metrics_path: "/metrics",
      static_configs: [{ targets: ["127.0.0.1:8080"], labels: { instance: "hub" } }],
    },
  ]);
});
