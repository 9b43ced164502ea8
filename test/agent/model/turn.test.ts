// A turn of the model as an operator sees it: its span in the words of the conventions, its tokens, its cost, and no word of it.
import { describe, expect, it } from "vitest";
import { createTurns, type RawTurn } from "../../../src/agent/model/turn.ts";
import type { ModelReply } from "../../support/model-stand-in.ts";
import { numbersOf, outcomesOf, traced } from "../../support/spans.ts";
import { calls, ground, issue } from "./ground.ts";

const URL_OF_MODEL = "http://litellm.test:4000/v1";
const SAID = "canary of what the model said";

const completion = (over: object = {}) => ({
  id: "chatcmpl-7",
  model: "inner-2026-11",
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: SAID } }],
  usage: { prompt_tokens: 1_200, completion_tokens: 34, total_tokens: 1_234 },
  ...over,
});

/** One turn that is answered so. */
async function takeTurn(body: unknown, headers: Record<string, string> = {}) {
  const { spans, metrics, given } = traced();
  const ask = async (): Promise<RawTurn> => ({ body, headers: new Headers(headers) });
  const reply = await createTurns(metrics, given.trail)
    .take("test-model", URL_OF_MODEL, ask)
    .catch((error: unknown) => error);
  return {
    reply,
    span: spans.one("chat test-model"),
    text: spans.text(),
    requests: await numbersOf(metrics, "ops_hub_model_requests_total"),
    tokens: await numbersOf(metrics, "ops_hub_model_tokens_total"),
    cost: (await numbersOf(metrics, "ops_hub_model_cost_usd_total"))['{model="test-model"}'],
    took: (await numbersOf(metrics, "ops_hub_model_request_duration_seconds_count"))['{model="test-model"}'],
  };
}

const IN = '{model="test-model",type="input"}';
const OUT = '{model="test-model",type="output"}';

describe("an answered turn", () => {
  it("is a span in the words of the conventions, with its tokens and its cost, and no word of the answer", async () => {
    const turn = await takeTurn(completion(), { "x-litellm-response-cost": "0.0123" });
    expect(turn.span).toMatchObject({ kind: "client", hasFailed: false, links: [] });
    expect(turn.span.attributes).toEqual({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": "test-model",
      "gen_ai.response.id": "chatcmpl-7",
      "gen_ai.response.model": "inner-2026-11",
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.usage.input_tokens": 1_200,
      "gen_ai.usage.output_tokens": 34,
      "server.address": "litellm.test",
      "server.port": 4_000,
    });
    expect([turn.tokens, turn.cost, turn.took]).toEqual([{ [IN]: 1_200, [OUT]: 34 }, 0.0123, 1]);
    expect(turn.requests).toEqual({ '{model="test-model",outcome="ok"}': 1 });
    expect(turn.text).not.toContain("canary");
  });

  it.each([
    ["https://models.test", 443],
    ["http://models.test", 80],
  ])("to %s names the port that the scheme stands for", async (baseUrl, port) => {
    const { spans, metrics, given } = traced();
    const ask = async () => ({ body: completion(), headers: new Headers() });
    await createTurns(metrics, given.trail).take("m", baseUrl, ask);
    expect(spans.one("chat m").attributes).toMatchObject({ "server.address": "models.test", "server.port": port });
  });

  it.each([
    ["no header", undefined, 0],
    ["a small one", "1e-5", 0.00001],
    ["a word", "cheap", 0],
    ["less than nothing", "-3", 0],
    ["nothing but a space", " ", 0],
    ["more than there is", "Infinity", 0],
  ])("with %s for its cost is counted with what is a number", async (_what, header, usd) => {
    const turn = await takeTurn(completion(), header === undefined ? {} : { "x-litellm-response-cost": header });
    expect([turn.cost, turn.requests]).toEqual([usd, { '{model="test-model",outcome="ok"}': 1 }]);
  });

  it("without a count of tokens says nothing of them", async () => {
    const turn = await takeTurn(completion({ usage: undefined }));
    expect(Object.keys(turn.span.attributes).filter((name) => name.startsWith("gen_ai.usage"))).toEqual([]);
    expect(turn.tokens).toEqual({ [IN]: 0, [OUT]: 0 });
  });

  it.each([
    ["less than none", -5],
    ["more than there can be", 1e300],
    ["half a token", 0.5],
    ["text", "1200"],
    ["no number", Number.NaN],
  ])("whose server counts %s adds nothing that would spoil the sum", async (_what, count) => {
    const turn = await takeTurn(completion({ usage: { prompt_tokens: count, completion_tokens: 2 } }));
    expect(turn.tokens).toEqual({ [IN]: 0, [OUT]: 2 });
    expect(turn.reply).toMatchObject({ usage: { input: 0, output: 2 } });
  });

  it("whose server makes things up takes little room in a span", async () => {
    const choices = Array.from({ length: 5_000 }, () => ({ finish_reason: "stop", message: { content: "x" } }));
    const turn = await takeTurn(completion({ id: "i".repeat(5_000), model: "m".repeat(5_000), choices }));
    expect(turn.span.attributes).not.toHaveProperty("gen_ai.response.id");
    expect(turn.span.attributes).not.toHaveProperty("gen_ai.response.model");
    expect(turn.text.length).toBeLessThan(1_000);
    expect(turn.span.hasFailed).toBe(false);
  });

  it.each([
    ["missing", { choices: [] }],
    ["of other kinds", { id: 7, model: {}, choices: [{ finish_reason: null, message: { content: "x" } }] }],
  ])("whose id, model and reason are %s is one all the same", async (_what, body) => {
    const { span } = await takeTurn(body);
    expect(Object.keys(span.attributes).filter((name) => name.startsWith("gen_ai.response"))).toEqual([]);
    expect(span.hasFailed).toBe(false);
  });
});

