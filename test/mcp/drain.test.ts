import { request } from "node:http";
import { expect, it } from "vitest";
import { startHub } from "../support/hub.ts";
import { trialModule } from "../support/trial-module.ts";
import { call, initialize, legacy, modern, send, until } from "../support/wire.ts";

it("lets calls in flight end in both eras and sessions, refuses new ones, ends streams, and then closes", async () => {
  const trial = trialModule();
  const hub = await startHub([trial.module]);
  const mcp = `${hub.url}/mcp`;
  const session = { "mcp-session-id": String((await legacy(mcp, initialize())).headers["mcp-session-id"]) };
  const idle = Promise.withResolvers<void>();
  request(`${hub.url}/sse`, { agent: false }, (response) => response.on("end", idle.resolve).resume()).end();
  const listening = modern(mcp, "subscriptions/listen", { notifications: { toolsListChanged: true } });
  const running = [
    modern(mcp, "tools/call", { name: "wait", arguments: { ms: 400 } }),
    modern(mcp, "tools/call", { name: "wait_long", arguments: { ms: 400 } }),
    legacy(mcp, call("wait", { ms: 400 })),
    legacy(mcp, call("wait_long", { ms: 400 }), { headers: session }),
  ];
  await until(() => trial.calls.started === 4 && hub.hub.counts().streams === 2, "four calls and two streams");

  const closed = hub.close();
  const ready = await send(`${hub.url}/ready`, { method: "GET" });
  expect([ready.status, JSON.parse(ready.text)]).toEqual([503, { status: "draining" }]);
  expect((await send(`${hub.url}/health`, { method: "GET" })).status).toBe(200);
  const refused = await modern(mcp, "tools/list");
  expect([refused.status, refused.headers["retry-after"], refused.json.error?.code]).toEqual([503, "5", -32_000]);

  const answers = await Promise.all(running);
  expect(answers.map(({ status, json }) => [status, json.result?.["structuredContent"]])).toEqual(
    answers.map(() => [200, { waited: 400 }]),
  );
  await Promise.all([closed, idle.promise]);
  expect((await listening).status).toBe(200);
  await expect(send(`${hub.url}/health`, { method: "GET" })).rejects.toThrow("ECONNREFUSED");
});

it("gives up calls that outlast DRAIN_SECONDS", async () => {
  const trial = trialModule();
  const hub = await startHub([trial.module], { DRAIN_SECONDS: "0" });
  const pending = modern(`${hub.url}/mcp`, "tools/call", { name: "wait", arguments: { ms: 60_000 } }).catch(
    () => undefined,
  );
  await until(() => trial.calls.started === 1, "the call to start");
  await hub.close();
  await pending;
  expect(trial.calls).toMatchObject({ started: 1, aborted: 1 });
});

it("ends sooner when it is told to hurry", async () => {
  const trial = trialModule();
  const hub = await startHub([trial.module], { DRAIN_SECONDS: "3600" });
  const pending = legacy(`${hub.url}/mcp`, call("wait", { ms: 60_000 })).catch(() => undefined);
  await until(() => trial.calls.started === 1, "the call to start");
  await hub.hub.close(AbortSignal.abort());
  await pending;
  expect(trial.calls.aborted).toBe(1);
});
