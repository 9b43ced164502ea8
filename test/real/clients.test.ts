// Every real client over every door that it can use, each doing all that a person does with it, against a real Prometheus.
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { startPrometheusMock, type PrometheusMock } from "../support/prometheus-mock.ts";
import { until } from "../support/wire.ts";
import { startHubOnGround, type HubOnGround } from "./support/hub-on-ground.ts";
import { startPythonClients, type PythonClients } from "./support/python-clients.ts";
import { connectV1, connectV2, type Door, type Mode, type ScriptedClient } from "./support/scripted-client.ts";

const ground = inject("ground");
const TOOLS =
  "list_datasources list_metrics get_metric_metadata query_instant query_range get_metric_labels get_label_values " +
  "find_metrics_by_pattern find_series list_alerts list_rules list_targets query_exemplars query_histogram get_tsdb_stats " +
  "check_datasource validate_promql render_chart";
const MODERN: Mode = "2026-07-28";
const MAX_TEXT = 24 * 1024 + 512;

const Listing = z.looseObject({
  tools: z.array(
    z.looseObject({
      name: z.string(),
      description: z.string(),
      inputSchema: z.looseObject({ type: z.literal("object"), properties: z.record(z.string(), z.unknown()) }),
      outputSchema: z.record(z.string(), z.unknown()),
      annotations: z.looseObject({
        title: z.string(),
        readOnlyHint: z.literal(true),
        destructiveHint: z.literal(false),
      }),
    }),
  ),
});
const Value = z.record(z.string(), z.any());
const Called = z.looseObject({
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
  structuredContent: z.record(z.string(), z.any()).optional(),
  isError: z.boolean().optional(),
});
const Prompts = z.looseObject({ prompts: z.array(z.looseObject({ name: z.string() })) });
const Prompt = z.looseObject({
  messages: z.array(z.looseObject({ role: z.string(), content: z.looseObject({ text: z.string() }) })),
});
const Resources = z.looseObject({ resources: z.array(z.looseObject({ uri: z.string() })) });
const Templates = z.looseObject({ resourceTemplates: z.array(z.looseObject({ uriTemplate: z.string() })) });
const Contents = z.looseObject({ contents: z.array(z.looseObject({ uri: z.string(), text: z.string() })) });
const Completed = z.looseObject({ completion: z.looseObject({ values: z.array(z.string()) }) });

let hub: HubOnGround;
let slow: PrometheusMock;
let python: PythonClients;
beforeAll(async () => {
  slow = await startPrometheusMock();
  slow.on("/api/v1/query", { delayMs: 60_000 });
  hub = await startHubOnGround([
    { name: "ground", url: ground.url },
    { name: "slow", url: slow.url },
  ]);
  python = await startPythonClients();
});
afterAll(async () => {
  await python?.close();
  await hub?.close();
  await slow?.close();
});

const CLIENTS: Record<string, (door: Door, mode: Mode) => Promise<ScriptedClient>> = {
  "TypeScript SDK v2": connectV2,
  "TypeScript SDK v1": (door) => connectV1(door),
  "Python mcp": (door, mode) => python.connect("mcp", door, mode),
  "Python fastmcp": (door, mode) => python.connect("fastmcp", door, mode),
};
const HTTP_PATHS = ["/mcp", "/mcp/", "/mcp/prometheus"];
const SSE_PATHS = ["/sse", "/mcp/sse", "/mcp/prometheus/sse"];

interface Combination {
  client: string;
  mode: Mode;
  path: string;
}

const COMBINATIONS: Combination[] = Object.keys(CLIENTS).flatMap((client) => {
  const modes: Mode[] = client === "TypeScript SDK v1" ? ["legacy"] : ["auto", "legacy", MODERN];
  return [
    ...modes.flatMap((mode) => HTTP_PATHS.map((path) => ({ client, mode, path }))),
    // HTTP+SSE is a transport of the 2025 revisions and older; a client that probes must find back to it.
    ...SSE_PATHS.map((path) => ({
      client,
      mode: client === "Python mcp" ? ("auto" as const) : ("legacy" as const),
      path,
    })),
    ...modes.map((mode) => ({ client, mode, path: "stdio" })),
  ];
});

