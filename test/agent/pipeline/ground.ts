// The pipeline on firm ground: the real store in a file, the real tracker before the Gitea stand-in, and a cluster and a model
// that do what a test tells them. It can be killed at any step and started again on the same file.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Registry } from "prom-client";
import type { Evidence, EvidenceSource, FailureTarget } from "../../../src/core/evidence.ts";
import type { IssueTracker } from "../../../src/core/issue-tracker.ts";
import { createRedactor } from "../../../src/core/redact.ts";
import type { ReportRequest, ReportView } from "../../../src/core/report-desk.ts";
import { Secret } from "../../../src/core/secret.ts";
import {
  createPipeline,
  type Pipeline,
  type PipelineLimits,
  type PipelineOptions,
} from "../../../src/agent/pipeline/index.ts";
import type { Analyst, AnalystInput, AnalystResult } from "../../../src/agent/model/index.ts";
import type { ReportStore } from "../../../src/agent/store/contract.ts";
import { openSqliteStore } from "../../../src/agent/store/sqlite.ts";
import { createGitea } from "../../../src/modules/gitea/client.ts";
import { createTracker } from "../../../src/modules/gitea/tracker.ts";
import { evidenceOf, exited, logOf, podOf } from "../../support/evidence.ts";
import { startGitea, type GiteaStandIn } from "../../support/gitea-stand-in.ts";
import { silent } from "../../support/modules.ts";
import { untraced } from "../../support/untraced.ts";

const TOKEN = "0123456789abcdef-canary-0123456789abcdef";
const never = new AbortController().signal;

/** Runs with the real one, and can be moved on. */
export class TestClock {
  offset = 0;
  now = (): number => Date.now() + this.offset;
  advance(ms: number): void {
    this.offset += ms;
  }
}

/** Pods are called `<workload>-<anything>`; those of one workload fail alike. */
export class TestCluster implements EvidenceSource {
  collected: string[] = [];
  /** Of a pod: which of its failures is meant. */
  readonly identities = new Map<string, string>();
  collectNow: (target: FailureTarget, signal: AbortSignal) => Promise<Evidence> = async (target) => evidenceFor(target);

  identify = async ({ podName }: FailureTarget): Promise<string | undefined> => this.identities.get(podName);

  collect(target: FailureTarget, signal: AbortSignal): Promise<Evidence> {
    this.collected.push(target.podName);
    return this.collectNow(target, signal);
  }
}

export function evidenceFor({ podName, namespace }: FailureTarget): Evidence {
  const [workload = ""] = podName.split("-");
  return evidenceOf({
    namespace,
    pod: podOf({ name: podName }),
    workload: { kind: "Deployment", name: workload },
    containers: [exited("app", 1)],
    chosen: { container: "app", because: "it ended with 1" },
    logs: [logOf("app", `starting\nError: cannot open the ledger of ${workload}\nat main.js:1`)],
  });
}

type Behaviour = (input: AnalystInput, signal: AbortSignal) => Promise<AnalystResult>;

export class TestModel implements Analyst {
  readonly asked: string[] = [];
  isOpen = true;
  behave: Behaviour = async ({ finding }) => analysed(finding.analysis);

  analyse(input: AnalystInput, signal: AbortSignal): Promise<AnalystResult> {
    this.asked.push(input.reportId);
    return this.behave(input, signal);
  }
  mayAsk = (): boolean => this.isOpen;
  health = () => ({ state: this.isOpen ? "ok" : "resting" });
  close = async (): Promise<void> => undefined;
}

export const analysed = (from: AnalystInput["finding"]["analysis"]): AnalystResult => ({
  ok: true,
  analysis: {
    ...from,
    source: "llm",
    cause: "the ledger is missing",
    summary: "MODEL SAYS SO",
    model: "test",
    tokens: 42,
  },
  violations: [],
  tokens: 42,
});

export const modelDown: Behaviour = async () => ({
  ok: false,
  reason: "503 from the model",
  isModelDown: true,
  violations: [],
  tokens: 0,
});

export const limits: PipelineLimits = {
  budgetMs: 300_000,
  llmConcurrency: 2,
  evidenceConcurrency: 8,
  filingConcurrency: 2,
  dailyTokens: 0,
  stormThreshold: 50,
  stormWindowMs: 300_000,
  retentionMs: 30 * 86_400_000,
  evidenceBytes: 2_000_000_000,
  outboxMs: 72 * 3_600_000,
  collectMs: 30_000,
  leaseMs: 60_000,
  pollMs: 20,
};

export interface GroundOptions {
  readonly limits?: Partial<PipelineLimits>;
  readonly hasTracker?: boolean;
  readonly hasSource?: boolean;
  readonly hasModel?: boolean;
  /** false: reports are taken, and nobody works on them before `start`. */
  readonly isStarted?: boolean;
}

