// The analyst: shows a failure's evidence to a model and brings back what it makes of it. It files nothing and never throws
// but for its caller's own end: whatever goes wrong with the model is an answer, and the rules' finding stands.
import { randomBytes } from "node:crypto";
import type { ChatCompletionTool } from "openai/resources/chat/completions";
import { byteLength, oneLine } from "../../core/clip.ts";
import type { Clock } from "../../core/clock.ts";
import type { Evidence, FailureTarget } from "../../core/evidence.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Log } from "../../core/log.ts";
import type { Redactor } from "../../core/redact.ts";
import type { Registry } from "../../core/registry.ts";
import type { Secret } from "../../core/secret.ts";
import type { Trail } from "../../core/trail.ts";
import type { Watch } from "../../core/watch.ts";
import type { Analysis } from "../analysis.ts";
import type { Finding } from "../finding.ts";
import { Calls } from "./calls.ts";
import { ModelClient } from "./client.ts";
import { analysisOf } from "./draft.ts";
import { evidenceText } from "./evidence-text.ts";
import { ModelFailure } from "./failure.ts";
import { Loop } from "./loop.ts";
import { systemPrompt } from "./prompt.ts";
import { Quotable } from "./quotes.ts";
import { foreignRepo, type Repo } from "./repo.ts";
import { Suspicions } from "./suspicions.ts";
import { TokenMeter } from "./tokens.ts";
import type { Turns } from "./turn.ts";
import { CREATE_ISSUE, CREATE_ISSUE_DESCRIPTION, createIssueParameters, lookUpsFor } from "./tools.ts";

export interface AnalystOptions {
  /** LITELLM_URL: `/chat/completions` is below it, or below its `/v1`. */
  readonly baseUrl: string;
  readonly apiKey: Secret | undefined;
  /** One leading `openai/` is litellm's own prefix and not sent. */
  readonly model: string;
  readonly mode: "tools" | "text";
  /** Of one answer. */
  readonly timeoutMs: number;
  /** Answers that one analysis may take. */
  readonly maxSteps: number;
  /** What the model can read and write, in tokens. */
  readonly contextTokens: number;
  /** For /health; the pipeline's lanes hold it. */
  readonly concurrency: number;
  /** Asked for each analysis, since modules come after the agent. */
  readonly registry: () => Registry;
  readonly redactor: Redactor;
  /** Further read-only tools of the hub. */
  readonly extraTools: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly turns: Turns;
  readonly trail: Trail;
  readonly watch?: Watch | undefined;
}

export interface AnalystInput {
  readonly reportId: string;
  readonly target: FailureTarget;
  readonly evidence: Evidence;
  readonly finding: Finding;
  /** In milliseconds of the clock. */
  readonly deadline: number;
  /** Where issues go. A draft that names another one has not its way, and that is recorded. */
  readonly repo?: Repo | undefined;
}

export type AnalystResult =
  | { readonly ok: true; readonly analysis: Analysis; readonly violations: string[]; readonly tokens: number }
  | {
      readonly ok: false;
      /** One line that may be shown. */
      readonly reason: string;
      /** It may go better later. */
      readonly isModelDown: boolean;
      readonly violations: string[];
      readonly tokens: number;
    };

export interface Analyst {
  /** Throws only the signal's reason. */
  analyse(input: AnalystInput, signal: AbortSignal): Promise<AnalystResult>;
  /** False while the model is left alone after failures. */
  mayAsk(): boolean;
  health(): JsonObject;
  close(): Promise<void>;
}

const MAX_VIOLATIONS = 20;
const MAX_LOG_TOKENS = 12_000;
const MAX_FACT_TOKENS = 4_000;
const MAX_ANSWER_TOKENS = 2_048;
const LATE_MS = 30_000;

export const createAnalyst = (options: AnalystOptions): Analyst => new ModelAnalyst(options);

class ModelAnalyst implements Analyst {
  readonly #options: AnalystOptions;
  readonly #client: ModelClient;
  readonly #meter = new TokenMeter();
  #mode: "tools" | "text";

  constructor(options: AnalystOptions) {
    this.#options = options;
    this.#mode = options.mode;
    this.#client = new ModelClient(options);
  }

  mayAsk(): boolean {
    return !this.#client.isOpen;
  }

