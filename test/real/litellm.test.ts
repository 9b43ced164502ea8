// The model through a real LiteLLM proxy: what it makes of our requests, and what it says when things go wrong.
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { createAnalyst, type Analyst, type AnalystOptions } from "../../src/agent/model/index.ts";
import { createRedactor } from "../../src/core/redact.ts";
import { Secret } from "../../src/core/secret.ts";
import { analysed, calls, draft, evidenceOf, finding, issue } from "../agent/model/ground.ts";
import { exited, lines, pod, startGround, type Ground } from "../modules/kubernetes/ground.ts";
import { startModel, type ModelStandIn } from "../support/model-stand-in.ts";
import { silent } from "../support/modules.ts";
import { startLitellm, type RunningLitellm } from "./support/litellm.ts";
import { Registry } from "prom-client";
import { createTurns } from "../../src/agent/model/turn.ts";
import { numbersOf, traced } from "../support/spans.ts";
import { untraced } from "../support/untraced.ts";

const PROSE = "The installation failed because react-dom 18 does not accept react 19. Raise react-dom to 19.";
const WRONG = "sk-wrong-canary-0123456789";

let backend: ModelStandIn;
let litellm: RunningLitellm;
let cluster: Ground;

beforeAll(async () => {
  backend = await startModel([], { key: "backend-key-0123" });
  cluster = await startGround();
  cluster.cluster.objects.push(pod({ name: "build-x-pod", containers: [{ name: "step-install", state: exited(1) }] }));
  cluster.cluster.logs.set("shop/build-x-pod/step-install", lines("npm error ENOENT deep in the log"));
  litellm = await startLitellm([
    {
      model_name: "forwarded",
      litellm_params: { model: "openai/inner", api_base: `${backend.url}/v1`, api_key: "backend-key-0123" },
    },
    { model_name: "prose", litellm_params: { model: "openai/any", api_key: "none", mock_response: PROSE } },
    {
      model_name: "throttled",
      litellm_params: { model: "openai/any", api_key: "none", mock_response: "litellm.RateLimitError" },
    },
    {
      model_name: "priced",
      litellm_params: {
        model: "openai/inner",
        api_base: `${backend.url}/v1`,
        api_key: "backend-key-0123",
        input_cost_per_token: 0.000001,
        output_cost_per_token: 0.0001,
      },
    },
    {
      model_name: "listed",
      litellm_params: { model: "openai/gpt-4o-mini", api_key: "none", mock_response: PROSE },
    },
  ]);
}, 120_000);

afterAll(async () => {
  await litellm?.close();
  await cluster?.close();
  await backend?.close();
});

function analyst(model: string, options: Partial<AnalystOptions> = {}): Analyst {
  const made = createAnalyst({
    baseUrl: litellm.url,
    apiKey: new Secret(litellm.key),
    model,
    mode: "tools",
    timeoutMs: 20_000,
    maxSteps: 8,
    contextTokens: 32_768,
    concurrency: 2,
    registry: () => cluster.hub.registry,
    redactor: createRedactor({ key: "test" }),
    extraTools: [],
    clock: { now: Date.now },
    log: silent,
    turns: createTurns(new Registry(), untraced.trail),
    trail: untraced.trail,
    ...options,
  });
  onTestFinished(() => made.close());
  return made;
}

const input = () => ({
  reportId: "r-1",
  target: { namespace: "shop", podName: "build-x-pod" },
  evidence: evidenceOf(),
  finding,
  deadline: Date.now() + 50_000,
});
const signal = new AbortController().signal;

it("a look-up and a draft go through it, with the tools and the history as it wants them", async () => {
  backend.script = [
    calls({ name: "pods_log", arguments: { container: "step-install" } }, { name: "pods_exec", arguments: {} }),
    issue({ evidence: ["npm error ENOENT deep in the log"] }),
  ];
  const { analysis, violations, tokens } = analysed(await analyst("openai/forwarded").analyse(input(), signal));
  expect(analysis).toMatchObject({ source: "llm", cause: draft.title, quotes: ["npm error ENOENT deep in the log"] });
  expect(violations).toEqual(["called the tool pods_exec, which it does not have"]);
  expect(tokens).toBeGreaterThan(500);
  expect(backend.refusals).toEqual([]);
  expect(backend.requests.map(({ body }) => body.model)).toEqual(["inner", "inner"]);
  const last = backend.requests.at(-1)!.body.messages;
  expect(last.map(({ role }) => role)).toEqual(["system", "user", "assistant", "tool", "tool"]);
});

