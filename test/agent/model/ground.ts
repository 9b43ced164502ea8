// A failure, an analyst, the Kubernetes stand-in behind the real module, and a scripted model: what these tests stand on.
import { onTestFinished } from "vitest";
import type { Evidence } from "../../../src/core/evidence.ts";
import { createRedactor } from "../../../src/core/redact.ts";
import { Secret } from "../../../src/core/secret.ts";
import type { Registry } from "../../../src/core/registry.ts";
import type { Finding } from "../../../src/agent/finding.ts";
import {
  createAnalyst,
  type AnalystInput,
  type AnalystOptions,
  type AnalystResult,
} from "../../../src/agent/model/index.ts";
import {
  startModel,
  type ModelCall,
  type ModelOptions,
  type ModelReply,
  type ModelScript,
  type ModelStandIn,
} from "../../support/model-stand-in.ts";
import { silent, startTools } from "../../support/modules.ts";
import { Registry as Metrics } from "prom-client";
import { createTurns } from "../../../src/agent/model/turn.ts";
import { untraced } from "../../support/untraced.ts";

export const LOG = [
  "$ npm ci",
  "npm error code ERESOLVE",
  "npm error ERESOLVE could not resolve",
  'npm error peer react@"^18.3.1" from react-dom@18.3.1',
  "npm error A complete log of this run can be found in: /root/.npm/_logs/x.log",
].join("\n");

export function evidenceOf(over: Partial<Evidence> = {}): Evidence {
  return {
    collected_at: "2026-11-25T12:00:00Z",
    cluster: "test",
    namespace: "shop",
    pod: { name: "build-x-pod", uid: "u-1", phase: "Failed", conditions: [] },
    workload: { kind: "Pipeline", name: "build", task: "image" },
    containers: [
      { name: "step-install", role: "step", state: "terminated", exit_code: 1, reason: "Error", restarts: 0 },
      { name: "step-push", role: "step", state: "terminated", exit_code: 1, restarts: 0, skipped: true },
    ],
    chosen: { container: "step-install", because: "it ended first with exit code 1" },
    events: [
      { type: "Warning", reason: "Failed", message: "step install ended with 1", object: "Pod/build-x-pod", count: 2 },
      { type: "Normal", reason: "Pulled", message: "image is there", object: "Pod/build-x-pod", count: 1 },
    ],
    logs: [
      { container: "step-install", previous: false, text: LOG, lines_total: 5, bytes_total: 200, truncated: false },
    ],
    also_failed: [],
    problems: [],
    redacted: 0,
    ...over,
  };
}

export const finding: Finding = {
  analysis: {
    source: "fallback",
    category: "dependency",
    cause: "npm ERESOLVE",
    summary: "npm could not resolve the dependencies.",
    failingStep: "install",
    rootCause: "Two packages exclude each other.",
    confidence: "medium",
    side: "app",
    quotes: ["npm error code ERESOLVE"],
    fixes: ["Align the versions."],
    otherFindings: [],
    freeText: undefined,
    limits: [],
    model: undefined,
    tokens: 0,
  },
  reason: "Error:1",
  container: "step-install",
  signature: ["npm error code ERESOLVE"],
};

export const draft = {
  title: "npm ERESOLVE: react-dom@18.3.1 wants react 18",
  summary: "npm ci failed in step install.",
  failing_step: "install",
  root_cause: "react-dom@18.3.1 accepts only react ^18.3.1.",
  confidence: "high",
  category: "dependency",
  evidence: ["npm error ERESOLVE could not resolve"],
  suggested_fix: ["Raise react-dom to 19."],
  app_or_infra: "app",
};

export const issue = (over: object = {}): ModelReply => ({
  calls: [{ name: "create_issue", arguments: { ...draft, ...over } }],
});
export const calls = (...list: ModelCall[]): ModelReply => ({ calls: list });

export interface Setup {
  script?: ModelScript;
  model?: ModelOptions;
  options?: Partial<AnalystOptions>;
  input?: Partial<AnalystInput>;
  registry?: Registry;
  key?: string;
  /** From the stand-in's address to the one that is set. */
  address?: (url: string) => string;
}

export interface Ground {
  model: ModelStandIn;
  analyse: (input?: Partial<AnalystInput>, signal?: AbortSignal) => Promise<AnalystResult>;
  analyst: ReturnType<typeof createAnalyst>;
  /** All that a request showed the model. */
  shown: (at: number) => string;
  messages: (at: number) => ModelStandIn["requests"][number]["body"]["messages"];
  toolNames: (at: number) => string[] | undefined;
}

export async function ground({
  script,
  model: modelOptions,
  options,
  input,
  registry,
  key,
  address = (url) => url,
}: Setup = {}): Promise<Ground> {
  const model = await startModel(script, modelOptions);
  onTestFinished(() => model.close());
  const clock = { now: Date.now };
  const none = startTools([]).registry;
  const analyst = createAnalyst({
    baseUrl: address(model.url),
    apiKey: key === undefined ? undefined : new Secret(key),
    model: "openai/test-model",
    mode: "tools",
    timeoutMs: 5_000,
    maxSteps: 8,
    contextTokens: 32_768,
    concurrency: 2,
    registry: () => registry ?? none,
    redactor: createRedactor({ key: "test", exact: () => (key === undefined ? [] : [key]) }),
    extraTools: [],
    clock,
    log: silent,
    turns: createTurns(new Metrics(), untraced.trail),
    trail: untraced.trail,
    ...options,
  });
  onTestFinished(() => analyst.close());
  const messages = (at: number) => model.requests[at]!.body.messages;
  return {
    model,
    analyst,
    messages,
    shown: (at) =>
      messages(at)
        .map((one) => one.content ?? "")
        .join("\n"),
    toolNames: (at) => model.requests[at]!.body.tools?.map((tool) => tool.function.name),
    analyse: (more = {}, signal = new AbortController().signal) =>
      analyst.analyse(
        {
          reportId: "r-1",
          target: { namespace: "shop", podName: "build-x-pod" },
          evidence: evidenceOf(),
          finding,
          deadline: Date.now() + 60_000,
          repo: { owner: "ops", repo: "failures" },
          ...input,
          ...more,
        },
        signal,
      ),
  };
}

/** The analysis, or the test fails with the reason. */
export function analysed(result: AnalystResult) {
  if (!result.ok) throw new Error(`not analysed: ${result.reason}`);
  return result;
}
