// The wire: paths, keys, retries, waiting, the breaker, and what may be told of a failure.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Secret } from "../../../src/core/secret.ts";
import type { ModelReply } from "../../support/model-stand-in.ts";
import { fixedClock } from "../../support/modules.ts";
import { analysed, draft, ground, issue } from "./ground.ts";

const KEY = "sk-canary-0123456789";
const busy = { status: 503, body: { error: { message: `overloaded ${KEY}` } } };

describe("the path", () => {
  it("is that of litellm, and /v1 is tried once where that is not there, and remembered", async () => {
    const { analyse, model } = await ground({ script: () => issue(), model: { paths: ["/v1/chat/completions"] } });
    analysed(await analyse());
    analysed(await analyse());
    expect(model.requests.map(({ path }) => path)).toEqual(["/v1/chat/completions", "/v1/chat/completions"]);
    expect(model.hits).toBe(3);
  });

  it("below an address that has a path and a slash at its end is kept", async () => {
    const slashed = (url: string) => `${url}/llm/v1/`;
    const { analyse, model } = await ground({
      script: [issue()],
      model: { paths: ["/llm/v1/chat/completions"] },
      address: slashed,
    });
    analysed(await analyse());
    expect(model.hits).toBe(1);
  });

  it("that is nowhere is told", async () => {
    const { analyse, model } = await ground({ script: [issue()], model: { paths: ["/elsewhere"] } });
    expect(await analyse()).toMatchObject({
      ok: false,
      isModelDown: true,
      reason: "the model's server answered 404: check LITELLM_URL and LITELLM_MODEL",
    });
    expect(model.hits).toBe(2);
  });
});

describe("the model's name", () => {
  it.each([
    ["openai/x", "x"],
    ["openai/openai/x", "openai/x"],
    ["x", "x"],
    ["azure/openai/x", "azure/openai/x"],
  ])("%s goes out as %s", async (model, wire) => {
    const { analyse, model: server } = await ground({ script: [issue()], options: { model } });
    analysed(await analyse());
    expect(server.requests[0]!.body.model).toBe(wire);
  });
});

it("a model that takes no temperature is asked without one, from then on at once", async () => {
  const { analyse, model } = await ground({ script: () => issue(), model: { takesTemperature: false } });
  analysed(await analyse());
  analysed(await analyse());
  expect(model.requests.map(({ body }) => "temperature" in body)).toEqual([false, false]);
  expect(model.hits).toBe(3);
});

describe("the key", () => {
  it("goes into the header and nowhere else; a refused one opens the breaker at once and is not told", async () => {
    const good = await ground({ script: [issue()], model: { key: KEY }, key: KEY });
    analysed(await good.analyse());
    expect(good.model.requests[0]!.headers["authorization"]).toBe(`Bearer ${KEY}`);
    expect(JSON.stringify(good.model.requests[0]!.body)).not.toContain(KEY);
    for (const status of [401, 403]) {
      const bad = await ground({
        script: [{ status, body: { error: { message: `Received API Key = ${KEY}`, code: status } } }],
        key: KEY,
      });
      expect(bad.analyst.mayAsk()).toBe(true);
      const result = await bad.analyse();
      expect(result).toMatchObject({
        ok: false,
        isModelDown: true,
        reason: `the model's server answered ${status}: check LITELLM_API_KEY and what it may use`,
      });
      expect(bad.analyst.mayAsk()).toBe(false);
      const again = await bad.analyse();
      expect(again).toMatchObject({
        ok: false,
        isModelDown: true,
        reason: expect.stringContaining("left alone for a minute"),
      });
      expect(bad.model.hits).toBe(1);
      expect(JSON.stringify([result, again, bad.analyst.health()])).not.toContain(KEY);
    }
  });

  it("that LiteLLM has no database to look up is a refused one", async () => {
    const body = { error: { message: "No connected db.", type: "no_db_connection", code: "400" } };
    const { analyse, analyst } = await ground({ script: [{ status: 400, body }], key: KEY });
    expect(await analyse()).toMatchObject({
      ok: false,
      isModelDown: true,
      reason: expect.stringContaining("LITELLM_API_KEY"),
    });
    expect(analyst.mayAsk()).toBe(false);
  });

  it("is read again from its file when it was changed", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ops-hub-model-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, "key"), "old-key-1234");
    const apiKey = await Secret.fromFile(join(folder, "key"));
    const { analyse, analyst } = await ground({
      script: () => issue(),
      model: { key: "new-key-1234" },
      options: { apiKey },
    });
    await writeFile(join(folder, "key"), "new-key-1234\n");
    analysed(await analyse());
    expect(analyst.mayAsk()).toBe(true);
  });
});

