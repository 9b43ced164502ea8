// What the seed's server got wrong in every tool alike: filters that were dropped, ids that were not checked, secrets, sizes, and a server
// that is away. The defects of single tools have their tests beside those.
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { startPrefectStandIn } from "../../support/prefect-stand-in.ts";
import { startWithPrefect, type Started } from "./start.ts";

const ALL = { ALLOW_WRITES: "prefect" };
const UUID_PATTERN = "[0-9a-f]{8}";

/** Every tool with every argument that must be an id. */
const idArguments = ({ registry }: Started): [tool: string, argument: string][] =>
  registry.entries.flatMap(({ tool, properties }) =>
    Object.entries(properties).flatMap(([name, schema]): [string, string][] => {
      const pattern: unknown = schema["pattern"];
      return typeof pattern === "string" && pattern.includes(UUID_PATTERN) ? [[tool.name, name]] : [];
    }),
  );

it("D5: refuses a filter key that Prefect would drop, in every tool that takes a filter, before anything is asked", async () => {
  const { call, registry, server } = await startWithPrefect();
  const tools = registry.entries.filter(({ properties }) => "filter" in properties).map(({ tool }) => tool.name);
  expect(tools.length).toBeGreaterThanOrEqual(6);
  for (const tool of tools) {
    for (const filter of [{ bogus: 1 }, '{"bogus":1}']) {
      const { isError, text } = await call(tool, { filter });
      expect([tool, isError, text]).toEqual([tool, true, expect.stringContaining("Unknown filter key 'bogus' in")]);
    }
  }
  const pools = await call("prefect_get_work_pools", { filter: { name: { like_: "prod-%" } } });
  expect([pools.isError, pools.text]).toEqual([true, expect.stringContaining("Allowed: any_")]);
  expect(server.requests).toEqual([]);
});

it("D16: says that garbage is not a UUID, for every argument that is an id, before anything is asked", async () => {
  const hub = await startWithPrefect({}, ALL);
  const found = idArguments(hub);
  expect(found.length).toBeGreaterThanOrEqual(12);
  for (const [tool, argument] of found) {
    const { isError, text } = await hub.call(tool, { [argument]: "etl-nightly" });
    expect([tool, argument, isError, text]).toEqual([tool, argument, true, expect.stringContaining("is not a UUID")]);
  }
  expect(hub.server.requests).toEqual([]);
});

it("D16: never takes an unknown id, or that of something else, for an empty answer", async () => {
  const hub = await startWithPrefect();
  const { deployments, goneRun } = hub.server.world.seeded;
  // Events and artifacts outlive what they are about, and are looked for by it.
  const lists = ["prefect_read_events", "prefect_get_artifacts"];
  for (const [tool, argument] of idArguments(hub).filter(([name]) => !lists.includes(name))) {
    for (const id of [goneRun, tool === "prefect_get_deployments" ? goneRun : deployments["etl-nightly/prod"]]) {
      const { isError, text } = await hub.call(tool, { [argument]: id });
      expect([tool, argument, isError, text]).toEqual([tool, argument, true, expect.stringContaining("(404)")]);
    }
  }
});

it("D11: shows no secret of parameters, environments, pull steps, events and logs in any answer", async () => {
  const { call, registry, server } = await startWithPrefect();
  const { runs } = server.world.seeded;
  const given: Record<string, object> = {
    prefect_get_flow_run: { flow_run_id: runs["etl-failed"] },
    prefect_get_flow_run_logs: { flow_run_id: runs["etl-failed"] },
    prefect_investigate_flow_run: { flow_run_id: runs["etl-failed"] },
    prefect_get_deployments: { name: "etl-nightly/prod", detail: "full" },
    prefect_get_work_pools: { detail: "full" },
    prefect_get_object_schema: { object_type: "automation" },
    prefect_read_events: { since: "now-1d", limit: 200 },
  };
  expect(JSON.stringify(server.world)).toContain("canary");
  for (const { tool } of registry.entries.filter((one) => one.tool.access === "read")) {
    const { isError, text } = await call(tool.name, given[tool.name] ?? {});
    expect([tool.name, isError, text.includes("canary")]).toEqual([tool.name, false, false]);
  }
});

it("D12: needs less than half a kilobyte for a run in a list", async () => {
  const { call } = await startWithPrefect();
  const { text, structured } = await call("prefect_get_flow_runs", { limit: 100 });
  const { returned } = structured as { returned: number };
  expect(returned).toBeGreaterThan(10);
  expect(Buffer.byteLength(text) / returned).toBeLessThan(512);
});

it("D15: names the server that is away, shows no credentials, and goes on when it is back", async () => {
  const login = { PREFECT_API_AUTH_STRING: "admin:canary-password" };
  const hub = await startWithPrefect({ auth: "admin:canary-password" }, login);
  const { url } = hub.server;
  await hub.server.close();
  const tools = ["get_identity", "get_dashboard", "get_flow_runs", "get_work_pools", "diagnose_delays"];
  for (const tool of tools) {
    const { isError, text } = await hub.call(`prefect_${tool}`);
    expect([tool, isError, text]).toEqual([tool, true, expect.stringContaining(`unreachable at ${url} (ECONNREFUSED`)]);
    expect(text).not.toContain("canary");
  }
  const back = await startPrefectStandIn({ auth: "admin:canary-password", port: Number(new URL(url).port) });
  for (const tool of tools) expect([tool, (await hub.call(`prefect_${tool}`)).isError]).toEqual([tool, false]);
  await back.close();
});

it("D20: is installed as it was tested: each package is locked with its hash", async () => {
  const { packages } = JSON.parse(await readFile(new URL("../../../package-lock.json", import.meta.url), "utf8"));
  const installed = Object.entries<{ integrity?: string }>(packages).filter(([path]) => path !== "");
  expect(installed.length).toBeGreaterThan(50);
  expect(installed.filter(([, { integrity }]) => integrity === undefined)).toEqual([]);
});

it("D23: takes an automation that is gone for a 404 of its own, and shows the others", async () => {
  const { call, server } = await startWithPrefect();
  const gone = await call("prefect_get_automations", { id: server.world.seeded.goneRun });
  expect([gone.isError, gone.text]).toEqual([true, expect.stringContaining("(404)")]);
  expect((await call("prefect_get_automations", { enabled: false })).structured).toMatchObject({ returned: 1 });
});
