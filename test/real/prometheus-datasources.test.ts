// How the hub reaches real servers: under a path, behind TLS and a password, with files that change; and the seed's ten defects.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { startPrometheusMock } from "../support/prometheus-mock.ts";
import { send } from "../support/wire.ts";
import { makeCertificates } from "./support/certificate.ts";
import { startHubOnGround, type DatasourceEntry } from "./support/hub-on-ground.ts";
import { lawfulHub } from "./support/lawful-hub.ts";
import { startPrometheus } from "./support/prometheus.ts";
import { until } from "./support/wait.ts";

const ground = inject("ground");

async function start(datasources: DatasourceEntry[], env: Record<string, string> = {}) {
  const running = await startHubOnGround(datasources, env);
  onTestFinished(() => running.close());
  return { ...running, ...(await lawfulHub(running.url)) };
}

describe("a Prometheus under /prom, behind TLS and a password, that allows ten samples a query", () => {
  let directory: string;
  let ca: string;
  let server: Awaited<ReturnType<typeof startPrometheus>>;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "ops-hub-secure-"));
    const certificates = await makeCertificates(directory);
    ca = await readFile(certificates.ca, "utf8");
    server = await startPrometheus({
      path: "/prom",
      args: ["--query.max-samples=10"],
      webConfig: {
        tls_server_config: { cert_file: certificates.server.cert, key_file: certificates.server.key },
        // bcrypt of "open-sesame"
        basic_auth_users: { ops: "$2b$04$abcdefghijklmnopqrstuuXcjcm5avyCiJoD2uS24xa2lb6fjMB3G" },
      },
    });
  });
  afterAll(async () => {
    await server?.close();
    await rm(directory, { recursive: true, force: true });
  });

  const entry = (name: string, password: string): DatasourceEntry => ({
    name,
    url: `${server.url}/`,
    basicAuth: true,
    basicAuthUser: "ops",
    jsonData: { tlsAuthWithCACert: true },
    secureJsonData: { basicAuthPassword: password, tlsCACert: ca },
  });

  test("it is reached with its CA and a password from a file, and check_datasource says how", async () => {
    const file = join(directory, "password");
    await writeFile(file, "open-sesame\n");
    const hub = await start([entry("secure", `$__file{${file}}`)]);
    expect((await hub.ask("query_instant", { promql: "vector(7)" }))["data"].data.result[0].value[1]).toBe("7");
    const { data, findings } = await hub.ask("check_datasource");
    expect(data).toMatchObject({
      url: server.url,
      query: { ok: true },
      auth: { sends: ["Authorization"], result: "accepted" },
      tls: { verified: true, days_left: expect.any(Number) },
    });
    expect(JSON.stringify(data.tls)).toContain("ops-hub test CA");
    expect(findings).toEqual([expect.stringMatching(/^The certificate expires in \d days\.$/)]);
    const listed = JSON.stringify(await hub.ask("list_datasources"));
    expect(listed).not.toContain("open-sesame");

    await writeFile(file, "wrong");
    await until("the new password to be used", 20_000, async () => {
      const { value, isError } = await hub.call("query_instant", { promql: "vector(7)" });
      if (!isError) return undefined;
      expect(value["error"]).toMatch(/^AUTHENTICATION_FAILED: Invalid credentials/);
      return true;
    });
  });

  test("without its CA, with a wrong password, or too much asked, each failure says what to do", async () => {
    const hub = await start([
      { ...entry("no-ca", "open-sesame"), jsonData: {} },
      entry("wrong", "wrong"),
      entry("right", "open-sesame"),
    ]);
    const untrusted = await hub.fail("query_instant", { datasource_id: "no-ca", promql: "up" });
    expect(untrusted["error"]).toMatch(/^PROMETHEUS_UNAVAILABLE: TLS: .*tlsAuthWithCACert/);
    const refused = await hub.fail("list_metrics", { datasource_id: "wrong" });
    expect(refused).toMatchObject({ code: "AUTHENTICATION_FAILED", http_status: 401 });
    const tooMuch = await hub.fail("query_range", {
      datasource_id: "right",
      promql: "vector(1)",
      start: "now-1h",
      step: "1m",
    });
    expect(tooMuch["error"]).toMatch(/^EXECUTION_ERROR: query processing would load too many samples/);
  });
});

test("the datasource file is read again when it changes; a broken one changes nothing and is told", async () => {
  const hub = await start([{ name: "old", url: ground.url }]);
  const names = async () => (await hub.ask("list_datasources"))["data"].map(({ name }: { name: string }) => name);
  expect(await names()).toEqual(["old"]);
  await hub.rewrite([
    { name: "new", url: ground.url, uid: "n1" },
    { name: "dead", url: "http://127.0.0.1:1" },
  ]);
  await until("the new datasources", 30_000, async () => ((await names()).includes("new") ? true : undefined));
  expect(await names()).toEqual(["new", "dead"]);
  expect((await hub.ask("query_instant", { datasource_id: "n1", promql: "up" }))["total"]).toBe(5);
  expect((await hub.fail("query_instant", { datasource_id: "old", promql: "up" }))["error"]).toMatch(
    /^Datasource not found: old/,
  );

  await writeFile(hub.path, "datasources: [");
  await until("the complaint in /health", 30_000, async () => {
    const { text } = await send(`${hub.url}/health`, { method: "GET" });
    const problems: string[] = JSON.parse(text).modules.prometheus.problems;
    return problems.length > 0 ? true : undefined;
  });
  expect(await names()).toEqual(["new", "dead"]);
});

