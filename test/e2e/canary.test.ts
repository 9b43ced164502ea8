// Every credential that a hub can hold is a canary here. Its upstreams say them aloud, in errors and in answers, and so does the
// log of a failed pod; none may be found in anything that the hub says or writes.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { modulesFor } from "../../src/modules.ts";
import { GITEA_TOKEN, MODEL_KEY } from "../support/agent-hub.ts";
import { loadFailure, readFailures } from "../support/failures.ts";
import { SECRETS, startGuardedHub, type GuardedHub } from "../support/guarded-hub.ts";
import { said, startUpstream, tool } from "../support/mcp-upstream.ts";
import { startPrefectStandIn } from "../support/prefect-stand-in.ts";
import { error, startPrometheusMock } from "../support/prometheus-mock.ts";
import { call, initialize, legacy, modern, send, until, type WireReply } from "../support/wire.ts";

const KUBE_TOKEN = "kube-t0ken";
const PREFECT_KEY = "Canary-Prefect-08d2fe";
const UPSTREAM_KEY = "Canary-Upstream-77b3a9";
const DATASOURCE_PASSWORD = "Canary-Datasource-e10f5c";
const HELD = [KUBE_TOKEN, GITEA_TOKEN, MODEL_KEY, PREFECT_KEY, UPSTREAM_KEY, DATASOURCE_PASSWORD];
/** What the hub holds and can know again; of the others it has hashes or nothing. */
const OWN = [...HELD, SECRETS.admin, SECRETS.report, SECRETS.hmac, SECRETS.own];

/** What was read, by where. */
const places = new Map<string, string>();
const canaries = new Set<string>([...HELD, ...Object.values(SECRETS)]);
const outcomes: string[] = [];

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "ops-hub-canary-"));
  const upstream = await startUpstream({
    mode: "modern",
    tools: [tool("echo"), tool("fail")],
    answer: ({ name, headers }) => said(`I was sent ${JSON.stringify(headers)}`, { isError: name === "fail" }),
  });
  const prefect = await startPrefectStandIn({ key: PREFECT_KEY });
  const prometheus = await startPrometheusMock();
  prometheus.on("api/v1/query", () => error(422, "execution", `Basic bWU6 ${DATASOURCE_PASSWORD} was sent`));
  const env = await settings(folder, { upstream: upstream.url, prefect: prefect.url, prometheus: prometheus.url });
  const script = [{ calls: [{ name: "pods_log", arguments: { tail: 50 } }] }, { text: `Bearer ${MODEL_KEY}?` }];
  const hub = await startGuardedHub({ env, script, modules: await modulesFor(env) });
  await until(() => hub.agent.hub.registry.find("tickets_echo") !== undefined, "the upstream's tools");
  await tour(hub, () => prefect.fail("POST", /flow_runs/, { status: 500, body: { detail: `key ${PREFECT_KEY}` } }, 9));
  const disk = join(hub.agent.directory, "data");
  for (const name of await readdir(disk)) places.set(`disk ${name}`, await readFile(join(disk, name), "latin1"));
  places.set("issues", JSON.stringify(hub.agent.issues()));
  places.set("model", JSON.stringify(hub.agent.model.requests.map(({ body }) => body)));
  const { log, audit } = await hub.finish();
  places.set("log", log).set("audit", audit);
  await Promise.all([upstream.close(), prefect.close(), prometheus.close(), rm(folder, { recursive: true })]);
});

interface Urls {
  readonly upstream: string;
  readonly prefect: string;
  readonly prometheus: string;
}

