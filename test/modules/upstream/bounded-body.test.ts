// A body is counted while it is read, and an event stream never ends without an answer.
import { expect, it } from "vitest";
import { boundedBody, BROKEN, TOO_LARGE, type BodyLimits } from "../../../src/modules/upstream/bounded-body.ts";

const MAX = 1_000;

async function* body(parts: readonly (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Error) throw part;
    yield Buffer.from(part);
  }
}

async function read(parts: readonly (string | Error)[], limits: Partial<BodyLimits> = {}): Promise<string> {
  let text = "";
  const bounded = boundedBody(body(parts), { maxBytes: MAX, lasts: false, answers: undefined, ...limits });
  for await (const chunk of bounded) text += Buffer.from(chunk).toString();
  return text;
}

const codeIn = (text: string): number => JSON.parse(/data: (\{.*"error".*\})\n\n$/.exec(text)?.[1] ?? "{}").error?.code;

it("passes on what fits", async () => {
  expect(await read(["ab", "c"])).toBe("abc");
});

it("gives up a plain body that is too large", async () => {
  await expect(read(["x".repeat(600), "x".repeat(600)])).rejects.toMatchObject({ reason: "too-large" });
});

it("counts a lasting stream by its events, not as a whole", async () => {
  const events = Array.from({ length: 50 }, () => `data: ${"x".repeat(500)}\r\n\r\n`);
  expect(await read(events, { lasts: true })).toHaveLength(50 * 510);
  const open = Array.from({ length: 50 }, () => `data: ${"x".repeat(500)}\n`);
  await expect(read(open, { lasts: true })).rejects.toMatchObject({ reason: "too-large" });
});

it.each([
  ["is too large", ["data: " + "x".repeat(2_000)], TOO_LARGE],
  ["is too large, though it may be resumed", ["id: 1\n", "data: " + "x".repeat(2_000)], TOO_LARGE],
  ["breaks", ["data: {}\n\n", new Error("ECONNRESET")], BROKEN],
  ["ends too early", ["data: {}\n\n"], BROKEN],
])("answers the request when its stream %s", async (_what, parts, code) => {
  expect(codeIn(await read(parts, { answers: 7 }))).toBe(code);
});

it("adds nothing to an answer that came, in pieces too", async () => {
  const parts = ['data: {"id":7,"res', 'ult":{}}\n\n'];
  expect(await read(parts, { answers: 7 })).toBe(parts.join(""));
});

it("leaves a stream that can be resumed to the client", async () => {
  expect(await read(["id: 1\ndata:\n\n"], { answers: 7 })).toBe("id: 1\ndata:\n\n");
  await expect(read(["id: 1\ndata:\n\n", new Error("broken")], { answers: 7 })).rejects.toThrow("broken");
});
