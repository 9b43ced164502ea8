import Fastify, { type FastifyInstance } from "fastify";
import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { REPORT_SETTINGS } from "../../src/auth/report-settings.ts";
import { createReportGate } from "../../src/auth/reports.ts";
import type { Audit } from "../../src/core/audit.ts";
import { ANONYMOUS, EVERYTHING, type Caller } from "../../src/core/caller.ts";
import { Denied } from "../../src/core/denied.ts";
import { InFlight } from "../../src/core/in-flight.ts";
import {
  noSuchReport,
  type ReportDesk,
  type ReportDetail,
  type ReportFilter,
  type ReportRequest,
} from "../../src/core/report-desk.ts";
import type { Reporter, ReportGate } from "../../src/core/report-gate.ts";
import { readSection } from "../../src/core/settings.ts";
import type { Access } from "../../src/core/tool.ts";
import type { ReportAccess } from "../../src/http/report-access.ts";
import { addReportRoutes } from "../../src/http/reports.ts";
import { fixedClock, silent } from "../support/modules.ts";
import { untraced } from "../support/untraced.ts";

const detail = (id: string, namespace: string, cluster?: string): ReportDetail => ({
  report_id: id,
  state: "filed",
  outcome: "created",
  created_at: "2026-11-25T10:00:00.000Z",
  updated_at: "2026-11-25T10:00:00.000Z",
  namespace,
  ...(cluster === undefined ? {} : { cluster }),
  pod_name: "web-1",
  container: null,
  pipeline_run: null,
  attempts: 0,
  issue: { owner: "ops", repo: "failures", number: 7, url: "http://git.test/7" },
  analysis: "llm",
  deduplicated: false,
  tokens: 0,
  last_error: null,
  policy_violations: [],
  timeline: [],
});
const REPORTS = new Map(
  [
    detail("rpt_shop", "shop"),
    detail("rpt_pay", "pay"),
    detail("rpt_east", "shop", "east"),
    detail("rpt_none", ""),
  ].map((one) => [one.report_id, one]),
);

const get = async (id: string): Promise<ReportDetail> => {
  const report = REPORTS.get(id);
  if (report === undefined) throw noSuchReport(id);
  return report;
};
let submitted: ReportRequest[];
let changed: string[];
let filters: ReportFilter[];
const desk: ReportDesk = {
  submit: async (request) => {
    submitted.push(request);
    return { report: await get("rpt_shop"), isNew: true };
  },
  settled: get,
  get,
  evidence: async () => undefined,
  list: async (filter) => {
    filters.push(filter);
    return { reports: [], total: 0, next_cursor: null };
  },
  namespaces: async () => ["", "pay", "shop"],
  retry: async (id) => {
    changed.push(`retry ${id}`);
    return get(id);
  },
  cancel: async (id) => {
    changed.push(`cancel ${id}`);
    return get(id);
  },
  isWritable: async () => true,
};

const callerOf = (name: string, ...accesses: Access[]): Caller => ({
  id: `token:${name}`,
  name,
  rights: { key: name, may: (module, access) => module === "reports" && accesses.includes(access) },
});
const CALLERS: Record<string, Caller> = {
  "Bearer admin": { id: "token:admin", name: "admin", rights: EVERYTHING },
  "Bearer reader": callerOf("reader", "read"),
  "Bearer stranger": callerOf("stranger"),
  "Bearer shop-sa-with-no-rights": callerOf("sa"),
};

let clusterIsDown: boolean;
let asked: string[];
const account: Reporter = {
  caller: { id: "report:sa", name: "system:serviceaccount:shop:ci", rights: { key: "reports", may: () => false } },
  mayRead: async (namespace) => {
    if (clusterIsDown) throw new Denied(503, "the API does not answer", { headers: { "retry-after": "5" } });
    asked.push(namespace);
    return namespace === "shop";
  },
};
const challenge = { headers: { "www-authenticate": "Bearer" } };
const gate: ReportGate = {
  reporter: async ({ headers }) => {
    const found = await gate.reader(headers["authorization"] as string | undefined);
    if (found === undefined) throw new Denied(401, "reports need a credential", challenge);
    return found;
  },
  reader: async (authorization) => (authorization?.startsWith("Bearer shop-sa") === true ? account : undefined),
};

let lines: [string, any][];
const audit: Audit = {
  call: () => undefined,
  report: (line) => void lines.push(["report", line]),
  refused: (line) => void lines.push(["refused", line]),
};
let counted: string[];
let isTooMuch: boolean;
const tooMuch = new Denied(429, "too much", { headers: { "retry-after": "7" } });
const access: ReportAccess = {
  gate,
  callerOf: async ({ headers }) => {
    const caller = CALLERS[headers.authorization ?? ""];
    if (caller === undefined) throw new Denied(401, "this hub needs a credential", challenge);
    return caller;
  },
  limits: {
    calls: async ({ name }) => {
      counted.push(name);
      if (isTooMuch) throw tooMuch;
    },
    spare: async () => undefined,
    address: async (address) => {
      counted.push(address);
      if (isTooMuch) throw tooMuch;
    },
  },
  audit,
};

