// What Prometheus sees of the pipeline. States and the outbox's age are asked of the store when it scrapes, at most every 5 s.
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Clock } from "../../core/clock.ts";
import { STATES, type ReportState } from "../../core/report-desk.ts";
import type { ReportStore, Stats } from "../store/contract.ts";

const FRESH_MS = 5_000;
const DURATION_BUCKETS_S = [0.05, 0.25, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3_600, 21_600];
const PREFIX = "ops_hub_reports_";

export interface Meters {
  accepted(): void;
  left(state: ReportState, afterMs: number): void;
  outcome(outcome: string, analysis: string | undefined, reports: number): void;
  filingFailed(reason: string): void;
  modelRan(result: "ok" | "down" | "failed", tokens: number, violations: number): void;
  redacted(secrets: number): void;
  /** From memory; asked anew when older than five seconds. */
  stats(): Stats;
  refresh(): Promise<Stats>;
}

export function createMeters(register: Registry, store: ReportStore, clock: Clock): Meters {
  const registers = [register];
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]): Counter<Label> =>
    new Counter({ name: `${PREFIX}${name}_total`, help, labelNames, registers });
  const accepted = counter("accepted", "Reports stored.");
  const outcomes = counter("outcomes", "Reports filed, by outcome and by who analysed them.", "outcome", "analysis");
  const failures = counter("filing_failures", "Tries to write to the tracker that failed.", "reason");
  const runs = counter("model_runs", "Analyses by the model: ok, down or failed.", "result");
  const tokens = counter("tokens", "Tokens of the model, input and output.");
  const violations = counter("policy_violations", "What the model tried and may not.");
  const redactions = counter("redactions", "Secrets taken out of evidence and issues.");
  const durations = new Histogram({
    name: `${PREFIX}state_duration_seconds`,
    help: "How long reports stayed in a state that they left.",
    labelNames: ["state"],
    buckets: DURATION_BUCKETS_S,
    registers,
  });
  const cache = createStatsCache(store, clock);
  addGauges(register, cache, clock);
  return {
    accepted: () => accepted.inc(),
    left: (state, afterMs) => durations.observe({ state }, Math.max(0, afterMs) / 1_000),
    outcome: (outcome, analysis = "none", reports) => outcomes.inc({ outcome, analysis }, reports),
    filingFailed: (reason) => failures.inc({ reason }),
    modelRan: (result, used, broken) => {
      runs.inc({ result });
      tokens.inc(used);
      violations.inc(broken);
    },
    redacted: (secrets) => redactions.inc(secrets),
    ...cache,
  };
}

type StatsCache = Pick<Meters, "stats" | "refresh">;

function createStatsCache(store: ReportStore, clock: Clock): StatsCache {
  let latest: Stats = { byState: {}, outboxSince: undefined };
  let readAt = Number.NEGATIVE_INFINITY;
  return {
    stats: () => latest,
    refresh: async () => {
      if (clock.now() - readAt < FRESH_MS) return latest;
      readAt = clock.now();
      latest = await store.stats();
      return latest;
    },
  };
}

/** A store that cannot be read leaves the last numbers: a scrape must not fail for it. */
function addGauges(register: Registry, cache: StatsCache, clock: Clock): void {
  const known = (): Promise<Stats> => cache.refresh().catch(() => cache.stats());
  const byState = new Gauge({
    name: `${PREFIX}by_state`,
    help: "Reports that are kept, by state.",
    labelNames: ["state"],
    registers: [],
    async collect() {
      const { byState } = await known();
      for (const state of STATES) this.set({ state }, byState[state] ?? 0);
    },
  });
  const age = new Gauge({
    name: `${PREFIX}outbox_age_seconds`,
    help: "For how long the oldest report has been waiting for the tracker after a failed try; 0 when none waits.",
    registers: [],
    async collect() {
      this.set(outboxAge(await known(), clock.now()));
    },
  });
  register.registerMetric(byState);
  register.registerMetric(age);
}

export const outboxAge = ({ outboxSince }: Stats, now: number): number =>
  outboxSince === undefined ? 0 : Math.max(0, now - outboxSince) / 1_000;
