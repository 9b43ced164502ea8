// check_datasource: one report on reach, login, version, clock and certificate, and what to do about what is wrong.
import { readFile } from "node:fs/promises";
import { afterEach, describe, expect, it } from "vitest";
import {
  data,
  error,
  page,
  scalar,
  startPrometheusMock,
  type MockOptions,
  type PrometheusMock,
} from "../../support/prometheus-mock.ts";
import { fixedClock, type TestHub } from "../../support/modules.ts";
import { startWithDatasources } from "./start.ts";

const CANARY = "c4n4ry-s3cret";
const NOW_S = Date.parse("2026-11-25T12:00:00Z") / 1_000;
const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).toReversed()) await close();
});

async function mock(options?: MockOptions): Promise<PrometheusMock> {
  const prometheus = await startPrometheusMock(options);
  prometheus.on("api/v1/query", scalar(NOW_S, "1"));
  cleanUp.push(() => prometheus.close());
  return prometheus;
}

async function start(entry: Record<string, unknown>, clock = fixedClock()): Promise<TestHub> {
  const hub = await startWithDatasources([{ name: "main", ...entry }], { clock });
  cleanUp.push(() => hub.close());
  return hub;
}

/** The report without what differs from run to run. */
async function check(hub: TestHub): Promise<Record<string, unknown>> {
  const { isError, structured, text } = await hub.call("check_datasource");
  expect(isError).toBe(false);
  expect(text).not.toContain(CANARY);
  const { url: _, ...report } = structured["data"] as Record<string, unknown>;
  return { ...report, findings: structured["findings"] };
}

const header = {
  jsonData: { httpHeaderName1: "Authorization" },
  secureJsonData: { httpHeaderValue1: `Bearer ${CANARY}` },
};

it("finds nothing wrong with a healthy one", async () => {
  const prometheus = await mock();
  expect(await check(await start({ url: prometheus.url, ...header }))).toMatchInlineSnapshot(`
    {
      "auth": {
        "result": "accepted",
        "sends": [
          "Authorization",
        ],
      },
      "build": {
        "goVersion": "go1.19.8",
        "version": "2.42.0",
      },
      "clock": {
        "hub_time": "2026-11-25T12:00:00.000Z",
        "server_time": "2026-11-25T12:00:00.000Z",
        "skew_seconds": 0,
      },
      "findings": [],
      "ok": true,
      "query": {
        "latency_ms": 0,
        "ok": true,
      },
    }
  `);
  expect(prometheus.requests.map(({ headers }) => headers.authorization)).toEqual([
    `Bearer ${CANARY}`,
    `Bearer ${CANARY}`,
  ]);
});

it.each([
  [312, "312 s ahead of the hub's"],
  [-7, "7 s behind the hub's"],
])("tells a clock that is %i s off", async (seconds, side) => {
  const prometheus = await mock();
  prometheus.on("api/v1/query", scalar(NOW_S + seconds, "1"));
  const { ok, clock, findings } = await check(await start({ url: prometheus.url }));
  expect({ ok, clock }).toMatchObject({ ok: false, clock: { skew_seconds: seconds } });
  expect(findings).toEqual([expect.stringContaining(`The server's clock is ${side}`)]);
});

it("takes VictoriaMetrics' vector for an answer, and a backend without buildinfo for a healthy one", async () => {
  const prometheus = await mock();
  prometheus.on("api/v1/query", data({ resultType: "vector", result: [{ metric: {}, value: [NOW_S, "1"] }] }));
  prometheus.on("api/v1/status/buildinfo", page(404, "not found", "text/plain"));
  expect(await check(await start({ url: prometheus.url }))).toMatchInlineSnapshot(`
    {
      "auth": {
        "result": "not needed",
        "sends": [],
      },
      "clock": {
        "hub_time": "2026-11-25T12:00:00.000Z",
        "server_time": "2026-11-25T12:00:00.000Z",
        "skew_seconds": 0,
      },
      "findings": [],
      "ok": true,
      "query": {
        "latency_ms": 0,
        "ok": true,
      },
    }
  `);
});

it.each([
  [401, "refused"],
  [403, "forbidden"],
  [500, "unknown"],
])("tells after HTTP %i that the login is %s", async (status, result) => {
  const prometheus = await mock();
  prometheus.on("api/v1/query", error(status, "x", CANARY.slice(0, 3)));
  const { ok, auth, findings } = await check(await start({ url: prometheus.url, ...header }));
  expect({ ok, auth }).toEqual({ ok: false, auth: { sends: ["Authorization"], result } });
  expect(findings).toHaveLength(1);
});

