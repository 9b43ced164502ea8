// A real Prometheus for the benchmark, when there is one on PATH.
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { startPrometheus, type RunningPrometheus } from "../real/support/prometheus.ts";

const TARGETS = Array.from({ length: 20 }, (_, i) => `127.0.0.1:${i + 1}`);

/** Its `up` has 20 series, all of targets that do not answer. */
export async function startUpstream(): Promise<RunningPrometheus | undefined> {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const found = await Promise.all(
    folders.map((folder) =>
      access(join(folder, "prometheus")).then(
        () => true,
        () => false,
      ),
    ),
  );
  if (!found.includes(true)) return undefined;
  return startPrometheus({
    scrapeConfigs: [{ job_name: "bench", static_configs: [{ targets: TARGETS }] }],
    intervalSeconds: 5,
  });
}