let app: FastifyInstance;
function serve(changes: Partial<ReportAccess> = {}): FastifyInstance {
  const one = Fastify();
  const common = {
    waitMs: 1_000,
    isSeedStrict: false,
    stopping: new AbortController().signal,
    inFlight: new InFlight(),
  };
  addReportRoutes(one, {
    ...common,
    log: silent,
    trail: untraced.trail,
    desk: () => desk,
    access: { ...access, ...changes },
  });
  return one;
}
beforeEach(() => {
  [submitted, changed, filters, lines, counted, asked] = [[], [], [], [], [], []];
  [clusterIsDown, isTooMuch] = [false, false];
  app = serve();
});
afterEach(() => app.close());

async function ask(path: string, who?: string, body?: unknown) {
  const [method, url] = path.split(" ") as ["GET" | "POST", string];
  const headers = who === undefined ? {} : { authorization: `Bearer ${who}` };
  const reply = await app.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body as object }) });
  return { status: reply.statusCode, body: reply.body, json: () => reply.json(), headers: reply.headers };
}

describe("POST /report-failure", () => {
  const POD = { namespace: "shop", pod_name: "web-1" };

  it("answers 401 with a challenge before it looks at the body", async () => {
    for (const who of [undefined, "admin"]) {
      const { status, headers, body } = await ask("POST /report-failure", who, "no json");
      expect([status, headers["www-authenticate"], JSON.parse(body)]).toEqual([
        401,
        "Bearer",
        { detail: "reports need a credential" },
      ]);
    }
    expect(submitted).toEqual([]);
  });

  it("takes a report about a namespace whose logs the caller can read", async () => {
    expect((await ask("POST /report-failure", "shop-sa", POD)).status).toBe(200);
    expect(submitted).toHaveLength(1);
  });

  it("refuses any other in the same words, whether it is there, is not, or is elsewhere", async () => {
    const others = [
      { ...POD, namespace: "pay" },
      { ...POD, namespace: "not-there" },
      { ...POD, namespace: "" },
      { ...POD, cluster: "east" },
    ];
    const replies = await Promise.all(others.map((body) => ask("POST /report-failure", "shop-sa", body)));
    expect(new Set(replies.map(({ status, body }) => `${status} ${body}`)).size).toBe(1);
    expect(replies[0]?.status).toBe(403);
    expect(submitted).toEqual([]);
  });

  it("answers 503 while that cannot be told", async () => {
    clusterIsDown = true;
    const { status, headers } = await ask("POST /report-failure", "shop-sa", POD);
    expect([status, headers["retry-after"], submitted]).toEqual([503, "5", []]);
  });

  it("checks signatures over the bytes of the wire", async () => {
    const { values } = await readSection(REPORT_SETTINGS, { REPORT_AUTH: "hmac", REPORT_HMAC_SECRET: "secret-secret" });
    const cluster = { apiUrl: undefined, caPath: undefined };
    const options = { settings: values, cluster, env: {}, clock: fixedClock(), log: silent, isLoopback: true };
    const signed = serve({ gate: await createReportGate(options) });
    const send = (payload: Buffer, sealed: Buffer) =>
      signed.inject({
        method: "POST",
        url: "/report-failure",
        headers: {
          "x-hub-signature-256": `sha256=${createHmac("sha256", "secret-secret").update(sealed).digest("hex")}`,
        },
        payload,
      });
    const bytes = Buffer.concat([
      Buffer.from([0xef, 0xbb, 0xbf]),
      Buffer.from('{ "namespace":"shop",  "pod_name":"web-1", "metadata": {"x":"'),
      Buffer.from([0xff]),
      Buffer.from('"}}\r\n'),
    ]);
    expect((await send(bytes, bytes)).statusCode).toBe(200);
    expect((await send(bytes, Buffer.from(bytes.toString("utf8")))).statusCode).toBe(401);
    expect((await send(Buffer.concat([bytes, Buffer.from(" ")]), bytes)).statusCode).toBe(401);
    await signed.close();
  });
});