export class Ground {
  readonly clock: TestClock;
  readonly cluster = new TestCluster();
  readonly model = new TestModel();
  readonly lines: Record<string, unknown>[] = [];
  readonly gitea: GiteaStandIn;
  metrics = new Registry();
  pipeline!: Pipeline;
  store!: ReportStore;
  readonly #options: GroundOptions;
  readonly #folder: string;
  readonly #others: Pipeline[] = [];
  #isClosed = false;
  #made!: PipelineOptions;
  #closeClient: () => Promise<void> = async () => undefined;

  private constructor(options: GroundOptions, gitea: GiteaStandIn, folder: string, clock: TestClock) {
    this.#options = options;
    this.gitea = gitea;
    this.#folder = folder;
    this.clock = clock;
  }

  static async start(options: GroundOptions = {}): Promise<Ground> {
    const clock = new TestClock();
    const gitea = await startGitea({ token: TOKEN, now: clock.now });
    const ground = new Ground(options, gitea, await mkdtemp(join(tmpdir(), "pipeline-")), clock);
    await ground.open();
    return ground;
  }

  /** `around` puts something between the pipeline and what it calls. */
  async open(around?: { store(store: ReportStore): ReportStore; tracker(tracker: IssueTracker): IssueTracker }) {
    const { hasTracker = true, hasSource = true, hasModel = true, isStarted = true } = this.#options;
    const { clock, gitea } = this;
    const host = gitea.url;
    const client = createGitea({ host, token: new Secret(TOKEN), timeoutMs: 2_000, clock, writesPerSecond: 1_000 });
    this.#closeClient = () => client.close();
    const tracker = createTracker(client, { owner: "ops", repo: "reports" });
    this.store = await openSqliteStore({ path: join(this.#folder, "reports.db"), clock });
    this.metrics = new Registry();
    const keep = (level: string) => (line: object) => void this.lines.push({ level, ...line });
    const log = { debug: keep("debug"), error: keep("error") };
    this.#made = {
      store: around?.store(this.store) ?? this.store,
      source: hasSource ? this.cluster : undefined,
      tracker: hasTracker ? (around?.tracker(tracker) ?? tracker) : undefined,
      analyst: hasModel ? this.model : undefined,
      clock,
      log: Object.assign(Object.create(silent), log),
      metrics: this.metrics,
      redactor: createRedactor({ key: "k" }),
      trail: untraced.trail,
      template: "hub",
      publicUrl: "https://hub.test",
      limits: { ...limits, ...this.#options.limits },
    };
    this.pipeline = createPipeline(this.#made);
    if (isStarted) this.pipeline.start();
  }

  /** A second pipeline on the same store, as another replica would be. */
  async open2(): Promise<void> {
    this.#others.push(this.pipeline);
    this.metrics = new Registry();
    this.pipeline = createPipeline({ ...this.#made, metrics: this.metrics });
    this.pipeline.start();
  }

  async shut(): Promise<void> {
    await Promise.all([this.pipeline, ...this.#others.splice(0)].map((one) => one.close()));
    await this.store.close();
    await this.#closeClient();
  }

  async restart(): Promise<void> {
    await this.shut();
    await this.open();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.shut();
    await this.gitea.close();
    await rm(this.#folder, { recursive: true });
  }

  async report(podName: string, more: Partial<ReportRequest> = {}) {
    const request = { namespace: "shop", podName, links: {}, metadata: {}, ...more };
    return this.pipeline.desk.submit(request, never);
  }

  /** Sends it and waits for its end, or for an upstream. */
  async settle(podName: string, more: Partial<ReportRequest> = {}): Promise<ReportView> {
    return this.settled((await this.report(podName, more)).report.report_id);
  }

  settled(id: string, waitMs = 8_000): Promise<ReportView> {
    return this.pipeline.desk.settled(id, waitMs, never);
  }

  /** Waits until the report looks so. */
  async until(id: string, holds: (report: ReportView) => boolean): Promise<ReportView> {
    for (let tries = 0; tries < 400; tries++) {
      const report = await this.pipeline.desk.get(id);
      if (holds(report)) return report;
      await pause(20);
    }
    throw new Error(`never came true: ${JSON.stringify(await this.pipeline.desk.get(id))}`);
  }

  get issues() {
    return this.gitea.repo("ops/reports").issues;
  }

  /** Titles, labels and comments, to compare. */
  labels = (number: number): string[] => this.issues[number - 1]!.labels.map(({ name }) => name).sort();

  writes = (): string[] =>
    this.gitea.writes().map(({ method, path }) => `${method} ${path.replace("/repos/ops/reports", "")}`);
}

/** The same, with some members of another. */
export const override = <T extends object>(whole: T, members: Partial<T>): T =>
  new Proxy(whole, {
    get(target, name) {
      const own = Reflect.get(members, name) as unknown;
      const member = own ?? (Reflect.get(target, name, target) as unknown);
      return own === undefined && typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });

/** Closes what a test starts, after each test. */
export function closing(afterEach: (work: () => Promise<void>) => void): typeof Ground.start {
  const open: Ground[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
  });
  return async (options) => {
    const one = await Ground.start(options);
    open.push(one);
    return one;
  };
}
