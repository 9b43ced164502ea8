// A client that works as HolmesGPT does: it appends /sse to the address, opens a session for each call, and reads nothing but text.
import { fileURLToPath } from "node:url";
import { expect, inject, onTestFinished, test } from "vitest";
import { z } from "zod";
import { startHubOnGround } from "./support/hub-on-ground.ts";
import { startPython } from "./support/python.ts";

const ground = inject("ground");
const SCRIPT = fileURLToPath(new URL("./support/python-scripts/holmes.py", import.meta.url));
const Answer = z.object({ isError: z.boolean(), text: z.string() });
const Report = z.object({
  tools: z.record(z.string(), z.record(z.string(), z.object({ type: z.string(), required: z.boolean() }))),
  answers: z.array(z.array(Answer)),
});

interface Call {
  tool: string;
  arguments: object;
}

async function holmes(path: string, callers: Call[][]) {
  const hub = await startHubOnGround([{ name: "ground", url: ground.url }]);
  onTestFinished(() => hub.close());
  const python = await startPython([SCRIPT]);
  onTestFinished(() => python.close());
  return Report.parse(await python.ask({ url: `${hub.url}${path}`, callers }));
}

test.each(["/mcp", "/mcp/prometheus", "/sse"])("it reads tools, answers and failures at %s", async (path) => {
  const { tools, answers } = await holmes(path, [
    [
      { tool: "query_instant", arguments: { promql: "count(up)" } },
      { tool: "query_instant", arguments: { promql: "rate(up)" } },
      { tool: "list_alerts", arguments: { limit: "1", state: "firing" } },
    ],
  ]);
  expect(tools["query_instant"]).toMatchObject({
    promql: { type: "string", required: true },
    timeout: { required: false },
  });
  expect(Object.keys(tools)).toContain("render_chart");
  const [counted, refused, alerts] = answers[0]!;
  expect(counted!.isError).toBe(false);
  expect(JSON.parse(counted!.text).data.data.result[0].value[1]).toBe("5");
  expect(refused!.isError).toBe(true);
  expect(JSON.parse(refused!.text).error).toMatch(/^INVALID_QUERY: .*expected type range vector/);
  expect(JSON.parse(alerts!.text)).toMatchObject({ total: 1, data: [{ name: "TargetDown" }] });
});

test("two at once, with the same request ids, never see each other's answers", async () => {
  const numbers = [0, 1].map((caller) => Array.from({ length: 8 }, (_, i) => caller * 1_000 + i));
  const { answers } = await holmes(
    "/mcp",
    numbers.map((own) => own.map((number) => ({ tool: "query_instant", arguments: { promql: `vector(${number})` } }))),
  );
  const seen = answers.map((own) => own.map(({ text }) => Number(JSON.parse(text).data.data.result[0].value[1])));
  expect(seen).toEqual(numbers);
});