it.each([
  ["text", "it is late"],
  ["nothing", undefined],
  ["another object", { error: { message: SAID } }],
])("%s instead of a completion fails the span and counts as failed", async (_what, body) => {
  const turn = await takeTurn(body, { "x-litellm-response-cost": "5" });
  expect(turn.reply).toMatchObject({ name: "ModelFailure", kind: "down" });
  expect([turn.span.hasFailed, turn.span.attributes["error.type"]]).toEqual([true, "down"]);
  expect([turn.requests, turn.tokens, turn.took]).toEqual([{ '{model="test-model",outcome="failed"}': 1 }, {}, 1]);
  expect(turn.text).not.toContain("canary");
});

/** An analysis by a model that behaves so, with the spans of all its turns. */
async function analysis(script: readonly ModelReply[], options: Parameters<typeof ground>[0] = {}) {
  const { spans, metrics, given } = traced();
  const { trail } = given;
  const watch = given.watch("model");
  const opened = await ground({
    script,
    ...options,
    options: { turns: createTurns(metrics, trail), trail, watch, ...options.options },
  });
  const result = await opened.analyse();
  return { ...opened, result, spans, turns: spans.named("chat test-model"), metrics };
}

const status = (code: number, message: string, more: object = {}): ModelReply => ({
  status: code,
  body: { error: { message, ...more } },
});

