// How the hub speaks to Prefect: credentials, CSRF, one retry for reads, and failures in words that say what to do.
import { expect, it } from "vitest";
import { startHurried, startWithPrefect } from "../start.ts";

const identity = "prefect_get_identity";
const headersOf = (server: { requests: { headers: object }[] }) => server.requests.map(({ headers }) => headers);

it("sends Basic even when there is a key too, splits nothing, and names the API's version", async () => {
  const { call, server } = await startWithPrefect(
    { auth: "admin:pa:ss" },
    { PREFECT_API_AUTH_STRING: "admin:pa:ss", PREFECT_API_KEY: "pnu_x" },
  );
  expect((await call(identity)).structured).toMatchObject({ auth_mode: "basic", authenticated: true, csrf: false });
  const authorization = `Basic ${Buffer.from("admin:pa:ss").toString("base64")}`;
  expect(headersOf(server)).toSatisfy((all: object[]) =>
    all.every((one) =>
      Object.entries({ authorization, "x-prefect-api-version": "0.8.4" }).every(([k, v]) => Reflect.get(one, k) === v),
    ),
  );
});

it.each([
  [
    { PREFECT_API_AUTH_STRING: "admin:wrong" },
    "Prefect rejected the credentials (401) at URL; tried Basic from PREFECT_API_AUTH_STRING.",
  ],
  [
    { PREFECT_API_KEY: "pnu_secret" },
    "Prefect rejected the credentials (401) at URL; tried Bearer from PREFECT_API_KEY. A self-hosted Prefect takes only PREFECT_API_AUTH_STRING (user:password).",
  ],
  [
    {},
    "Prefect wants credentials (401) at URL, and none are set: the operator sets PREFECT_API_AUTH_STRING or PREFECT_API_KEY.",
  ],
])("with %o it says what was refused, with and without CSRF", async (env, words) => {
  for (const csrf of [false, true]) {
    const { call, server } = await startWithPrefect({ auth: "admin:pass", csrf }, env);
    const { isError, text } = await call(identity);
    expect([isError, text]).toEqual([true, words.replace("URL", server.url)]);
  }
});

it("asks once for a CSRF token, however many requests need it, and again when it ends or is refused", async () => {
  const { call, server, clock } = await startWithPrefect({ csrf: true, csrfSeconds: 3_600, clock: () => clock.at });
  const asked = () => server.requests.filter(({ path }) => path.startsWith("/csrf-token")).length;
  await Promise.all([call("prefect_get_dashboard"), call("prefect_get_dashboard")]);
  expect((await call(identity)).structured).toMatchObject({ csrf: true });
  expect(asked()).toBe(1);
  clock.at += 3_590_000; // within a minute of its end: not used any more
  expect((await call("prefect_get_dashboard")).isError).toBe(false);
  expect(asked()).toBe(2);
  server.fail("POST", /flow_runs/, { status: 403, body: { detail: "Invalid CSRF token or client identifier." } });
  expect((await call("prefect_get_dashboard")).isError).toBe(false);
  expect(asked()).toBe(3);
});

it("never asks for a token where none is wanted", async () => {
  const { call, server } = await startWithPrefect();
  await call("prefect_get_dashboard");
  expect(server.requests.filter(({ path }) => path.startsWith("/csrf-token"))).toEqual([]);
});

it.each([
  ["reset" as const, true],
  [{ status: 503, body: { exception_message: "Service Unavailable" } }, true],
  [{ status: 502, body: "<html>", headers: { "content-type": "text/html" } }, true],
  [{ status: 429, body: { detail: "slow down" }, headers: { "retry-after": "0" } }, true],
  [{ status: 429, body: { detail: "slow down" }, headers: { "retry-after": "60" } }, false],
  [{ status: 500, body: { exception_message: "Internal Server Error" } }, false],
])("after one %o a read goes out again: %s", async (fault, again) => {
  const { call, server } = await startWithPrefect();
  server.fail("POST", /work_pools\/filter/, fault);
  expect((await call(identity)).isError).toBe(!again);
  expect(server.bodies("/work_pools/filter")).toHaveLength(again ? 2 : 1);
});

it.each([
  [{ status: 429, body: {}, headers: { "retry-after": "60" } }, "(429). Prefect limits requests; try again in 60 s."],
  [
    { status: 403, body: { detail: "no permission" } },
    "(403: no permission). The credentials of PREFECT_API_AUTH_STRING or PREFECT_API_KEY do not allow this.",
  ],
  [
    { status: 404, body: { detail: "Not Found" } },
    "(404: Not Found). Does PREFECT_API_URL end in /api, and is the server new enough for this?",
  ],
  [
    { status: 503, body: {}, headers: { "prefect-maintenance": "true" } },
    "(503). Prefect is in maintenance; try again later.",
  ],
  [
    { status: 200, body: "<html>", headers: { "content-type": "text/html" } },
    "its reply (200, text/html) is not Prefect's. Does PREFECT_API_URL end in /api",
  ],
  [
    {
      status: 422,
      body: {
        exception_message: "Invalid",
        exception_detail: [{ loc: ["body", "x"], msg: "bad", input: "canary" }],
        request_body: "canary",
      },
    },
    "(422: body.x: bad)",
  ],
])("%o reads %s", async (fault, words) => {
  const { call, server } = await startWithPrefect();
  server.fail("POST", /work_pools\/filter/, fault, 2);
  const { isError, text } = await call(identity);
  expect([isError, text]).toEqual([true, expect.stringContaining(words)]);
  expect(text).not.toContain("canary");
});

it("says that nobody answers, and recovers when somebody does", async () => {
  const { call } = await startWithPrefect({}, { PREFECT_API_URL: "http://127.0.0.1:1/api" });
  expect((await call(identity)).text).toBe(
    "Prefect API unreachable at http://127.0.0.1:1/api (ECONNREFUSED, connection refused). Is the server up, and is PREFECT_API_URL right?",
  );
  const { call: again, server } = await startHurried();
  server.fail("POST", /work_pools/, "hang");
  expect((await again(identity)).text).toContain("no complete reply within 1s");
  expect((await again(identity)).isError).toBe(false);
});

it("asks for smaller pages when the operator lowered the largest", async () => {
  const { call, server } = await startWithPrefect({ pageLimit: 3 });
  const { isError, structured } = await call("prefect_get_dashboard");
  expect([isError, structured["work_pools_total"]]).toEqual([false, 4]);
  expect(structured["work_pools"]).toHaveLength(4);
  expect(server.bodies("/work_pools/filter").map((body) => [body?.["limit"], body?.["offset"]])).toEqual([
    [20, 0],
    [3, 0],
    [3, 3],
  ]);
});

it("sends the headers that a proxy wants", async () => {
  const { call, server } = await startWithPrefect(
    {},
    { PREFECT_CLIENT_CUSTOM_HEADERS: '{"CF-Access-Client-Id":"abc"}' },
  );
  await call(identity);
  expect(headersOf(server)[0]).toMatchObject({ "cf-access-client-id": "abc" });
});
