// Fills an empty Prefect through its own API with what operators meet: runs that failed, crashed, hang, wait and are late, and why.
// Every name is fixed; ids and times are the server's, and come back under those names.
import { bigLogLine, BIG_LOG_LINES } from "../../support/prefect/big-log.ts";
import type { PrefectApi } from "./prefect-api.ts";
import { seedInfra, type Infra } from "./prefect-seed-infra.ts";
import { seedRecords } from "./prefect-seed-records.ts";

/** Ids by name. */
export interface Seeded extends Infra {
  runs: Record<string, string>;
  taskRuns: Record<string, string>;
  artifacts: Record<string, string>;
  automations: Record<string, string>;
  /** A scheduled run that went away with its deployment: 404. */
  goneRun: string;
  goneDeployment: string;
}

export interface SeedOptions {
  /** Lines of the log of the run `big`; 10,000 by default. */
  bigLogLines?: number;
}

export async function seedPrefect(api: PrefectApi, options: SeedOptions = {}): Promise<Seeded> {
  const infra = await seedInfra(api);
  const seed = new RunSeeder(api, infra);
  await seed.ended();
  await seed.waiting();
  await seed.family();
  await seed.big(options.bigLogLines ?? BIG_LOG_LINES);
  const gone = await seed.orphans();
  const records = await seedRecords(api, infra, seed.runs, seed.taskRuns);
  return { ...infra, runs: seed.runs, taskRuns: seed.taskRuns, ...records, ...gone };
}

interface NewRun {
  flow?: string;
  deployment?: string;
  parameters?: object;
  tags?: string[];
  parentTask?: string;
  state?: object;
  queue?: string;
}

class RunSeeder {
  readonly runs: Record<string, string> = {};
  readonly taskRuns: Record<string, string> = {};
  readonly #api: PrefectApi;
  readonly #infra: Infra;

  constructor(api: PrefectApi, infra: Infra) {
    this.#api = api;
    this.#infra = infra;
  }

