// Evidence for the store's tests: valid, and with any text in its log.
import type { Evidence } from "../../../src/core/evidence.ts";

export const evidenceOf = (log: string): Evidence => ({
  collected_at: "2026-11-25T10:00:00Z",
  cluster: "prod",
  namespace: "shop",
  workload: { kind: "Pipeline", name: "build", task: "test" },
  containers: [{ name: "step-build", role: "step", state: "terminated", restarts: 0, exit_code: 1 }],
  events: [],
  logs: [
    { container: "step-build", previous: false, text: log, lines_total: 1, bytes_total: log.length, truncated: false },
  ],
  also_failed: [],
  problems: [],
  redacted: 0,
});
