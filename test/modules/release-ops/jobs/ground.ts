// The ground of the job tests: runs and timers that do only what a test tells them, a clock it sets, and a folder of its own.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ParamSpec, ToolSpec } from "../../../../src/modules/release-ops/catalog/types.ts";
import { openJobs, type Jobs } from "../../../../src/modules/release-ops/jobs/jobs.ts";
import { jobTools } from "../../../../src/modules/release-ops/jobs/tools/index.ts";
import type { JobToolOptions } from "../../../../src/modules/release-ops/jobs/tools/view.ts";
import type { JobInput, RunOutcome, StartRun, Timers } from "../../../../src/modules/release-ops/jobs/types.ts";
import { inputOf } from "../../../../src/modules/release-ops/params/input.ts";
import { fixedClock, silent, startTools } from "../../../support/modules.ts";

const param = (more: Partial<ParamSpec>): ParamSpec => ({
  type: "string",
  required: false,
  default: undefined,
  nullable: false,
  enum: undefined,
  pattern: undefined,
  min: undefined,
  max: undefined,
  minLength: 0,
  maxLength: 5000,
  secret: false,
  allowDash: false,
  aliases: [],
  description: "",
  ...more,
});

export function toolSpec(name: string, more: Partial<ToolSpec> = {}, background: Partial<ToolSpec["background"]> = {}) {
  const spec: ToolSpec = {
    name,
    description: "",
    program: "p",
    params: new Map([
      ["release", param({ required: true })],
      ["note", param({})],
      ["token", param({ secret: true, aliases: ["key"] })],
    ]),
    argv: [],
    risk: "write",
    effects: [],
    riskWhen: [],
    result: "text",
    success: { exit: [0], failOn: [], verdict: undefined },
    cache: undefined,
    invalidates: [],
    lock: undefined,
    confirm: undefined,
    background: { mode: "auto", waitMs: 45_000, singleton: undefined, repeat: undefined, ...background },
    preflight: [],
    deprecated: undefined,
    timeoutMs: 1000,
    killGraceMs: 1000,
    cwd: undefined,
    output: { keepHeadBytes: 1, keepTailBytes: 1, hardLimitBytes: 1, stripAnsi: true },
    progress: "lines",
    ...more,
  };
  return spec;
}

export interface Outcome extends RunOutcome {
  readonly mark: string;
}

export const outcome = (more: Partial<Outcome["facts"]> & { ok?: boolean; output?: string } = {}): Outcome => {
  const { ok = true, output = "done", ...facts } = more;
  const ended = { reason: "exit", exit_code: ok ? 0 : 3, signal: null, verdict: null, duration_ms: 12 };
  return { ok, output, mark: "whole", facts: { ...ended, ...facts } };
};

export interface Run {
  readonly spec: ToolSpec;
  readonly input: JobInput;
  readonly options: Parameters<StartRun<Outcome>>[2];
  readonly end: (outcome: Outcome) => void;
  readonly fail: (error: unknown) => void;
}

export interface Sleep {
  readonly milliseconds: number;
  readonly signal: AbortSignal;
  readonly fire: () => void;
}

/** Hands out what arrives, in order, also before it has arrived. */
function queue<T>() {
  const [ready, waiting]: [T[], ((one: T) => void)[]] = [[], []];
  return {
    push(one: T) {
      const taker = waiting.shift();
      if (taker === undefined) ready.push(one);
      else taker(one);
    },
    next: () =>
      new Promise<T>((resolve) => {
        const one = ready.shift();
        if (one === undefined) waiting.push(resolve);
        else resolve(one);
      }),
  };
}

/** Runs end when a test says so, or as cancelled when their signal fires. */
export function fakeRuns() {
  const asked = queue<Run>();
  const runs: Run[] = [];
  const startRun: StartRun<Outcome> = (spec, input, options) =>
    new Promise((resolve, reject) => {
      const run = { spec, input, options, end: resolve, fail: reject };
      options.signal.addEventListener("abort", () =>
        resolve(outcome({ ok: false, reason: "cancelled", exit_code: null, signal: "SIGTERM" })),
      );
      runs.push(run);
      asked.push(run);
    });
  return { startRun, runs, next: asked.next };
}

export function fakeTimers() {
  const asked = queue<Sleep>();
  const timers: Timers = {
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        asked.push({ milliseconds, signal, fire: resolve });
      }),
  };
  return { timers, next: asked.next };
}

export async function createGround(
  specs: readonly ToolSpec[],
  admit: JobToolOptions<Outcome>["admit"] = (_, input) => input,
) {
  const folder = await mkdtemp(join(tmpdir(), "ops-jobs-"));
  const clock = fixedClock();
  const runs = fakeRuns();
  const timers = fakeTimers();
  const tools = new Map(specs.map((spec) => [spec.name, spec]));
  const open = () =>
    openJobs({ startRun: runs.startRun, clock, timers: timers.timers, folder: join(folder, "state"), log: silent });
  const hubOf = (jobs: Jobs<Outcome>) => startTools(jobTools({ jobs, tools: () => tools, inputOf, admit }), clock);
  const jobs = await open();
  const hub = hubOf(jobs);
  const { signal } = new AbortController();
  return {
    folder,
    clock,
    runs,
    timers,
    jobs,
    open,
    hubOf,
    call: (name: string, input?: unknown) => hub.call(name, input),
    start: async (tool: string, input: object = { release: "4.19" }): Promise<string> =>
      String((await hub.call("ops_job_start", { tool, arguments: input })).structured["id"]),
    status: async (id: string) => (await hub.call("ops_job_status", { id })).structured,
    adopt: (spec: ToolSpec, more: { signal?: AbortSignal; onLine?: (line: string) => void; input?: JobInput } = {}) =>
      jobs.adopt({ spec, input: { release: "4.19" }, signal, onLine: () => {}, caller: "me", door: "mcp", ...more }),
    stored: async () => JSON.parse(await readFile(join(folder, "state", "jobs.json"), "utf8")),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

export type Ground = Awaited<ReturnType<typeof createGround>>;