  health(): JsonObject {
    return { ...this.#client.view(), mode: this.#mode, concurrency: this.#options.concurrency };
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  analyse(input: AnalystInput, signal: AbortSignal): Promise<AnalystResult> {
    const attributes = {
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.provider.name": "openai",
      "gen_ai.agent.name": "failure-agent",
      "gen_ai.request.model": this.#options.model.replace(/^openai\//, ""),
      "ops_hub.report.id": input.reportId,
    };
    return this.#options.trail.span(
      { name: "invoke_agent failure-agent", kind: "internal", attributes },
      async (span) => {
        const result = await this.#analyse(input, signal);
        if (!result.ok) span.fail(result.isModelDown ? "model_down" : "model_failed");
        return result;
      },
    );
  }

  async #analyse(input: AnalystInput, signal: AbortSignal): Promise<AnalystResult> {
    const violations = new Set<string>();
    const ledger: Ledger = { tokens: 0, limits: new Set(), violations };
    const { clock, log, redactor } = this.#options;
    const leftMs = Math.max(0, input.deadline - clock.now());
    const end = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(leftMs))]);
    const told = () => ({ violations: [...violations].slice(0, MAX_VIOLATIONS), tokens: ledger.tokens });
    try {
      signal.throwIfAborted();
      const analysis = await this.#run(input, end, ledger);
      return { ok: true, analysis, ...told() };
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (end.aborted)
        return { ok: false, reason: "the model took longer than the report's time", isModelDown: true, ...told() };
      if (error instanceof ModelFailure) {
        const reason = redactor.redact(oneLine(error.message, 300)).text;
        return { ok: false, reason, isModelDown: error.isModelDown, ...told() };
      }
      log.error({ err: error, reportId: input.reportId }, "an analysis failed in a way nobody foresaw");
      return { ok: false, reason: "internal error in the analysis; see the hub's log", isModelDown: false, ...told() };
    }
  }

  async #run(input: AnalystInput, signal: AbortSignal, ledger: Ledger): Promise<Analysis> {
    const { redactor, clock, maxSteps, model } = this.#options;
    const { evidence, finding, deadline } = input;
    const started = clock.now();
    const quotable = new Quotable(evidence);
    const suspicions = new Suspicions(evidence);
    const desk = this.#desk(input, ledger, { quotable, suspicions, signal });
    const members = await new Loop({
      ...desk,
      mode: this.#mode,
      maxSteps,
      meter: this.#meter,
      ask: (question) => this.#client.ask({ ...question, deadline, signal }),
      isLate: () => deadline - clock.now() < Math.min(LATE_MS, (deadline - started) / 4),
      onTokens: (tokens) => (ledger.tokens += tokens),
      onLimit: (text) => void ledger.limits.add(text),
      onTextMode: () => (this.#mode = "text"),
    }).run();
    const foreign = foreignRepo(members, input.repo);
    if (foreign !== undefined) ledger.violations.add(redactor.redact(foreign).text);
    const otherFindings = suspicions.findings(finding.analysis.otherFindings);
    const limits = [...ledger.limits];
    return analysisOf(members, { finding, quotable, redactor, model, tokens: ledger.tokens, limits, otherFindings });
  }

  /** What this failure puts on the model's desk: the tools, and the first turn cut to the model's size. */
  #desk({ reportId, target, evidence, finding }: AnalystInput, ledger: Ledger, { quotable, suspicions, signal }: Seen) {
    const { redactor, registry, extraTools, contextTokens } = this.#options;
    const boundary = randomBytes(12).toString("hex");
    const lookUps = lookUpsFor({ reportId, registry: registry(), redactor, target, evidence, extraTools });
    const tools: ChatCompletionTool[] = [
      ...lookUps.map(({ name, description, parameters }) => functionTool(name, description, parameters)),
      functionTool(CREATE_ISSUE, CREATE_ISSUE_DESCRIPTION, createIssueParameters()),
    ];
    const schemas = JSON.stringify(tools.map((tool) => (tool.type === "function" ? tool.function : {})));
    const names = [...lookUps.map(({ name }) => name), CREATE_ISSUE];
    const answerTokens = Math.min(MAX_ANSWER_TOKENS, contextTokens / 4);
    const clean = (text: string): string => redactor.redact(text).text;
    const onViolation = (text: string) => void ledger.violations.add(clean(text));
    const open = (mode: "tools" | "text", share: "whole" | "half") => {
      const system = systemPrompt({ boundary, tools: names, schemas: mode === "text" ? schemas : undefined });
      const room = Math.max(
        0,
        contextTokens - answerTokens - this.#meter.count(system + (mode === "text" ? "" : schemas)),
      );
      const part = share === "half" ? 0.5 : 1;
      const logTokens = Math.floor(Math.min(MAX_LOG_TOKENS, room * 0.5) * part);
      const factBytes = this.#meter.bytesFor(Math.min(MAX_FACT_TOKENS, room * 0.25) * part);
      const shown = evidenceText(
        { target, evidence, finding, boundary, clean },
        { factBytes, logBytes: this.#meter.bytesFor(logTokens) },
      );
      if (shown.isCut) ledger.limits.add(`logs cut to ${logTokens.toLocaleString("en-US")} tokens for the model`);
      return { system, evidence: shown.text };
    };
    return {
      tools,
      open,
      calls: new Calls({ lookUps, boundary, quotable, suspicions, signal, onViolation }),
      roomBytes: () => this.#meter.bytesFor(contextTokens - answerTokens) - byteLength(schemas),
    };
  }
}

interface Ledger {
  tokens: number;
  readonly limits: Set<string>;
  readonly violations: Set<string>;
}

interface Seen {
  readonly quotable: Quotable;
  readonly suspicions: Suspicions;
  readonly signal: AbortSignal;
}

const functionTool = (name: string, description: string, parameters: JsonObject): ChatCompletionTool => ({
  type: "function",
  function: { name, description, parameters },
});
