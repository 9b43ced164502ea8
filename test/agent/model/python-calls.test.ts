// What Llama models write when their server leaves their calls in the text.
import { describe, expect, it } from "vitest";
import { findPythonCall } from "../../../src/agent/model/python-calls.ts";

const known = new Set(["pods_log", "create_issue"]);
const log = (given: object) => ({ name: "pods_log", arguments: given });

describe("a call in Python's words", () => {
  it.each([
    ["one", '[pods_log(name="web-1", tail=50, previous=True)]', log({ name: "web-1", tail: 50, previous: true })],
    ["without a list", "pods_log(name='web-1')", log({ name: "web-1" })],
    ["the first of two", '[pods_log(tail=5), create_issue(title="x")]', log({ tail: 5 })],
    ["no arguments", "[pods_log()]", log({})],
    ["None", "[pods_log(container=None, tail = 5)]", log({ container: null, tail: 5 })],
    ["lists and objects", '[pods_log(a=["x=1", \'y\'], b={"c": 1})]', log({ a: ["x=1", "y"], b: { c: 1 } })],
    ["brackets within a text", '[pods_log(grep="a) and (b", tail=1)]', log({ grep: "a) and (b", tail: 1 })],
    ["quotes within a text", String.raw`[pods_log(grep='it\'s "x"\n')]`, log({ grep: 'it\'s "x"\n' })],
    ["a long text", '[pods_log(grep="""two\nlines "quoted" """)]', log({ grep: 'two\nlines "quoted" ' })],
    ["its marks", "<|python_start|>[pods_log(tail=5)]<|python_end|>", log({ tail: 5 })],
    ["no call of ours", '[rm_rf(path="/")]', undefined],
    ["prose", "I used pods_log() and pods_log(...) and then create_issue(the title).", undefined],
    ["a broken one", '[pods_log(name="web-1"', undefined],
  ])("%s", (_what, text, expected) => {
    expect(findPythonCall(text, known)).toEqual(expected);
  });

  it("is looked for in time that grows with the text", () => {
    for (const text of ['pods_log("', "pods_log('", 'pods_log("""', "pods_log(a=", "pods_log([({"]) {
      const began = performance.now();
      expect(findPythonCall(text.repeat(10_000), known)).toBeUndefined();
      expect(performance.now() - began).toBeLessThan(2_000);
    }
  });
});