describe("reports", () => {
  it.each([
    ["admin", 200, 200, 202, 200],
    ["reader", 200, 200, 403, 403],
    ["stranger", 403, 403, 403, 403],
    ["nobody", 401, 401, 401, 401],
  ])("are for callers with the right to the module: %s", async (who, ...statuses) => {
    const paths = [
      "GET /reports",
      "GET /reports/rpt_pay",
      "POST /reports/rpt_pay/retry",
      "POST /reports/rpt_pay/cancel",
    ];
    for (const [at, path] of paths.entries()) expect((await ask(path, who)).status, path).toBe(statuses[at]);
    expect(changed).toEqual(who === "admin" ? ["retry rpt_pay", "cancel rpt_pay"] : []);
  });

  it("tell who may not change them the same about one that is there and one that is not", async () => {
    for (const verb of ["retry", "cancel"]) {
      const [there, not] = [`POST /reports/rpt_pay/${verb}`, `POST /reports/rpt_x/${verb}`];
      expect((await ask(there, "reader")).body).toBe((await ask(not, "reader")).body);
    }
  });

  it.each(["shop-sa", "shop-sa-with-no-rights"])("show %s those about its own namespaces", async (who) => {
    expect((await ask("GET /reports/rpt_shop", who)).json()).toMatchObject({ report_id: "rpt_shop" });
    expect((await ask("POST /reports/rpt_shop/retry", who)).status).toBe(202);
    expect((await ask("POST /reports/rpt_shop/cancel", who)).status).toBe(200);
    expect(changed).toEqual(["retry rpt_shop", "cancel rpt_shop"]);
  });

  it.each(["rpt_pay", "rpt_east", "rpt_none"])("answer as if %s were not there, to whom it is foreign", async (id) => {
    for (const path of ["GET /reports/ID", "POST /reports/ID/retry", "POST /reports/ID/cancel"]) {
      const foreign = await ask(path.replace("ID", id), "shop-sa");
      const unknown = await ask(path.replace("ID", "rpt_gone"), "shop-sa");
      expect([foreign.status, foreign.body], path).toEqual([404, unknown.body.replace("rpt_gone", id)]);
      expect(Object.keys(foreign.headers)).toEqual(Object.keys(unknown.headers));
    }
    expect(changed).toEqual([]);
  });

  it("are listed by namespaces that the cluster was asked about", async () => {
    await ask("GET /reports?limit=5", "shop-sa");
    await ask("GET /reports?namespace=shop", "shop-sa");
    await ask("GET /reports?namespace=pay", "shop-sa");
    await ask("GET /reports", "admin");
    expect(filters).toEqual([
      { limit: 5, namespaces: ["shop"] },
      { limit: 50, namespace: "shop", namespaces: ["shop"] },
      { limit: 50, namespace: "pay", namespaces: [] },
      { limit: 50 },
    ]);
  });

  it("are not to be had while the cluster cannot tell, and the token is nobody else's", async () => {
    clusterIsDown = true;
    for (const path of ["GET /reports", "GET /reports/rpt_shop", "POST /reports/rpt_shop/retry"]) {
      expect((await ask(path, "shop-sa")).status, path).toBe(503);
      expect((await ask(path, "admin")).status, path).toBeLessThan(300);
    }
  });
});

describe("limits", () => {
  it("count callers by name, and by address whoever has none or is refused", async () => {
    await ask("GET /reports", "admin");
    await ask("POST /report-failure", "shop-sa", { namespace: "shop", pod_name: "" });
    await ask("GET /reports", "nobody");
    await ask("GET /reports", "stranger");
    await app.close();
    app = serve({ callerOf: async () => ANONYMOUS });
    await ask("GET /reports");
    expect(counted).toEqual(["admin", "system:serviceaccount:shop:ci", "127.0.0.1", "127.0.0.1", "127.0.0.1"]);
  });

  it.each(["admin", "nobody", "shop-sa"])("refuse %s past them with 429 and Retry-After", async (who) => {
    isTooMuch = true;
    const { status, headers, body } = await ask("GET /reports", who);
    expect([status, headers["retry-after"], JSON.parse(body)]).toEqual([429, "7", { detail: "too much" }]);
  });
});

describe("the audit", () => {
  it("has a line for each report and look", async () => {
    await ask("POST /report-failure?x=1", "shop-sa", { namespace: "shop", pod_name: "web-1" });
    await ask("GET /reports?state=dead", "reader");
    await expect.poll(() => lines.length).toBe(2);
    expect(lines).toMatchObject([
      [
        "report",
        {
          caller: { id: "report:sa", address: "127.0.0.1" },
          route: "POST /report-failure",
          status: 200,
          address: "127.0.0.1",
          arguments: { namespace: "shop", podName: "web-1" },
          reportId: "rpt_shop",
        },
      ],
      ["report", { caller: { name: "reader" }, route: "GET /reports", status: 200, arguments: { state: "dead" } }],
    ]);
    expect(lines[0]?.[1].bytes).toBeGreaterThan(10);
  });

  it("has a line for each refusal, with the caller where there is one", async () => {
    await ask("GET /reports/rpt_shop", "nobody");
    await ask("POST /report-failure", "shop-sa", { namespace: "pay", pod_name: "web-1" });
    expect(lines).toMatchObject([
      ["refused", { caller: undefined, door: "reports", route: "GET /reports/rpt_shop", status: 401 }],
      ["refused", { caller: { name: "system:serviceaccount:shop:ci" }, route: "POST /report-failure", status: 403 }],
    ]);
  });
});
