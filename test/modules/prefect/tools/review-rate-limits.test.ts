// prefect_review_rate_limits: Cloud's numbers for each minute as periods, and only where there is a Cloud.
import { expect, it } from "vitest";
import { CLOUD_ACCOUNT } from "../../../support/prefect-stand-in.ts";
import { startWithPrefect } from "../start.ts";

const TOOL = "prefect_review_rate_limits";
const minute = (n: number) => `2026-11-25T10:0${n}:00Z`;
const usage = {
  account: CLOUD_ACCOUNT,
  since: minute(0),
  until: minute(6),
  minutes: [0, 1, 2, 3, 4, 5].map(minute),
  keys: {
    runs: { requested: [10, 30, 25, 10, 10, 12], granted: [10, 20, 20, 10, 10, 10] },
    "writing-logs": { requested: [5, 5, 9, 5, 5], granted: [5, 5, 2, null, 5] },
    flows: { requested: [1, 1, 1, 1, 1, 1], granted: [1, 1, 1, 1, 1, 1] },
  },
};
const startCloud = (options: object = {}) =>
  startWithPrefect({ cloud: true, key: "pnu_cloud", ...options }, { PREFECT_API_KEY: "pnu_cloud" });

it("tells the periods, what was denied in them, and a summary", async () => {
  const { call, server } = await startCloud({ usage });
  const { structured } = await call(TOOL, { since: minute(0), until: "2026-11-25T10:06:00Z" });
  expect(structured).toEqual({
    verdict: `throttled in 3 minutes, 2 periods, last at ${minute(5)}: runs, writing-logs`,
    account_id: CLOUD_ACCOUNT,
    since: "2026-11-25T10:00:00.000Z",
    until: "2026-11-25T10:06:00.000Z",
    summary: {
      total_throttling_periods: 2,
      affected_keys: ["runs", "writing-logs"],
      first_throttled_at: minute(1),
      last_throttled_at: minute(5),
      total_minutes_throttled: 3,
    },
    throttling_periods: [
      {
        start: minute(1),
        end: minute(2),
        duration_minutes: 2,
        keys_affected: [
          { key: "runs", total_denied: 15, peak_denied_per_minute: 10 },
          { key: "writing-logs", total_denied: 7, peak_denied_per_minute: 7 },
        ],
      },
      {
        start: minute(5),
        end: minute(5),
        duration_minutes: 1,
        keys_affected: [{ key: "runs", total_denied: 2, peak_denied_per_minute: 2 }],
      },
    ],
    returned: 2,
    truncated: false,
  });
  const { searchParams } = new URL(server.requests.at(-1)?.path ?? "", "http://prefect.test");
  expect(searchParams.getAll("keys")).toHaveLength(15);
});

it("looks at three days up to a minute ago by default, and says when there was nothing", async () => {
  const { call, clock } = await startCloud();
  const { structured } = await call(TOOL);
  expect(structured).toMatchObject({
    verdict: "not throttled in this time",
    until: new Date(clock.at - 60_000).toISOString(),
    since: new Date(clock.at - 60_000 - 3 * 86_400_000).toISOString(),
    summary: { total_throttling_periods: 0, affected_keys: [], total_minutes_throttled: 0 },
    throttling_periods: [],
  });
});

it("refuses a stretch that runs backwards, and fails when Cloud does", async () => {
  const { call, server } = await startCloud();
  expect((await call(TOOL, { since: "now", until: "now-1h" })).text).toContain("must be before until");
  expect(server.requests).toEqual([]);
  server.fail("GET", /rate-limits/, { status: 403, body: { detail: "Forbidden" } });
  const { isError, text } = await call(TOOL);
  expect([isError, text]).toEqual([true, expect.stringContaining("403")]);
});

it("is listed only where there is a Cloud, or where callers may bring one", async () => {
  expect((await startCloud()).running.absent).not.toHaveProperty(TOOL);
  expect((await startWithPrefect()).registry.find(TOOL)).toBeUndefined();
  const { call, running } = await startWithPrefect({}, { PREFECT_HEADER_CREDENTIALS: "true" });
  expect(running.absent).not.toHaveProperty(TOOL);
  expect((await call(TOOL)).text).toContain("Prefect Cloud only");
});