it("a model that answers in prose is understood, in both modes", async () => {
  for (const mode of ["tools", "text"] as const) {
    const { analysis } = analysed(await analyst("prose", { mode }).analyse(input(), signal));
    expect(analysis).toMatchObject({ source: "llm", cause: "npm ERESOLVE", summary: PROSE, freeText: PROSE });
  }
});

it("a wrong key opens the breaker at once and stands in no word that we say", async () => {
  const locked = analyst("prose", { apiKey: new Secret(WRONG) });
  const result = await locked.analyse(input(), signal);
  expect(result).toMatchObject({ ok: false, isModelDown: true, reason: expect.stringMatching(/40[013]/) });
  expect(locked.mayAsk()).toBe(false);
  expect(JSON.stringify([result, locked.health()])).not.toContain(WRONG);
});

it("an address that ends with /v1 is as good as one that does not", async () => {
  const { analysis } = analysed(await analyst("prose", { baseUrl: `${litellm.url}/v1/` }).analyse(input(), signal));
  expect(analysis.summary).toBe(PROSE);
});

it("where only the path with /v1 is served, that is found out", async () => {
  const direct = await startModel(() => issue(), { paths: ["/v1/chat/completions"] });
  onTestFinished(() => direct.close());
  analysed(await analyst("forwarded", { baseUrl: direct.url }).analyse(input(), signal));
  expect(direct.hits).toBe(2);
});

it("a throttled model is asked three times and then told as down", async () => {
  const result = await analyst("throttled").analyse(input(), signal);
  expect(result).toMatchObject({ ok: false, isModelDown: true, reason: expect.stringContaining("429") });
});

it("a model that it does not know is told, and its server is not held to be down", async () => {
  const result = await analyst("nobody").analyse(input(), signal);
  expect(result).toMatchObject({ ok: false, reason: expect.stringMatching(/40[04].*LITELLM_MODEL/) });
});

it("errors of the model behind it are seen as what they are: too long, or without a temperature", async () => {
  backend.script = [
    {
      status: 400,
      body: {
        error: { message: "This model's maximum context length is 8192 tokens", code: "context_length_exceeded" },
      },
    },
    issue(),
  ];
  const { analysis } = analysed(await analyst("forwarded").analyse(input(), signal));
  expect(analysis.limits).toContain("evidence halved: the whole was too long for the model");
  backend.script = [
    {
      status: 400,
      body: {
        error: {
          message: "Unsupported value: 'temperature' does not support 0 with this model.",
          code: "unsupported_value",
        },
      },
    },
    issue(),
  ];
  analysed(await analyst("forwarded").analyse(input(), signal));
  expect(backend.requests.at(-1)!.body).not.toHaveProperty("temperature");
  expect(backend.refusals).toEqual([]);
});

/** What is counted and traced of one analysis. */
async function spent(model: string) {
  const { spans, metrics, given } = traced();
  const { trail } = given;
  analysed(await analyst(model, { turns: createTurns(metrics, trail), trail }).analyse(input(), signal));
  const tokens = await numbersOf(metrics, "ops_hub_model_tokens_total");
  const cost = await numbersOf(metrics, "ops_hub_model_cost_usd_total");
  return {
    turn: spans.one(`chat ${model}`).attributes,
    input: tokens[`{model="${model}",type="input"}`],
    output: tokens[`{model="${model}",type="output"}`],
    usd: cost[`{model="${model}"}`],
  };
}

it("tokens and cost are those that it counted, by the prices that it was given", async () => {
  backend.script = [{ ...issue(), usage: { prompt_tokens: 1_000, completion_tokens: 20 } }];
  const { turn, input, output, usd } = await spent("priced");
  expect([input, output]).toEqual([1_000, 20]);
  expect(usd).toBeCloseTo(0.003, 9);
  expect(turn).toMatchObject({
    "gen_ai.request.model": "priced",
    "gen_ai.response.model": "priced",
    "gen_ai.response.finish_reasons": ["tool_calls"],
    "gen_ai.usage.input_tokens": 1_000,
    "gen_ai.usage.output_tokens": 20,
  });
});

it("a model of its own price list costs something, and one without a price nothing", async () => {
  const listed = await spent("listed"); // it writes such a cost as 1.35e-05
  expect(listed.usd).toBeGreaterThan(0);
  expect(listed.usd).toBeLessThan(0.01);
  expect([listed.input, listed.output]).toEqual([
    listed.turn["gen_ai.usage.input_tokens"],
    listed.turn["gen_ai.usage.output_tokens"],
  ]);
  expect(listed.output).toBeGreaterThan(0);
  expect((await spent("prose")).usd).toBe(0);
});
