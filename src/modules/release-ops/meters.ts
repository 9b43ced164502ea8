// The module's numbers for Prometheus, and the span of a command. What the cache and the queue know is read when it is asked for.
import { basename } from "node:path";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { showGauge } from "../../core/gauge.ts";
import type { Trail } from "../../core/trail.ts";
import type { Cache } from "./cache/cache.ts";
import type { Turns } from "./runs/turns.ts";
import type { Plan, RunOutcome } from "./runs/types.ts";

export interface CommandMeter {
  /** From the start of a command to its end. The span's name is the program's: arguments may hold anything. */
  command(plan: Plan, runId: string, run: () => Promise<RunOutcome>): Promise<RunOutcome>;
}

const DURATION_BUCKETS_S = [0.05, 0.25, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600];

export function createCommandMeter(register: Registry, trail: Trail): CommandMeter {
  const registers = [register];
  const commands = new Counter({
    name: "ops_hub_commands_total",
    help: "Commands by program and outcome: ok, failed, or why they did not start or not end by themselves.",
    labelNames: ["program", "outcome"],
    registers,
  });
  const durations = new Histogram({
    name: "ops_hub_command_duration_seconds",
    help: "How long commands took, without the wait for their turn.",
    labelNames: ["program"],
    buckets: DURATION_BUCKETS_S,
    registers,
  });
  return {
    command: ({ tool, program: { name: program, exec } }, runId, run) => {
      const stop = durations.startTimer({ program });
      const attributes = {
        "process.executable.name": basename(exec),
        "ops_hub.tool": tool,
        "ops_hub.run.id": runId,
      };
      return trail.span({ name: program, kind: "client", attributes }, async (span) => {
        let outcome = "error";
        try {
          const result = await run();
          outcome = wordOf(result);
          span.set({ "process.exit.code": result.facts.exit_code ?? undefined });
          if (!result.ok) span.fail(outcome);
          return result;
        } finally {
          stop();
          commands.inc({ program, outcome });
        }
      });
    },
  };
}

const wordOf = ({ ok, facts }: RunOutcome): string => (ok ? "ok" : facts.reason === "exit" ? "failed" : facts.reason);

/** The queue and the cache, read at each scrape. */
export function addGauges(
  register: Registry,
  { cache, turns }: { readonly cache: Cache; readonly turns: Turns },
): void {
  showGauge(register, { name: "ops_hub_commands_running", help: "Commands that run." }, () => turns.running);
  const waiting = { name: "ops_hub_commands_waiting", help: "Commands that wait for their turn." };
  showGauge(register, waiting, () => turns.waiting);
  const entries = new Gauge({
    name: "ops_hub_cache_entries",
    help: "Results that are kept.",
    labelNames: ["cache"],
    registers: [],
    collect() {
      this.reset();
      for (const [name, store] of cache.stores) this.set({ cache: name }, store.entries().length);
    },
  });
  const reads = new Counter({
    name: "ops_hub_cache_reads_total",
    help: "Results that were asked for: hit, miss, or coalesced with a command that ran already; a changed store begins at 0.",
    labelNames: ["cache", "result"],
    registers: [],
    collect() {
      this.reset();
      for (const [name, { counters }] of cache.stores) {
        const { hits, misses, coalesced } = counters;
        this.inc({ cache: name, result: "hit" }, hits - coalesced);
        this.inc({ cache: name, result: "miss" }, misses);
        this.inc({ cache: name, result: "coalesced" }, coalesced);
      }
    },
  });
  register.registerMetric(entries);
  register.registerMetric(reads);
}