describe("a model that is busy", () => {
  it("is asked three times in all, with pauses", async () => {
    const { analyse, model } = await ground({ script: [busy, { fault: "reset" }, issue()] });
    const started = performance.now();
    expect(analysed(await analyse()).analysis.cause).toBe(draft.title);
    expect(performance.now() - started).toBeGreaterThan(1_000);
    expect(model.hits).toBe(3);
  });

  it("that stays so is told, without a word of its server's", async () => {
    const { analyse, model } = await ground({ script: () => busy, key: KEY });
    const result = await analyse();
    expect(result).toEqual({
      ok: false,
      reason: "the model's server answered 503",
      isModelDown: true,
      violations: [],
      tokens: 0,
    });
    expect(model.hits).toBe(3);
  });

  it("is left the time that it asks for when that is short, and not waited for when it is long", async () => {
    const wait = (value: string) => ({ status: 429, headers: { "retry-after": value } });
    const short = await ground({ script: [wait("1"), issue()] });
    const started = performance.now();
    analysed(await short.analyse());
    expect(performance.now() - started).toBeGreaterThan(950);
    for (const value of ["120", new Date(Date.now() + 120_000).toUTCString()]) {
      const long = await ground({ script: [wait(value), issue()] });
      expect(await long.analyse()).toMatchObject({
        ok: false,
        isModelDown: true,
        reason: "the model's server answered 429: too many requests",
      });
      expect(long.model.hits).toBe(1);
    }
    const late = await ground({ script: [wait("5"), issue()] });
    expect(await late.analyse({ deadline: Date.now() + 2_000 })).toMatchObject({ ok: false, isModelDown: true });
    expect(late.model.hits).toBe(1);
  });

  it("five times in a row is left alone for a minute, and then asked again", async () => {
    const clock = fixedClock(Date.now());
    const { analyse, analyst, model } = await ground({
      script: () => ({ status: 500, headers: { "retry-after-ms": "1" } }),
      options: { clock },
    });
    const deadline = clock.at + 300_000;
    await analyse({ deadline });
    await analyse({ deadline });
    expect(model.hits).toBe(5);
    expect(analyst.mayAsk()).toBe(false);
    expect(analyst.health()).toMatchObject({
      model: "openai/test-model",
      breaker: "open",
      failures_in_a_row: 5,
      last_problem: "the model's server answered 500",
    });
    clock.at += 60_001;
    expect(analyst.mayAsk()).toBe(true);
    model.script = () => issue();
    analysed(await analyse({ deadline }));
    expect(analyst.health()).toMatchObject({ breaker: "closed", failures_in_a_row: 0 });
  });
});

describe("an answer that never comes or is none", () => {
  it("is waited for as long as one call may take", async () => {
    const { analyse, model } = await ground({ script: () => ({ fault: "hang" }), options: { timeoutMs: 300 } });
    expect(await analyse()).toMatchObject({
      ok: false,
      isModelDown: true,
      reason: "the model did not answer within 0.3 s",
    });
    expect(model.hits).toBe(1);
  });

  it("is waited for no longer than the report's time", async () => {
    const { analyse } = await ground({ script: () => ({ fault: "hang" }), options: { timeoutMs: 60_000 } });
    const started = performance.now();
    expect(await analyse({ deadline: Date.now() + 400 })).toMatchObject({ ok: false, isModelDown: true });
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(await analyse({ deadline: Date.now() - 1 })).toMatchObject({ ok: false });
  });

  it("ends with the caller's signal, whose reason is thrown", async () => {
    const { analyse, analyst } = await ground({ script: () => ({ fault: "hang" }) });
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("stopping")), 100);
    await expect(analyse({}, controller.signal)).rejects.toThrow("stopping");
    await expect(analyse({}, controller.signal)).rejects.toThrow("stopping");
    expect(analyst.health()).toMatchObject({ failures_in_a_row: 0 });
  });

  it("is a failure of the model's server", async () => {
    const cases: [string, ModelReply, string][] = [
      ["a page", { status: 200, body: "<html>login</html>" }, "no completion"],
      [
        "broken JSON",
        { status: 200, body: '{"choices": [', headers: { "content-type": "application/json" } },
        "broken JSON",
      ],
      ["an error with 200", { status: 200, body: { error: { message: KEY } } }, "no completion"],
      ["nothing", { status: 204, body: "" }, "no completion"],
      ["cut in the middle", { fault: "cut" }, "connection closed"],
      ["a redirect", { status: 302, body: "", headers: { location: "http://127.0.0.1:9/" } }, "cannot be reached"],
    ];
    const grounds = await Promise.all(cases.map(([, reply]) => ground({ script: () => reply, key: KEY })));
    const results = await Promise.all(grounds.map(({ analyse }) => analyse()));
    for (const [at, [name, , reason]] of cases.entries()) {
      expect(results[at], name).toMatchObject({
        ok: false,
        isModelDown: true,
        reason: expect.stringContaining(reason),
      });
    }
    expect(JSON.stringify(results)).not.toContain(KEY);
  });

  it("of more than 2 MiB is not read", async () => {
    const { analyse, model, analyst } = await ground({ script: () => ({ content: "x".repeat(3 * 1024 * 1024) }) });
    expect(await analyse()).toMatchObject({
      ok: false,
      isModelDown: false,
      reason: "the model's answer was too large to be read",
    });
    expect(model.hits).toBe(1);
    expect(analyst.mayAsk()).toBe(true);
  });

  it("by a server that is not there, is told without its address", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { analyse } = await ground({ options: { baseUrl: `http://user:canary@127.0.0.1:${port}/` } });
    expect(await analyse()).toMatchObject({
      ok: false,
      isModelDown: true,
      reason: "the model cannot be reached: connection refused",
    });
  });

  it("for a request that it does not like is no failure of the model", async () => {
    const { analyse, analyst } = await ground({
      script: () => ({ status: 400, body: { error: { message: "Invalid model name" } } }),
    });
    expect(await analyse()).toMatchObject({ ok: false, isModelDown: false, reason: expect.stringContaining("400") });
    expect(analyst.mayAsk()).toBe(true);
  });
});

it("many analyses go on side by side", async () => {
  const { analyse, model } = await ground({ model: { delayMs: 50 } });
  const results = await Promise.all(Array.from({ length: 12 }, () => analyse()));
  expect(results.map((result) => analysed(result).analysis.quotes)).toEqual(
    Array.from({ length: 12 }, () => [expect.stringContaining("npm error")]),
  );
  expect(model.mostAtOnce).toBe(12);
  expect(model.refusals).toEqual([]);
});