async function settings(folder: string, { upstream, prefect, prometheus }: Urls): Promise<Record<string, string>> {
  const path = (name: string) => join(folder, name);
  const headers = "{ Authorization: 'Bearer ${TICKETS_KEY}' }";
  await writeFile(path("upstreams.yaml"), `upstreams: [{ name: tickets, url: "${upstream}", headers: ${headers} }]`);
  const datasource = { name: "main", type: "prometheus", url: prometheus, basicAuth: true, basicAuthUser: "me" };
  const datasources = [{ ...datasource, secureJsonData: { basicAuthPassword: DATASOURCE_PASSWORD } }];
  await writeFile(path("datasources.yaml"), JSON.stringify({ apiVersion: 1, datasources }));
  return {
    LOG_LEVEL: "trace",
    UPSTREAMS_PATH: path("upstreams.yaml"),
    TICKETS_KEY: UPSTREAM_KEY,
    GRAFANA_DATASOURCES_PATH: path("datasources.yaml"),
    PREFECT_API_URL: prefect,
    PREFECT_API_KEY: PREFECT_KEY,
  };
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

/** Every door, with every kind of credential, and every tool; upstreams that work, and then upstreams that tell on us. */
async function tour(hub: GuardedHub, breakPrefect: () => void): Promise<void> {
  const { url } = hub.agent;
  const jwt = await hub.issuer.token();
  for (const part of [jwt, jwt.split(".")[2] ?? ""]) canaries.add(part);
  for (const token of [SECRETS.admin, SECRETS.reader, SECRETS.sam, jwt, SECRETS.expired, SECRETS.own]) {
    keep(`list ${token.slice(0, 14)}`, await modern(`${url}/mcp`, "tools/list", {}, bearer(token)));
    keep(`initialize ${token.slice(0, 14)}`, await legacy(`${url}/mcp`, initialize(), bearer(token)));
    for (const path of ["/reports", "/metrics", "/health", "/sse?token=", "/.well-known/oauth-protected-resource"]) {
      if (path.startsWith("/sse")) keep("query", await send(`${url}${path}${token}`, { method: "GET" }));
      else keep(`GET ${path}`, await send(`${url}${path}`, { method: "GET", ...bearer(token) }));
    }
  }
  await reports(hub);
  await calls(hub, "works");
  await readTheLog(hub);
  breakPrefect();
  hub.agent.kubernetes.mishaps.push({ kind: "status", status: 500, body: `Bearer ${KUBE_TOKEN}` });
  const body = { message: `token ${GITEA_TOKEN} does not have the scope` };
  hub.agent.gitea.fail("GET", /./, { status: 403, body }, 9);
  await calls(hub, "is broken");
  hub.agent.kubernetes.token = "another";
  await calls(hub, "refuses us");
  places.set("check", JSON.stringify([...(await hub.agent.hub.check(AbortSignal.timeout(10_000)))]));
  await hub.agent.hub.reload();
}

const NAMESPACE = { namespace: "shop" };
const ARGUMENTS: Readonly<Record<string, Record<string, unknown>>> = {
  query_instant: { promql: "up", query: "up", datasource_id: "main", datasource: "main" },
  pods_list_in_namespace: NAMESPACE,
  tickets_echo: { text: OWN.join(" ") },
  list_repo_issues: { owner: "ops", repo: "reports" },
  create_issue: { owner: "ops", repo: "reports", title: "a title", body: "a body" },
};

async function calls({ agent }: GuardedHub, state: string): Promise<void> {
  for (const { tool: one } of agent.hub.registry.entries) {
    const asked = call(one.name, ARGUMENTS[one.name] ?? {});
    const reply = await legacy(`${agent.url}/mcp`, asked, bearer(SECRETS.admin));
    outcomes.push(reply.json.result?.["isError"] === true || reply.json.error !== undefined ? "failure" : "success");
    keep(`${one.name} ${state}`, reply);
  }
}

/** What the program printed, as a person would read it. */
async function readTheLog({ agent }: GuardedHub): Promise<void> {
  for (const key of agent.kubernetes.logs.keys()) {
    const [namespace, name, container] = key.split("/");
    const asked = call("pods_log", { namespace, name, container, tail: 100 });
    keep(`log of ${key}`, await legacy(`${agent.url}/mcp`, asked, bearer(SECRETS.admin)));
  }
}

/** A failed pod whose program printed all it found. */
async function reports(hub: GuardedHub): Promise<void> {
  const failure = (await readFailures()).find(({ name }) => name.endsWith("npm-eresolve"));
  if (failure === undefined) throw new Error("the bundle is not there");
  const { agent } = hub;
  loadFailure(failure, agent.kubernetes);
  for (const [key, lines] of agent.kubernetes.logs) {
    const last = lines.at(-1);
    const found = OWN.map((canary) => ({
      ...last,
      text: `npm error env says ${canary}, and ERESOLVE failed`,
    }));
    agent.kubernetes.logs.set(key, [...lines, ...found] as typeof lines);
  }
  for (const token of [SECRETS.report, SECRETS.zoe, SECRETS.zoeApi, SECRETS.admin]) {
    const { status, body } = await agent.report(failure.report, bearer(token).headers);
    places.set(`report ${token.slice(0, 14)}`, JSON.stringify(body));
    outcomes.push(`report ${status}`);
    if (body.report_id === undefined) continue;
    const path = `${agent.url}/reports/${body.report_id}`;
    keep("the report", await send(path, { method: "GET", ...bearer(SECRETS.admin) }));
  }
}

function keep(place: string, { status, headers, text }: WireReply): void {
  places.set(`${place} ${places.size}`, `${status} ${JSON.stringify(headers)} ${text}`);
}

it("went everywhere", () => {
  expect(outcomes.filter((one) => one === "success").length).toBeGreaterThan(20);
  expect(outcomes.filter((one) => one === "failure").length).toBeGreaterThan(20);
  expect(outcomes.filter((one) => one.startsWith("report"))).toEqual([
    "report 200",
    "report 403",
    "report 401",
    "report 401",
  ]);
  for (const place of ["log", "audit", "issues", "model", "check"])
    expect(places.get(place)?.length, place).toBeGreaterThan(50);
  expect([...places].find(([place]) => place.startsWith("log of"))?.[1]).toContain("npm error env says");
  expect([...places.keys()].filter((place) => place.startsWith("disk"))).not.toEqual([]);
});

it("left no credential anywhere", () => {
  const forms = [...canaries].flatMap((one) => [one, Buffer.from(one).toString("base64").replace(/=+$/, "")]);
  const found = [...places].flatMap(([place, text]) =>
    forms.filter((form) => text.includes(form)).map((form) => `${place}: ${form} in ${around(text, form)}`),
  );
  expect(found).toEqual([]);
});

const around = (text: string, form: string) =>
  text.slice(Math.max(0, text.indexOf(form) - 80), text.indexOf(form) + 60);
