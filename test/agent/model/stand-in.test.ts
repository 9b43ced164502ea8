// The scripted model is as strict as what stands behind a real address: what passes here passes there.
import { expect, it, onTestFinished } from "vitest";
import { goodAnalyst, startModel, type ModelOptions, type ModelScript } from "../../support/model-stand-in.ts";

const user = { role: "user", content: "why?" };
const tool = (name: string) => ({
  type: "function",
  function: { name, parameters: { type: "object", properties: {} } },
});
const asks = (id: string, given = "{}") => ({
  role: "assistant",
  content: null,
  tool_calls: [{ id, type: "function", function: { name: "look", arguments: given } }],
});
const answers = (id: string) => ({ role: "tool", tool_call_id: id, content: "seen" });
const good = { model: "m", messages: [user, asks("1"), answers("1")], tools: [tool("look")] };

async function door(script?: ModelScript, options?: ModelOptions) {
  const model = await startModel(script, options);
  onTestFinished(() => model.close());
  const post = async (body: unknown, path = "/chat/completions", key = "k") => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
    const reply = await fetch(`${model.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: reply.status, text: await reply.text() };
  };
  return { model, post };
}

it.each([
  ["tools dropped from a history with calls", { model: "m", messages: good.messages }, "without `tools=`"],
  ["a call without an answer", { ...good, messages: [user, asks("1"), user] }, "must be followed by tool messages"],
  ["a call without an answer at the end", { ...good, messages: [user, asks("1")] }, "without an answer"],
  ["an answer to nothing", { ...good, messages: [user, answers("1")] }, "answers no open tool call"],
  [
    "an answer twice",
    { ...good, messages: [user, asks("1"), answers("1"), answers("1")] },
    "answers no open tool call",
  ],
  ["arguments that are no JSON", { ...good, messages: [user, asks("1", "{"), answers("1")] }, "not a JSON object"],
  ["empty text", { ...good, messages: [{ role: "user", content: "" }] }, "Too small"],
  ["an unknown member", { ...good, frequency: 1 }, "Unrecognized key"],
  ["streaming", { ...good, stream: true }, "false"],
  ["the same tool twice", { ...good, tools: [tool("look"), tool("look")] }, "unique"],
  [
    "a system message in the middle",
    { ...good, messages: [user, { role: "system", content: "x" }] },
    "must come first",
  ],
  ["no messages", { ...good, messages: [] }, "Too small"],
])("%s is refused", async (_, body, problem) => {
  const { model, post } = await door(() => ({ content: "fine" }));
  const { status, text } = await post(body);
  expect(status).toBe(400);
  expect(text).toContain(problem);
  expect(model.refusals).toEqual([expect.stringContaining(problem)]);
  expect(model.requests).toEqual([]);
});

it("a sound request is answered as scripted, and a script ends", async () => {
  const { post, model } = await door([{ content: "fine" }]);
  expect(await post(good)).toMatchObject({ status: 200, text: expect.stringContaining('"content":"fine"') });
  expect(await post(good, "/v1/chat/completions")).toMatchObject({
    status: 400,
    text: expect.stringContaining("is over"),
  });
  expect(await post(good, "/completions")).toMatchObject({ status: 404 });
  expect(model.requests).toHaveLength(2);
});

it("a wrong key is refused, and told as LiteLLM tells it", async () => {
  const { post } = await door(undefined, { key: "right" });
  expect(await post(good, undefined, "wrong-canary")).toMatchObject({
    status: 401,
    text: expect.stringContaining("wrong-canary"),
  });
});

it("the good analyst drafts from the log that it is shown, as a call or in text", async () => {
  const boundary = "0123456789abcdef";
  const content = `Events:\n<<<EVENTS ${boundary}\nan error in an event\n${boundary}>>>\n<<<LOG ${boundary}\nok\nError: disk is full\nbye\n${boundary}>>>`;
  const { post } = await door(goodAnalyst);
  const messages = [{ role: "user", content }];
  const called = await post({ model: "m", messages, tools: [tool("create_issue")] });
  expect(called.text).toContain("tool_calls");
  expect(called.text).toContain("Error: disk is full");
  expect((await post({ model: "m", messages })).text).toContain("Error: disk is full");
});