  /** Runs of etl-nightly/prod that came to an end, oldest first: ok, failed twice alike, crashed, cancelled, retried. */
  async ended(): Promise<void> {
    await this.#ok("etl-ok");
    await this.#failed("etl-failed-before");
    await this.#failed("etl-failed");
    await this.#run("etl-crashed", { deployment: "etl-nightly/unlimited" });
    await this.#states("etl-crashed", ["PENDING", "RUNNING"]);
    await this.#log(
      "etl-crashed",
      [20, "Beginning flow run"],
      [50, "Process for flow run exited with status code: -9"],
    );
    await this.#set("etl-crashed", {
      type: "CRASHED",
      message: "Flow run process exited with status code: -9; it may have run out of memory.",
    });
    await this.#run("etl-cancelled", { deployment: "etl-nightly/unlimited" });
    await this.#set("etl-cancelled", { type: "CANCELLED", message: "Cancelled by an operator." });
    await this.#run("etl-retried", { deployment: "etl-nightly/unlimited" });
    await this.#states("etl-retried", ["PENDING", "RUNNING"]);
    await this.#set("etl-retried", { type: "FAILED", message: "first try failed" });
    await this.#set("etl-retried", {
      type: "SCHEDULED",
      name: "AwaitingRetry",
      state_details: { scheduled_time: past(1) },
    });
    await this.#states("etl-retried", ["PENDING", "RUNNING", "COMPLETED"]);
  }

  /** What holds slots, and what waits for them. */
  async waiting(): Promise<void> {
    // RUNNING for good: nobody sends heartbeats for it.
    await this.#run("etl-zombie", { deployment: "etl-nightly/limited" });
    await this.#states("etl-zombie", ["PENDING", "RUNNING"]);
    // The deployment allows one run at a time, and the zombie is it.
    await this.#run("etl-waiting", { deployment: "etl-nightly/limited" });
    await this.#set("etl-waiting", { type: "PENDING" });
    await this.#run("etl-pending", { deployment: "etl-nightly/pending" });
    await this.#set("etl-pending", { type: "PENDING" });
    for (const name of ["report-late-1", "report-late-2", "report-late-3"]) {
      await this.#run(name, { deployment: "report-weekly/weekly", state: scheduled(past(600)) });
    }
    await this.#run("report-late-high", {
      deployment: "report-weekly/weekly",
      queue: "high",
      state: scheduled(past(300)),
    });
    await this.#run("paused-late", { deployment: "report-weekly/paused", state: scheduled(past(900)) });
    await this.#run("queue-late", { deployment: "etl-nightly/slow-queue", state: scheduled(past(900)) });
    await this.#run("future-2030", { deployment: "report-weekly/weekly", state: scheduled("2030-01-01T00:00:00Z") });
    // Two tasks with the tag `database`, whose limit is one. The limit comes last: on SQLite, a task with a limited tag cannot
    // become RUNNING through the API (the server waits for its own lock), so the slot is given by hand.
    await this.#run("tagged", { flow: "etl-nightly" });
    await this.#states("tagged", ["RUNNING"]);
    await this.#task("tagged/holder", "tagged", ["RUNNING"], { tags: ["database"] });
    await this.#task("tagged/waiter", "tagged", [], { tags: ["database"] });
    await this.#api.post("concurrency_limits/", { tag: "database", concurrency_limit: 1 });
    await this.#api.post("concurrency_limits/tag/database/reset", { slot_override: [this.taskRuns["tagged/holder"]] });
  }

  /** A run whose child failed. */
  async family(): Promise<void> {
    await this.#run("parent", { flow: "parent-flow" });
    await this.#states("parent", ["RUNNING"]);
    await this.#task("parent/child", "parent", ["RUNNING"]);
    await this.#run("child", { flow: "child-flow", parentTask: this.taskRuns["parent/child"]! });
    await this.#states("child", ["RUNNING"]);
    await this.#set("child", { type: "FAILED", message: "Flow run encountered an exception: ValueError: bad row 17" });
    await this.#set("parent", { type: "FAILED", message: "1/1 states failed." });
  }

  async big(lines: number): Promise<void> {
    await this.#run("big", { flow: "big-log" });
    await this.#states("big", ["RUNNING"]);
    const at = Date.now() - 200_000;
    const flow_run_id = this.runs["big"];
    for (let from = 0; from < lines; from += 1_000) {
      const count = Math.min(1_000, lines - from);
      await this.#api.post(
        "logs/",
        Array.from({ length: count }, (_, i) => ({ ...bigLogLine(from + i, at), flow_run_id })),
      );
    }
    await this.#set("big", { type: "COMPLETED" });
  }

  /** Deleting a deployment takes its scheduled runs away and leaves the ended ones with an id that leads nowhere. */
  async orphans(): Promise<{ goneRun: string; goneDeployment: string }> {
    const goneDeployment = this.#infra.deployments["orphan-flow/deleted"]!;
    await this.#run("orphan-completed", { deployment: "orphan-flow/deleted" });
    await this.#states("orphan-completed", ["PENDING", "RUNNING", "COMPLETED"]);
    await this.#run("orphan-scheduled", {
      deployment: "orphan-flow/deleted",
      state: scheduled("2030-01-01T00:00:00Z"),
    });
    await this.#api.remove(`deployments/${goneDeployment}`);
    delete this.#infra.deployments["orphan-flow/deleted"];
    const goneRun = this.runs["orphan-scheduled"]!;
    delete this.runs["orphan-scheduled"];
    return { goneRun, goneDeployment };
  }

  async #ok(name: string): Promise<void> {
    await this.#run(name, {
      deployment: "etl-nightly/unlimited",
      parameters: { day: "2026-11-23", db_password: "canary-parameter" },
    });
    await this.#states(name, ["PENDING", "RUNNING"]);
    await this.#task(`${name}/extract`, name, ["RUNNING", "COMPLETED"]);
    await this.#task(`${name}/load`, name, ["RUNNING", "COMPLETED"], { after: `${name}/extract` });
    await this.#log(name, [20, "Beginning flow run"], [20, "Finished in state Completed()"]);
    await this.#set(name, { type: "COMPLETED" });
  }

  /** extract went well, load failed in all three tries, publish never ran for want of load. */
  async #failed(name: string): Promise<void> {
    const message =
      "HTTPStatusError: Server error '503 Service Unavailable' for url 'https://warehouse.example.com/load'";
    await this.#run(name, {
      deployment: "etl-nightly/unlimited",
      parameters: { day: "2026-11-24", db_password: "canary-parameter" },
    });
    await this.#states(name, ["PENDING", "RUNNING"]);
    await this.#task(`${name}/extract`, name, ["RUNNING", "COMPLETED"]);
    await this.#task(`${name}/load`, name, ["RUNNING"], { after: `${name}/extract`, retries: 2 });
    for (let attempt = 0; attempt < 3; attempt++) {
      await this.#log(name, [20, `Loading, try ${attempt + 1}`], [40, `Task run failed with exception: ${message}`]);
      if (attempt === 2) break;
      await this.#setTask(`${name}/load`, {
        type: "SCHEDULED",
        name: "AwaitingRetry",
        state_details: { scheduled_time: past(1) },
      });
      await this.#setTask(`${name}/load`, { type: "RUNNING" });
    }
    await this.#setTask(`${name}/load`, { type: "FAILED", message: `Task run encountered an exception ${message}` });
    await this.#task(`${name}/publish`, name, [], { after: `${name}/load` });
    await this.#setTask(`${name}/publish`, {
      type: "PENDING",
      name: "NotReady",
      message: "Upstream task run 'load' did not reach a 'COMPLETED' state.",
    });
    await this.#taskLog(`${name}/load`, name, [40, `token=canary-log-secret-0123456789 was sent; ${message}`]);
    await this.#log(name, [40, `Finished in state Failed('${message}')`]);
    await this.#set(name, { type: "FAILED", message: `Flow run encountered an exception: ${message}` });
  }

  async #run(
    name: string,
    { flow, deployment, parameters = {}, tags = [], parentTask, state, queue }: NewRun,
  ): Promise<void> {
    const common = { name, parameters, tags, ...(state === undefined ? {} : { state }) };
    const made =
      deployment === undefined
        ? await this.#api.post("flow_runs/", {
            ...common,
            flow_id: this.#infra.flows[flow!],
            ...(parentTask === undefined ? {} : { parent_task_run_id: parentTask }),
          })
        : await this.#api.post(`deployments/${this.#infra.deployments[deployment]}/create_flow_run`, {
            ...common,
            enforce_parameter_schema: false,
            ...(queue === undefined ? {} : { work_queue_name: queue }),
          });
    this.runs[name] = made.id;
  }

  async #states(name: string, types: string[]): Promise<void> {
    for (const type of types) await this.#set(name, { type });
  }

  #set(name: string, state: object): Promise<unknown> {
    return this.#api.post(`flow_runs/${this.runs[name]}/set_state`, { state, force: false });
  }

  async #task(
    name: string,
    run: string,
    types: string[],
    options: { after?: string; tags?: string[]; retries?: number } = {},
  ): Promise<void> {
    const { after, tags = [], retries = 0 } = options;
    const key = name.split("/")[1]!;
    const made = await this.#api.post("task_runs/", {
      name: `${key}-0`,
      flow_run_id: this.runs[run],
      task_key: `${key}-1a2b3c`,
      dynamic_key: "0",
      tags,
      empirical_policy: { retries, retry_delay: 0 },
      task_inputs: after === undefined ? {} : { rows: [{ input_type: "task_run", id: this.taskRuns[after] }] },
      state: { type: "PENDING" },
    });
    this.taskRuns[name] = made.id;
    for (const type of types) await this.#setTask(name, { type });
  }

  #setTask(name: string, state: object): Promise<unknown> {
    return this.#api.post(`task_runs/${this.taskRuns[name]}/set_state`, { state, force: false });
  }

  async #log(run: string, ...lines: [level: number, message: string][]): Promise<void> {
    await this.#api.post(
      "logs/",
      lines.map(([level, message], i) => logLine(level, message, this.runs[run]!, i)),
    );
  }

  async #taskLog(task: string, run: string, [level, message]: [number, string]): Promise<void> {
    await this.#api.post("logs/", [
      { ...logLine(level, message, this.runs[run]!, 0), name: "prefect.task_runs", task_run_id: this.taskRuns[task] },
    ]);
  }
}

const logLine = (level: number, message: string, flow_run_id: string, i: number) => ({
  name: "prefect.flow_runs",
  level,
  message,
  timestamp: new Date(Date.now() + i).toISOString(),
  flow_run_id,
});

const past = (seconds: number): string => new Date(Date.now() - 1_000 * seconds).toISOString();
const scheduled = (at: string) => ({ type: "SCHEDULED", state_details: { scheduled_time: at } });