describe("a turn that the model's server refuses", () => {
  it.each<[string, readonly ModelReply[], readonly (string | undefined)[]]>([
    ["too many requests", [status(429, "slow"), issue()], ["429", undefined]],
    ["a server in trouble", [status(503, "down"), issue()], ["503", undefined]],
    ["a connection that breaks", [{ fault: "reset" }, issue()], ["reset", undefined]],
    ["a refused key", [status(401, "who are you")], ["locked"]],
    ["a model that is not there", [status(404, "no such model"), status(404, "no such model")], ["missing", "missing"]],
    ["too long", [status(400, "maximum context length is 8"), issue()], ["context", undefined]],
    ["no temperature", [status(400, "temperature is not supported"), issue()], ["temperature", undefined]],
    ["no tools", [status(400, "tools are not supported"), issue()], ["tools", undefined]],
    ["anything else", [status(418, "a teapot")], ["refused"]],
  ])("for %s says so in one word", async (_what, script, types) => {
    const { turns, metrics } = await analysis(script);
    expect(turns.map(({ attributes }) => attributes["error.type"])).toEqual(types);
    expect(turns.map(({ hasFailed }) => hasFailed)).toEqual(types.map((type) => type !== undefined));
    const failed = types.filter((type) => type !== undefined).length;
    const counted = await numbersOf(metrics, "ops_hub_model_requests_total");
    expect(counted['{model="test-model",outcome="failed"}']).toBe(failed);
    expect(counted['{model="test-model",outcome="ok"}'] ?? 0).toBe(types.length - failed);
  });

  it("has nothing of its words in the span", async () => {
    const { spans } = await analysis([status(400, `canary sk-123 ${SAID}`, { code: "canary" })]);
    expect(spans.text()).not.toMatch(/canary|sk-123/);
  });

  it("with an answer too large to be read is nonsense", async () => {
    const { turns } = await analysis([{ status: 200, body: "x".repeat(3_000_000) }]);
    expect(turns.map(({ attributes }) => attributes["error.type"])).toEqual(["nonsense"]);
  });

  it("by silence is a timeout", async () => {
    const { turns, result, metrics, spans, model } = await analysis([{ fault: "hang" }], {
      options: { timeoutMs: 200 },
    });
    expect(result).toMatchObject({ ok: false, reason: "the model did not answer within 0.2 s" });
    expect(turns.map(({ attributes }) => attributes["error.type"])).toEqual(["timeout"]);
    expect(await numbersOf(metrics, "ops_hub_model_requests_total")).toEqual({
      '{model="test-model",outcome="failed"}': 1,
    });
    expect(await outcomesOf(metrics, "model")).toEqual({ timeout: 1 });
    expect(spans.one("POST").attributes["error.type"]).toBe("timeout");
    expect(
      model.requests.map(({ headers }) => Object.keys(headers).filter((name) => name.includes("timeout"))),
    ).toEqual([[]]);
  });
});

it("a whole analysis is one agent's span with its turns, requests and nothing of prompt, evidence and answer below it", async () => {
  const { spans, turns, model } = await analysis([calls({ name: "no_such_tool", arguments: { canary: 1 } }), issue()], {
    model: { key: "key-canary-0123" },
    key: "key-canary-0123",
  });
  const agent = spans.one("invoke_agent failure-agent");
  expect(agent).toMatchObject({ kind: "internal", hasFailed: false });
  expect(agent.attributes).toEqual({
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.provider.name": "openai",
    "gen_ai.agent.name": "failure-agent",
    "gen_ai.request.model": "test-model",
    "ops_hub.report.id": "r-1",
  });
  expect(turns.map(({ parentId }) => parentId)).toEqual([agent.spanId, agent.spanId]);
  expect(turns[0]!.attributes["gen_ai.response.finish_reasons"]).toEqual(["tool_calls"]);
  const requests = spans.named("POST");
  expect(requests.map(({ parentId }) => parentId)).toEqual(turns.map(({ spanId }) => spanId));
  expect(requests[0]!.attributes).toMatchObject({
    "http.response.status_code": 200,
    "url.full": `${model.url}/chat/completions`,
    "ops_hub.upstream": "model",
  });
  expect(model.requests.map(({ headers }) => headers["traceparent"])).toEqual(
    requests.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`),
  );
  expect(spans.text()).not.toMatch(/canary|ERESOLVE|react|step-install|no_such_tool/);
});

it("an analysis without a usable answer fails the agent's span, and says whether the model is down", async () => {
  const down = await analysis([status(401, "no")]);
  expect(down.spans.one("invoke_agent failure-agent").attributes["error.type"]).toBe("model_down");
  const refused = await analysis([status(418, "no")]);
  expect(refused.spans.one("invoke_agent failure-agent").attributes["error.type"]).toBe("model_failed");
});
