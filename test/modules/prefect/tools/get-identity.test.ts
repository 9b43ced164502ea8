// prefect_get_identity: self-hosted and Cloud, proven by a request that needs the credentials.
import { expect, it } from "vitest";
import { CLOUD_ACCOUNT, CLOUD_WORKSPACE } from "../../../support/prefect-stand-in.ts";
import { startWithPrefect } from "../start.ts";

it("tells a self-hosted server", async () => {
  const { call, server } = await startWithPrefect();
  const { isError, structured } = await call("prefect_get_identity");
  expect([isError, structured]).toEqual([
    false,
    {
      kind: "self_hosted",
      server_version: "3.9.1",
      api_version: "0.8.4",
      csrf: false,
      api_url: server.url,
      ui_url: server.url.replace(/\/api$/, ""),
      auth_mode: "none",
      authenticated: true,
      latency_ms: 0,
    },
  ]);
});

it("tells a Cloud workspace, its account and whose key it is", async () => {
  const { call, server } = await startWithPrefect({ cloud: true, key: "pnu_key" }, { PREFECT_API_KEY: "pnu_key" });
  const { isError, structured } = await call("prefect_get_identity");
  expect([isError, structured]).toEqual([
    false,
    expect.objectContaining({
      kind: "cloud",
      api_url: server.url,
      auth_mode: "bearer",
      csrf: false,
      account_id: CLOUD_ACCOUNT,
      account_name: "Example",
      workspace_id: CLOUD_WORKSPACE,
      workspace_name: "prod",
      user: expect.objectContaining({ handle: "ops", email: "ops@example.com" }),
      plan_type: "PRO",
      run_retention_days: 14,
    }),
  ]);
  expect(server.requests.map(({ path }) => path)).not.toContain("/admin/version");
});

it("leaves out what the role may not read, and still fails for a wrong key", async () => {
  const { call, server } = await startWithPrefect({ cloud: true, key: "pnu_key" }, { PREFECT_API_KEY: "pnu_key" });
  server.fail("GET", /^\/accounts\/[^/]+$/, { status: 403, body: { detail: "Forbidden" } });
  const { structured } = await call("prefect_get_identity");
  expect(structured).toMatchObject({ workspace_name: "prod" });
  expect(structured).not.toHaveProperty("account_name", expect.anything());
  const wrong = await startWithPrefect({ cloud: true, key: "pnu_key" }, { PREFECT_API_KEY: "pnu_other" });
  expect((await wrong.call("prefect_get_identity")).text).toBe(
    `Prefect rejected the credentials (401) at ${wrong.server.url}; tried Bearer from PREFECT_API_KEY.`,
  );
});
