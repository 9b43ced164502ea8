// The seed's extraction cases, and what else weak models write.
import { describe, expect, it } from "vitest";
import { findCall, findDraft } from "../../../src/agent/model/text-calls.ts";
import { canonicalJson, parseArguments } from "../../../src/agent/model/tool-json.ts";

const known = new Set(["pods_log", "create_issue"]);
const log = { name: "pods_log", arguments: { name: "web-1" } };
const text = JSON.stringify(log);

describe("the seed's cases", () => {
  it.each([
    ["a valid call", text, log],
    ["a call with text around it", `I will look.\n${text}\nThen I decide.`, log],
    ["parameters instead of arguments", '{"name": "pods_log", "parameters": {"name": "web-1"}}', log],
    ["a wrong name", '{"name": "rm_rf", "arguments": {}}', undefined],
    ["no name", '{"arguments": {"name": "web-1"}}', undefined],
    ["no JSON at all", "The pod failed because of a missing secret.", undefined],
    ["invalid JSON", '{"name" "pods_log" arguments', undefined],
    ["the first of two", `${text} {"name": "create_issue", "arguments": {"title": "x"}}`, log],
    [
      "nested arguments",
      '{"name":"pods_log","arguments":{"a":{"b":{"c":"}"}}}}',
      { name: "pods_log", arguments: { a: { b: { c: "}" } } } },
    ],
    [
      "deeply nested arguments",
      `{"name":"pods_log","arguments":${'{"x":'.repeat(30)}1${"}".repeat(30)}}`,
      { name: "pods_log", arguments: JSON.parse(`${'{"x":'.repeat(30)}1${"}".repeat(30)}`) },
    ],
    ["several lines", '{\n  "name": "pods_log",\n  "arguments": {\n    "name": "web-1"\n  }\n}', log],
    ["JSON that is no call before it", `{"status": "Failed", "code": 1} and ${text}`, log],
    ["no arguments", '{"name": "pods_log"}', { name: "pods_log", arguments: {} }],
    ["arguments that are text", '{"name":"pods_log","arguments":"{\\"name\\":\\"web-1\\"}"}', log],
    ["a brace without an end before it", `use { as in ${text}`, log],
    [
      "a quote within a text",
      '{"name":"create_issue","arguments":{"title":"say \\"hi\\" {"}}',
      { name: "create_issue", arguments: { title: 'say "hi" {' } },
    ],
  ])("%s", (_, given, expected) => {
    expect(findCall(given, known)).toEqual(expected);
  });

  it("without a list of names any name will do", () => {
    expect(findCall('{"name": "anything", "arguments": {"a": 1}}')).toEqual({ name: "anything", arguments: { a: 1 } });
  });
});

describe("and more", () => {
  it.each([
    ["fenced", `\`\`\`json\n${text}\n\`\`\``],
    ["encoded twice", JSON.stringify(text)],
    [
      "in OpenAI's own form",
      `{"tool_calls":[{"id":"1","type":"function","function":{"name":"pods_log","arguments":"{\\"name\\":\\"web-1\\"}"}}]}`,
    ],
    ["in tags", `<tool_call>${text}</tool_call>`],
    ["with a comma too many", '{"name": "pods_log", "arguments": {"name": "web-1",},}'],
    ["with single quotes", "{'name': 'pods_log', 'arguments': {'name': 'web-1'}}"],
    ["in a list", `[${text}]`],
  ])("%s", (_, given) => {
    expect(findCall(given, known)).toEqual(log);
  });

  it("a draft with nothing around it, or fenced, is found; a stray object is not", () => {
    const draft = { title: "x", root_cause: "y" };
    expect(findDraft(`Here:\n\`\`\`\n${JSON.stringify(draft)}\n\`\`\``)).toEqual(draft);
    expect(findDraft('{"title": "x"} {"a": 1}')).toBeUndefined();
  });

  it("a text of braces ends soon", () => {
    expect(findCall("{".repeat(90_000), known)).toBeUndefined();
    expect(findCall('{"a":'.repeat(20_000), known)).toBeUndefined();
  });
});

describe("arguments", () => {
  it.each([
    ['{"tail": 10}', { tail: 10 }],
    ['```json\n{"tail": 10}\n```', { tail: 10 }],
    ["{tail: 10,}", { tail: 10 }],
    ['"{\\"tail\\": 10}"', { tail: 10 }],
    ["", {}],
    [undefined, {}],
    [{ tail: 10 }, { tail: 10 }],
    ["tail is ten", undefined],
    ["[1]", undefined],
    ["null", undefined],
    [12, undefined],
  ])("%j", (raw, expected) => {
    expect(parseArguments(raw)).toEqual(expected);
  });

  it("are one call in any order of their names", () => {
    expect(canonicalJson({ b: 1, a: { d: 1, c: [2] } })).toBe(canonicalJson({ a: { c: [2], d: 1 }, b: 1 }));
  });
});