it("reports a login page and a closed port as what is wrong, not as a failed call", async () => {
  const prometheus = await mock();
  prometheus.on("api/v1/query", page(200, "<html>login"));
  const login = await check(await start({ url: prometheus.url }));
  const closed = await check(await start({ url: "http://127.0.0.1:1" }));
  for (const { ok, findings } of [login, closed]) {
    expect(ok).toBe(false);
    expect(findings).toEqual([expect.stringMatching(/^(INVALID_RESPONSE|PROMETHEUS_UNAVAILABLE): /)]);
  }
});

it("repeats what the file says wrongly about this datasource", async () => {
  const prometheus = await mock();
  const hub = await start({
    url: prometheus.url,
    jsonData: { httpHeaderName1: "X" },
    secureJsonData: { httpHeaderValue1: "${GONE}" },
  });
  expect((await check(hub))["findings"]).toEqual([
    'datasource "main": secureJsonData.httpHeaderValue1 is left out: ${GONE} is not set',
  ]);
});

it("asks only what is configured", async () => {
  const hub = await start({ url: "http://127.0.0.1:1" });
  const { isError, structured } = await hub.call("check_datasource", { datasource_id: "http://127.0.0.1:2" });
  expect([isError, structured["error"]]).toEqual([true, "Datasource not found: http://127.0.0.1:2. Available: main"]);
});

describe("over TLS", async () => {
  const pem = (name: string) => readFile(new URL(`../../fixtures/tls/${name}`, import.meta.url), "utf8");
  const [ca, cert, key] = await Promise.all([pem("ca.crt"), pem("server.crt"), pem("server.key")]);
  const trusted = { jsonData: { tlsAuthWithCACert: true }, secureJsonData: { tlsCACert: ca } };

  it("tells issuer and expiry of a certificate that passes", async () => {
    const prometheus = await mock({ tls: { cert, key } });
    const { ok, tls } = await check(await start({ url: prometheus.url, ...trusted }));
    expect({ ok, tls }).toMatchInlineSnapshot(`
      {
        "ok": true,
        "tls": {
          "days_left": 36500,
          "expires": "2126-11-01T16:27:49.000Z",
          "issuer": "CN=ops-hub test CA",
          "protocol": "TLSv1.3",
          "subject": "CN=ops-hub test server",
          "verified": true,
        },
      }
    `);
  });

  it("tells that nobody trusts it without the authority", async () => {
    const prometheus = await mock({ tls: { cert, key } });
    const { ok, tls, findings } = await check(await start({ url: prometheus.url }));
    expect(ok).toBe(false);
    expect(tls).toMatchObject({
      verified: false,
      problem: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      issuer: "CN=ops-hub test CA",
    });
    expect(findings).toEqual([expect.stringContaining("TLS"), expect.stringContaining("is not trusted")]);
    expect(prometheus.requests).toEqual([]);
  });

  it.each([
    ["2126-10-30T00:00:00Z", "The certificate expires in 2 days."],
    ["2127-01-01T00:00:00Z", "The certificate expired 61 days ago."],
  ])("warns of one that expires soon, seen from %s", async (now, warning) => {
    const prometheus = await mock({ tls: { cert, key } });
    prometheus.on("api/v1/query", scalar(Date.parse(now) / 1_000, "1"));
    const hub = await start({ url: prometheus.url, ...trusted }, fixedClock(Date.parse(now)));
    expect((await check(hub))["findings"]).toEqual([warning]);
  });

  it("shows a client certificate to a server that asks for one", async () => {
    const [clientCert, clientKey] = await Promise.all([pem("client.crt"), pem("client.key")]);
    const prometheus = await mock({ tls: { cert, key, ca, requestCert: true, rejectUnauthorized: true } });
    const hub = await start({
      url: prometheus.url,
      jsonData: { tlsAuth: true, tlsAuthWithCACert: true },
      secureJsonData: { tlsCACert: ca, tlsClientCert: clientCert, tlsClientKey: clientKey },
    });
    const { ok, auth } = await check(hub);
    expect({ ok, auth }).toEqual({ ok: true, auth: { sends: ["client certificate"], result: "accepted" } });
  });
});
