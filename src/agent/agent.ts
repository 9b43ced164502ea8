// The running agent: its store, its model and its pipeline, opened when the hub begins.
import { ToolFailure } from "../core/failure.ts";
import type { ModuleStart, RunningModule } from "../core/module.ts";
import type { ReportDesk } from "../core/report-desk.ts";
import type { Values } from "../core/settings.ts";
import { createAnalyst, type Analyst } from "./model/index.ts";
import { createTurns } from "./model/turn.ts";
import { createPipeline, type Pipeline } from "./pipeline/index.ts";
import type { SETTINGS } from "./settings.ts";
import type { ReportStore } from "./store/contract.ts";
import { describeStore, isStoreChosen, openStore } from "./store/open.ts";
import { tools } from "./tools/index.ts";

type AgentStart = ModuleStart<typeof SETTINGS>;

export function startAgent(start: AgentStart): RunningModule {
  const agent = new Agent(start);
  const desk = (): ReportDesk => agent.desk();
  return {
    tools: tools(desk),
    services: { desk },
    begin: () => agent.begin(),
    isReady: () => agent.isReady(),
    health: () => agent.health(),
    check: async () => ({ ok: true, message: `reports are kept in ${describeStore(start.settings, start.env)}` }),
    close: () => agent.close(),
  };
}

/** Its database is opened when the hub begins, and not by --check-config, which may run beside the hub. */
class Agent {
  readonly #start: AgentStart;
  #open: { store: ReportStore; pipeline: Pipeline; analyst: Analyst | undefined } | undefined;
  #problem = "the hub is starting";

  constructor(start: AgentStart) {
    this.#start = start;
  }

  /** Throws when the database that the operator chose cannot be opened; without such a choice only reports are refused. */
  async begin(): Promise<void> {
    const { settings, env, clock, log } = this.#start;
    try {
      const store = await openStore(settings, env, clock);
      const analyst = analystOf(this.#start);
      const pipeline = pipelineOf(this.#start, store, analyst);
      this.#open = { store, pipeline, analyst };
      pipeline.start();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const problem = `the reports' database (${describeStore(settings, env)}) cannot be opened: ${error.message}`;
      if (isStoreChosen(settings)) throw new ToolFailure("unavailable", problem, {}, { cause: error });
      this.#problem = problem;
      log.warn({ problem }, "no failure reports; set DATA_DIR");
    }
  }

  desk(): ReportDesk {
    if (this.#open !== undefined) return this.#open.pipeline.desk;
    throw new ToolFailure("unavailable", `no failure reports now: ${this.#problem}`);
  }

  async isReady(): Promise<boolean> {
    return this.#open === undefined || this.#open.pipeline.desk.isWritable();
  }

  health() {
    return this.#open?.pipeline.health() ?? { problem: this.#problem };
  }

  async close(): Promise<void> {
    await this.#open?.pipeline.close();
    await this.#open?.analyst?.close();
    await this.#open?.store.close();
  }
}

function analystOf({
  settings,
  registry,
  redactor,
  clock,
  log,
  metrics,
  trail,
  watch,
}: AgentStart): Analyst | undefined {
  const { modelUrl, mode } = settings;
  if (modelUrl === undefined || mode === "off") return undefined;
  return createAnalyst({
    baseUrl: modelUrl,
    apiKey: settings.modelKey,
    model: settings.model,
    mode,
    timeoutMs: settings.modelTimeoutSeconds * 1_000,
    maxSteps: settings.modelSteps,
    contextTokens: settings.contextTokens,
    concurrency: settings.modelConcurrency,
    registry,
    redactor,
    extraTools: settings.extraTools,
    clock,
    log,
    turns: createTurns(metrics, trail),
    trail,
    watch: watch("model"),
  });
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const limitsOf = (settings: Values<typeof SETTINGS>) => ({
  budgetMs: settings.budgetSeconds * 1_000,
  llmConcurrency: settings.modelConcurrency,
  evidenceConcurrency: 8,
  filingConcurrency: 2,
  dailyTokens: settings.dailyTokens,
  stormThreshold: settings.stormThreshold,
  stormWindowMs: 5 * MINUTE_MS,
  retentionMs: settings.retentionDays * DAY_MS,
  evidenceBytes: 2_000_000_000,
  outboxMs: 3 * DAY_MS,
  collectMs: 30_000,
  leaseMs: MINUTE_MS,
});

function pipelineOf(start: AgentStart, store: ReportStore, analyst: Analyst | undefined): Pipeline {
  const { settings, services, clock, log, metrics, redactor, publicUrl, trail } = start;
  return createPipeline({
    store,
    source: services.evidence,
    tracker: services.tracker,
    analyst,
    clock,
    log,
    metrics,
    redactor,
    trail,
    template: settings.template,
    publicUrl,
    limits: limitsOf(settings),
  });
}
