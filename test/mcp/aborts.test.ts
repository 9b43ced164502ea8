// A thousand clients that hang up in each era: every call is counted as what it was, and nothing is left behind.
import { expect, it } from "vitest";
import { startHub } from "../support/hub.ts";
import { trialModule } from "../support/trial-module.ts";
import { call, legacy, modern, send, until } from "../support/wire.ts";

const BATCHES = 10;
const BATCH = 100;

it("counts 1,000 aborted calls of each era as cancelled", async () => {
  const trial = trialModule();
  const hub = await startHub([trial.module]);
  const mcp = `${hub.url}/mcp`;
  const eras = [
    (signal: AbortSignal) => modern(mcp, "tools/call", { name: "wait", arguments: { ms: 600_000 } }, { signal }),
    (signal: AbortSignal) => legacy(mcp, call("wait", { ms: 600_000 }), { signal }),
  ];
  for (const ask of eras) {
    for (let batch = 0; batch < BATCHES; batch++) {
      const before = trial.calls.started;
      const cut = new AbortController();
      const asked = Array.from({ length: BATCH }, () => ask(cut.signal).catch(() => undefined));
      await until(() => trial.calls.started === before + BATCH, `${BATCH} calls to start`);
      cut.abort();
      await Promise.all(asked);
    }
  }
  await until(() => trial.calls.aborted === eras.length * BATCHES * BATCH, "every tool to be aborted");
  const metrics = (await send(`${hub.url}/metrics`, { method: "GET" })).text;
  expect(metrics).toContain('ops_hub_tool_calls_total{module="trial",tool="wait",door="mcp",outcome="cancelled"} 2000');
  expect(metrics).toContain('ops_hub_tool_calls_in_flight{module="trial"} 0');
  expect(hub.hub.counts()).toEqual({ sessions: 0, streams: 0 });
  await hub.close();
});
