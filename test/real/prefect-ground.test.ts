// The foundation before a real Prefect: plain, and with Basic and CSRF; the stand-in's fixtures still say what it says.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { prefect } from "../../src/modules/prefect/index.ts";
import { startModule } from "../support/modules.ts";
import { connectPrefect } from "./support/prefect-api.ts";
import { seedPrefect } from "./support/prefect-seed.ts";
import { startPrefect, type RunningPrefect } from "./support/prefect.ts";
import { until } from "./support/wait.ts";

const AUTH = "admin:pa:ss";

describe.each([
  ["plain", undefined],
  ["with Basic and CSRF", AUTH],
])("a seeded Prefect, %s", (_, auth) => {
  let server: RunningPrefect;
  const env = () => ({ PREFECT_API_URL: server.url, ...(auth === undefined ? {} : { PREFECT_API_AUTH_STRING: auth }) });
  beforeAll(async () => {
    server = await startPrefect(auth === undefined ? {} : { auth });
    const api = await connectPrefect(server.url, auth);
    await seedPrefect(api, { bigLogLines: 300 });
    await until("six late runs", 60_000, async () => {
      const late = await api.post("flow_runs/count", { flow_runs: { state: { name: { any_: ["Late"] } } } });
      return late === 6 ? true : undefined;
    });
  }, 300_000);
  afterAll(() => server?.close());

  test("says who it is", async () => {
    const hub = await startModule(prefect, env());
    expect((await hub.call("prefect_get_identity")).structured).toMatchObject({
      kind: "self_hosted",
      server_version: expect.stringMatching(/^3\./),
      auth_mode: auth === undefined ? "none" : "basic",
      csrf: auth !== undefined,
      authenticated: true,
    });
    await hub.close();
  });

  test("shows what is going on", async () => {
    const hub = await startModule(prefect, env());
    const { structured } = await hub.call("prefect_get_dashboard");
    expect(structured).toMatchObject({
      flow_runs: { running: 2, pending: 1, late: 6, failed: 4, crashed: 1, completed: 4, cancelled: 1 },
      work_pools_total: 4,
      top_failing_flows: expect.arrayContaining([expect.objectContaining({ flow_name: "etl-nightly", failures: 3 })]),
    });
    await hub.close();
  });

  test("refuses a wrong password and a key, where it wants a password", async () => {
    const wrongs: Record<string, string>[] = [{ PREFECT_API_AUTH_STRING: "admin:no" }, { PREFECT_API_KEY: "pnu_x" }];
    for (const wrong of wrongs) {
      const hub = await startModule(prefect, { PREFECT_API_URL: server.url, ...wrong });
      const { isError, text } = await hub.call("prefect_get_identity");
      expect(isError).toBe(auth !== undefined);
      if (isError) expect(text).toContain(`rejected the credentials (401) at ${server.url}; tried`);
      await hub.close();
    }
  });
});