test("one datasource that is down harms no other, and not the hub's health", async () => {
  const hub = await start([
    { name: "ground", url: ground.url },
    { name: "dead", url: "http://127.0.0.1:1" },
  ]);
  const dead = await hub.fail("query_instant", { datasource_id: "dead", promql: "up" });
  expect(dead["error"]).toMatch(/^PROMETHEUS_UNAVAILABLE: connection refused/);
  expect(dead["retryable"]).toBe(true);
  expect((await hub.ask("query_instant", { datasource_id: "ground", promql: "up" }))["total"]).toBe(5);
  const checked = await hub.ask("list_datasources", { check: true });
  expect(checked["data"].map(({ reachable }: { reachable: boolean }) => reachable)).toEqual([true, false]);
  expect((await send(`${hub.url}/health`, { method: "GET" })).status).toBe(200);
});

describe("the seed's defects are right here", () => {
  test("1: a label name cannot leave its place in the path", async () => {
    const hub = await start([{ name: "ground", url: ground.url }]);
    for (const label_name of [
      "../status/config?x=",
      "..",
      "job/../../status/config",
      "%2e%2e/status/config",
      "job?x",
    ]) {
      const { value, isError } = await hub.call("get_label_values", { label_name });
      expect(JSON.stringify(value)).not.toContain("scrape_configs");
      if (!isError) expect(value["data"]).toEqual([]);
    }
  });

  test("2: a url with a trailing slash works, with several as well", async () => {
    const hub = await start([
      { name: "one", url: `${ground.url}/` },
      { name: "many", url: `${ground.url}///` },
    ]);
    for (const datasource_id of ["one", "many"]) {
      expect((await hub.ask("query_instant", { datasource_id, promql: "up" }))["total"]).toBe(5);
      expect((await hub.ask("list_metrics", { datasource_id }))["total"]).toBeGreaterThan(10);
    }
  });

  test("3: metric_name narrows get_label_values", async () => {
    const hub = await start([{ name: "ground", url: ground.url }]);
    const all = await hub.ask("get_label_values", { label_name: "instance" });
    const some = await hub.ask("get_label_values", { label_name: "instance", metric_name: "shop_open_carts" });
    expect(all["data"]).toEqual(["dead-1", "odd-1", "shop-1", "shop-2", "wide-1"]);
    expect(some["data"]).toEqual(["shop-1", "shop-2"]);
  });

  test("4 and 5: a failure is one for the client and in the counters", async () => {
    const hub = await start([{ name: "ground", url: ground.url }]);
    await hub.fail("query_instant", { promql: "up{" });
    await hub.ask("query_instant", { promql: "up" });
    const { text } = await send(`${hub.url}/metrics`, { method: "GET" });
    const counted = (status: string) =>
      text
        .split("\n")
        .find(
          (line) =>
            line.startsWith("proms_mcp_tool_requests_total{") &&
            line.includes('"query_instant"') &&
            line.includes(`"${status}"`),
        );
    expect(counted("error")).toMatch(/ 1$/);
    expect(counted("success")).toMatch(/ 1$/);
  });

  test("6: the reasons of 422 and 503 reach the client", async () => {
    const slow = await startPrometheus({ args: ["--query.timeout=1ms"] });
    onTestFinished(() => slow.close());
    const hub = await start([
      { name: "ground", url: ground.url },
      { name: "slow", url: slow.url },
    ]);
    const many = await hub.fail("query_instant", {
      datasource_id: "ground",
      promql: "up + on (job) shop_requests_total",
    });
    expect(many["error"]).toContain("many-to-many matching not allowed");
    const heavy = "sum_over_time(vector(time())[1000d:1m])";
    const gaveUp = await hub.fail("query_instant", { datasource_id: "slow", promql: heavy });
    expect(gaveUp["error"]).toMatch(/^TIMEOUT: Query timed out \(Prometheus gave up: query timed out in /);
    expect(gaveUp["http_status"]).toBe(503);
  });

  test('7: a body with status "error" under HTTP 200 is a failure', async () => {
    const mock = await startPrometheusMock();
    onTestFinished(() => mock.close());
    const body = JSON.stringify({ status: "error", errorType: "execution", error: "store went away" });
    mock.on("/api/v1/query", { body });
    const hub = await start([{ name: "odd", url: mock.url }]);
    expect((await hub.fail("query_instant", { promql: "up" }))["error"]).toContain("store went away");
  });

  test("8: a pattern that freezes backtracking engines is harmless", async () => {
    const mock = await startPrometheusMock();
    onTestFinished(() => mock.close());
    mock.on("/api/v1/label/__name__/values", {
      body: JSON.stringify({ status: "success", data: [`${"a".repeat(60)}_b`] }),
    });
    const hub = await start([
      { name: "ground", url: ground.url },
      { name: "long", url: mock.url },
    ]);
    expect((await hub.ask("find_metrics_by_pattern", { datasource_id: "long", pattern: "(a+)+$" }))["total"]).toBe(0);
    expect((await hub.ask("find_metrics_by_pattern", { datasource_id: "ground", pattern: "^up" }))["data"]).toEqual([
      "up",
    ]);
    expect(
      (await hub.ask("find_metrics_by_pattern", { datasource_id: "ground", pattern: "UP$", ignore_case: true }))[
        "data"
      ],
    ).toEqual(["up"]);
  });

  test("9: the labels of a metric are asked of /labels, not read from all its series", async () => {
    const mock = await startPrometheusMock();
    onTestFinished(() => mock.close());
    const hub = await start([{ name: "seen", url: mock.url }]);
    await hub.ask("get_metric_labels", { metric_name: "up" });
    const paths = mock.requests.map(({ path }) => path);
    expect(paths).toContain("/api/v1/labels");
    expect(paths).not.toContain("/api/v1/series");
  });
});