describe.each(COMBINATIONS)("$client ($mode) over $path", ({ client: name, mode, path }) => {
  let client: ScriptedClient;
  let validators: Map<string, ValidateFunction>;

  beforeAll(async () => {
    const kind = path.endsWith("/sse") ? "sse" : "http";
    const door: Door =
      path === "stdio"
        ? { kind: "stdio", env: { GRAFANA_DATASOURCES_PATH: hub.path } }
        : { kind, url: `${hub.url}${path}` };
    client = await CLIENTS[name]!(door, mode);
  });
  afterAll(() => client?.close());

  /** Calls as a client does; holds every answer to the laws: the text is the whole of it, within its budget and its schema. */
  async function call(tool: string, args: object): Promise<{ value: Record<string, any>; isError: boolean }> {
    const { content, structuredContent, isError } = Called.parse(
      await client.ask("tools/call", { name: tool, arguments: args }),
    );
    const text = content.find(({ type }) => type === "text")?.text ?? "";
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_TEXT);
    const value: unknown = JSON.parse(text);
    // Failures too: SDK v1 checks them against the schema, and shows a broken schema instead of what went wrong.
    if (structuredContent !== undefined || isError !== true) {
      expect(value).toEqual(structuredContent);
      const validate = validators.get(tool);
      expect(validate?.(structuredContent), JSON.stringify(validate?.errors)).toBe(true);
    }
    return { value: Value.parse(value), isError: isError === true };
  }

  test("it agrees on a revision, and learns who answers and how to use it", async () => {
    const isModern = path.endsWith("/sse") ? false : mode !== "legacy";
    if (client.protocol !== undefined) expect(client.protocol).toMatch(isModern ? /^2026-07-28$/ : /^2025-\d\d-\d\d$/);
    // Python's pinned modes take the revision for granted and do not ask who answers.
    if (name.startsWith("Python") && mode === MODERN) return;
    expect(client.serverName).toBe("ops-hub");
    expect(client.instructions).toContain("query_instant");
  });

  test("it lists the tools, all read-only, each with a usable schema", async () => {
    const { tools } = Listing.parse(await client.ask("tools/list"));
    const names = tools.map(({ name }) => name);
    expect(names).toEqual(TOOLS.split(" "));
    const ajv = new Ajv2020({ strict: false });
    validators = new Map(tools.map((tool) => [tool.name, ajv.compile(tool.outputSchema)]));
    const query = tools.find(({ name }) => name === "query_instant");
    expect(query?.inputSchema).toMatchObject({ required: ["promql"], properties: { promql: { type: "string" } } });
  });

  test("it asks the real Prometheus", async () => {
    const { value, isError } = await call("query_instant", { datasource_id: "ground", promql: "up" });
    expect(isError).toBe(false);
    expect(value).toMatchObject({ status: "success", datasource: "ground", query: "up", total: 5 });
    const result: { metric: Record<string, string>; value: [number, string] }[] = value["data"].data.result;
    expect(result.find(({ metric }) => metric["job"] === "dead")?.value[1]).toBe("0");
  });

  test("it is told what is wrong with a call, and can go on", async () => {
    const bad = await call("query_instant", { datasource_id: "ground", promql: "up{" });
    expect(bad).toMatchObject({ isError: true, value: { status: "error", code: "INVALID_QUERY" } });
    expect(bad.value["error"]).toMatch(/^INVALID_QUERY: 1:4: parse error: /);
    const unknown = await call("list_alerts", { datasource_id: "grund" });
    expect(unknown.isError).toBe(true);
    expect(unknown.value["error"]).toMatch(/^Datasource not found: grund/);
    const misspelt = await client.ask("tools/call", { name: "query_instant", arguments: { querry: "up" } });
    expect(misspelt).toMatchObject({ isError: true });
    expect(JSON.stringify(misspelt)).toContain("querry");
  });

  test("it cancels a call, and the request to Prometheus ends", async () => {
    const before = slow.requests.length;
    const cancelling = new AbortController();
    const asked = client.ask(
      "tools/call",
      { name: "query_instant", arguments: { datasource_id: "slow", promql: "up" } },
      cancelling.signal,
    );
    const refused = asked.catch((error: unknown) => String(error));
    const query = () => slow.requests.slice(before).find((request) => request.path === "/api/v1/query");
    await until(() => query() !== undefined, "the query at the slow Prometheus");
    expect(query()?.aborted).toBe(false);
    cancelling.abort();
    expect(await refused).toMatch(/abort|cancel/i);
    await until(() => query()?.aborted === true, "the end of the query at the slow Prometheus");
    expect((await call("query_instant", { datasource_id: "ground", promql: "vector(3)" })).isError).toBe(false);
  });

  test("it gets the prompt with the alert's state in it", async () => {
    const { prompts } = Prompts.parse(await client.ask("prompts/list"));
    expect(prompts.map(({ name }) => name)).toContain("investigate_alert");
    const request = { name: "investigate_alert", arguments: { alert: "TargetDown", datasource: "ground" } };
    const { messages } = Prompt.parse(await client.ask("prompts/get", request));
    expect(messages[0]?.role).toBe("user");
    expect(messages[0]?.content.text).toMatch(/TargetDown[\s\S]*dead-1[\s\S]*list_rules/);
  });

  test("it lists, templates and reads resources", async () => {
    const { resources } = Resources.parse(await client.ask("resources/list"));
    expect(resources.map(({ uri }) => uri)).toEqual(
      expect.arrayContaining(["prometheus://ground/metrics", "prometheus://ground/alerts"]),
    );
    const { resourceTemplates } = Templates.parse(await client.ask("resources/templates/list"));
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate).sort()).toEqual([
      "prometheus://{datasource}/alerts",
      "prometheus://{datasource}/metrics",
    ]);
    const alerts = Contents.parse(await client.ask("resources/read", { uri: "prometheus://ground/alerts" }));
    expect(JSON.parse(alerts.contents[0]!.text)).toMatchObject({ by_state: { firing: 1, pending: 1 } });
    const metrics = Contents.parse(await client.ask("resources/read", { uri: "prometheus://ground/metrics" }));
    expect(JSON.parse(metrics.contents[0]!.text).data).toContain("shop_requests_total");
    await expect(client.ask("resources/read", { uri: "prometheus://nowhere/alerts" })).rejects.toThrow(/not found/i);
  });

  test("it completes names of datasources, alerts and metrics", async () => {
    const complete = async (ref: object, argument: { name: string; value: string }, given?: Record<string, string>) => {
      const context = given === undefined ? {} : { context: { arguments: given } };
      return Completed.parse(await client.ask("completion/complete", { ref, argument, ...context })).completion.values;
    };
    const prompt = { type: "ref/prompt", name: "investigate_alert" };
    expect(await complete(prompt, { name: "datasource", value: "gr" })).toEqual(["ground"]);
    expect(await complete(prompt, { name: "alert", value: "target" }, { datasource: "ground" })).toEqual([
      "TargetDown",
    ]);
    expect(await complete(prompt, { name: "metric", value: "shop_open" }, { datasource: "ground" })).toEqual([
      "shop_open_carts",
    ]);
    const template = { type: "ref/resource", uri: "prometheus://{datasource}/metrics" };
    expect(await complete(template, { name: "datasource", value: "sl" })).toEqual(["slow"]);
  });
});
