// Runs a plan: may it, can it, whose turn is it, run, judge, audit. The one way in which a command starts.
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../../core/clock.ts";
import type { Catalog } from "../catalog/types.ts";
import type { CommandMeter } from "../meters.ts";
import type { RunResult } from "../runner/types.ts";
import type { Audit } from "./audit.ts";
import { admit, type Asking } from "./confirm.ts";
import type { Environments, ProgramEnv } from "./env.ts";
import type { Executable, Executables } from "./executables.ts";
import { pass, type Gate } from "./gate.ts";
import { outcomeOf, type RunMeta } from "./outcome.ts";
import { planOf } from "./plan.ts";
import { preflight } from "./preflight.ts";
import type { Runners } from "./runners.ts";
import type { Turns } from "./turns.ts";
import type { Plan, RunOptions, RunOutcome, StartRun } from "./types.ts";
import { createWatch } from "./watch.ts";

export interface EngineOptions {
  readonly catalog: Catalog;
  readonly environments: Environments;
  readonly gate: Gate;
  readonly executables: Executables;
  readonly runners: Runners;
  readonly turns: Turns;
  readonly audit: Audit;
  readonly meter: CommandMeter;
  readonly clock: Clock;
  /** A command that changed something went well. */
  readonly onSuccess: (plan: Plan) => void;
}

export interface Engine {
  /** @throws ToolFailure invalid, denied, unavailable: nothing has run */
  readonly startRun: StartRun;
  /** Without the gate; for plans that passed it. */
  run(plan: Plan, options: RunOptions): Promise<RunOutcome>;
  /** @throws ToolFailure denied */
  pass(plan: Plan): void;
  /** The same for a client that may be asked. Returns the arguments that it confirmed with, beside those it gave. */
  admit(plan: Plan, asking: Asking): Readonly<Record<string, string>>;
}

export function createEngine(options: EngineOptions): Engine {
  const { catalog, environments, gate, executables, turns, clock } = options;
  const run = async (plan: Plan, call: RunOptions): Promise<RunOutcome> => {
    const seen = await environments.of(plan.program);
    const executable = await executables.find(plan.program);
    if (executable !== undefined) await preflight(plan, seen);
    const askedAt = clock.now();
    const work = () => {
      const meta = { runId: randomUUID(), queueMs: clock.now() - askedAt };
      return options.meter.command(plan, meta.runId, () => runNow(options, { plan, call, seen, executable, meta }));
    };
    return turns.run(plan.lock, work, call.signal);
  };
  return {
    run,
    pass: (plan) => pass(gate, plan),
    admit: (plan, asking) => admit(gate, plan, asking),
    startRun: async (spec, input, call) => {
      const plan = planOf(catalog, spec, input);
      pass(gate, plan);
      return run(plan, call);
    },
  };
}

interface Ready {
  readonly plan: Plan;
  readonly call: RunOptions;
  readonly seen: ProgramEnv;
  readonly executable: Executable | undefined;
  readonly meta: RunMeta;
}

async function runNow({ audit, runners, onSuccess }: EngineOptions, ready: Ready): Promise<RunOutcome> {
  const { plan, call, seen, executable, meta } = ready;
  const secrets = [...seen.secrets, ...plan.secrets];
  await audit.intent(meta.runId, plan, call, secrets);
  const watch = createWatch(plan.success);
  const onLine = (line: string): void => {
    watch?.onLine(line);
    call.onLine?.(line);
  };
  const cwd = plan.cwd ?? (await mkdtemp(join(tmpdir(), "ops-run-")));
  try {
    const result =
      executable === undefined
        ? notFound(plan.program.exec)
        : await runners.of(plan.program).run({
            exec: executable.path,
            argv: [...executable.prefix, ...plan.argv],
            env: seen.env,
            cwd,
            timeoutMs: plan.timeoutMs,
            killGraceMs: plan.killGraceMs,
            output: plan.output,
            merge: plan.result === "text",
            secrets,
            signal: call.signal,
            ...(watch === undefined && call.onLine === undefined ? {} : { onLine }),
            ...(plan.preloadKey === undefined ? {} : { preloadKey: plan.preloadKey }),
          });
    const outcome = outcomeOf(plan, result, watch ?? { failed: false, verdict: undefined }, meta);
    await audit.end(meta.runId, plan, call, outcome);
    if (outcome.ok) onSuccess(plan);
    return outcome;
  } finally {
    if (plan.cwd === undefined) await rm(cwd, { recursive: true, force: true });
  }
}

const notFound = (exec: string): RunResult => ({
  reason: "spawn_error",
  exitCode: null,
  signal: null,
  output: "",
  stdout: "",
  stdoutBytes: 0,
  stderrBytes: 0,
  truncated: false,
  durationMs: 0,
  error: `${exec}: not found on the hub's PATH, or not executable`,
});
