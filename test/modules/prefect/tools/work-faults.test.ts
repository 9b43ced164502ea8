// How the tools of deployments, pools, limits and writes fail when Prefect does: with words, once for a write, and with their caller.
import { describe, expect, it } from "vitest";
import { startHurried, startWithPrefect } from "../start.ts";

type Runs = Record<string, string>;
type Input = (runs: Runs) => object;
const none: Input = () => ({});

const READS: [tool: string, path: RegExp, doing: string][] = [
  ["prefect_get_deployments", /^\/deployments\/filter/, "list deployments"],
  ["prefect_get_deployments", /^\/flow_runs\/filter/, "list flow runs"],
  ["prefect_get_work_pools", /^\/work_pools\/filter/, "list work pools"],
  ["prefect_get_work_pools", /k8s-prod\/workers/, 'list the workers of "k8s-prod"'],
  ["prefect_get_work_pools", /k8s-prod\/queues/, 'list the queues of "k8s-prod"'],
  ["prefect_get_concurrency_limits", /^\/v2\/concurrency_limits/, "list concurrency limits"],
  ["prefect_get_concurrency_limits", /^\/concurrency_limits/, "list tag concurrency limits"],
];

const WRITES: [tool: string, path: RegExp, input: Input][] = [
  ["prefect_run_deployment", /create_flow_run/, () => ({ deployment: "etl-nightly/prod" })],
  ["prefect_retry_flow_run", /set_state/, (runs) => ({ flow_run_id: runs["etl-failed"] })],
  ["prefect_set_deployment_paused", /pause_deployment/, () => ({ deployment: "etl-nightly/prod", paused: true })],
];

const CANCEL: (typeof WRITES)[number] = [
  "prefect_cancel_flow_runs",
  /set_state/,
  (runs) => ({ flow_run_ids: [runs["etl-zombie"]] }),
];

const trouble = { status: 500, body: { exception_message: "Internal Server Error" } };
const secretive = {
  status: 422,
  body: {
    exception_message: "Invalid request received.",
    exception_detail: [{ type: "x", loc: ["body", "limit"], msg: "too large", input: "canary-input" }],
    request_body: { token: "canary-body" },
  },
};

describe.each(READS)("%s, refused at %s", (tool, path, doing) => {
  it.each([
    [trouble, "(500: Internal Server Error)"],
    [secretive, "(422: body.limit: too large)"],
    [{ status: 403, body: { detail: "no" } }, "(403: no)"],
    [{ status: 429, body: {}, headers: { "retry-after": "60" } }, "try again in 60 s"],
    [{ status: 200, body: [{ name: 7 }] }, "is not Prefect's"],
  ])("tells what it could not do: %j", async (fault, words) => {
    const { call, server } = await startWithPrefect();
    server.fail("POST", path, fault, 9);
    const { isError, text } = await call(tool);
    expect([isError, text]).toEqual([true, expect.stringContaining(words)]);
    expect(text).toContain(`could not ${doing}`);
    expect(text).toContain(server.url);
    expect(text).not.toContain("canary");
  });

  it("ends when Prefect hangs, and with its caller", async () => {
    const { call, server } = await startHurried();
    server.fail("POST", path, "hang", 9);
    const hung = await call(tool);
    expect([hung.isError, hung.text]).toEqual([true, expect.stringContaining("PREFECT_TIMEOUT_SECONDS")]);
    const left = await call(tool, {}, { signal: AbortSignal.timeout(100) });
    expect(left.text).toBe("the call was cancelled by the client");
  });
});

describe.each(WRITES)("%s, refused at %s", (tool, path, input) => {
  it.each([
    [trouble, "(500: Internal Server Error)"],
    [{ status: 503, body: { exception_message: "Service Unavailable" } }, "(503: Service Unavailable)"],
    [secretive, "(422: body.limit: too large)"],
    [{ status: 403, body: { detail: "no" } }, "(403: no)"],
    [{ status: 409, body: { detail: "not like this" } }, "(409: not like this)"],
    ["hang" as const, "It may have happened all the same"],
    ["reset" as const, "It may have happened all the same"],
  ])("is sent once, and tells %j", async (fault, words) => {
    const { call, server } = await (fault === "hang" ? startHurried() : startWithPrefect());
    server.fail("POST", path, fault, 9);
    const { isError, text } = await call(tool, input(server.world.seeded.runs));
    expect([isError, text]).toEqual([true, expect.stringContaining(words)]);
    expect(text).not.toContain("canary");
    expect(server.requests.filter((one) => path.test(one.path))).toHaveLength(1);
  });
});

it.each([...WRITES, CANCEL])("%s ends with its caller", async (tool, path, input) => {
  const { call, server } = await startWithPrefect();
  server.fail("POST", path, "hang");
  const { text } = await call(tool, input(server.world.seeded.runs), { signal: AbortSignal.timeout(300) });
  expect(text).toBe("the call was cancelled by the client");
});

it.each([...READS.map(([tool]) => [tool, /./, none] as const), ...WRITES, CANCEL])(
  "%s names the credentials that were refused, in words",
  async (tool, _, input) => {
    const { call, server } = await startWithPrefect(
      { auth: "admin:right" },
      { PREFECT_API_AUTH_STRING: "admin:wrong" },
    );
    const { isError, text } = await call(tool, input(server.world.seeded.runs));
    expect([isError, text]).toEqual([true, expect.stringContaining("tried Basic from PREFECT_API_AUTH_STRING")]);
    expect(text).not.toContain("wrong");
  },
);

it.each([...WRITES, CANCEL])("%s brings the token that CSRF protection wants", async (tool, path, input) => {
  const { call, server } = await startWithPrefect({ csrf: true });
  expect((await call(tool, input(server.world.seeded.runs))).isError).toBe(false);
  const write = server.requests.filter((one) => path.test(one.path)).at(-1); // one without a token was refused, and cost it
  expect(write?.headers["prefect-csrf-token"]).toBeDefined();
});
