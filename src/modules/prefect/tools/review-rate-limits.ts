// prefect_review_rate_limits: when Prefect Cloud turned requests of the account away, and of which kind.
import { z } from "zod";
import { rfc3339 } from "../../../core/clock.ts";
import { ToolFailure } from "../../../core/failure.ts";
import type { Tool } from "../../../core/tool.ts";
import { prefectTool, type Kit } from "../kit.ts";
import { throttlingIn } from "../insight/throttling.ts";
import { readTime, time } from "../times.ts";
import { requireOrder } from "../window.ts";

const MINUTE_MS = 60_000;
const DEFAULT_MS = 3 * 86_400_000;
const MAX_PERIODS = 50;
/** The groups in which Cloud counts requests. */
const KEYS = [
  "artifacts",
  "block_documents",
  "block_schemas",
  "block_types",
  "concurrency_limits",
  "deployments",
  "flows",
  "reading-events",
  "reading-logs",
  "runs",
  "variables",
  "work_pools",
  "work_queues",
  "writing-events",
  "writing-logs",
];

export const reviewRateLimits = (kit: Kit): Tool =>
  prefectTool(kit, {
    name: "prefect_review_rate_limits",
    title: "Review rate limits",
    description:
      "Shows when Prefect Cloud throttled the account: periods, kinds of requests, how many were denied. Use it for 429 answers, late logs " +
      "and slow starts on Cloud. Prefect Cloud only. Minute by minute, the last 3 days unless since says otherwise; at most 50 periods, the newest.",
    input: z.strictObject({
      since: time("From when on; three days ago if left out"),
      until: time("Until when; one minute ago if left out"),
    }),
    output: z.looseObject({
      verdict: z.string(),
      summary: z.looseObject({ total_throttling_periods: z.number(), total_minutes_throttled: z.number() }),
      throttling_periods: z.array(z.looseObject({ start: z.string(), end: z.string() })),
    }),
    run: async (input, { api, instance, nowMs }) => {
      const { cloud } = instance.address;
      if (cloud === undefined) {
        const message = `Prefect Cloud only: ${instance.address.api} is self-hosted and has no rate limits`;
        throw new ToolFailure("invalid", message, { code: "CLOUD_ONLY" });
      }
      const until = readTime("until", input.until, nowMs) ?? rfc3339(nowMs - MINUTE_MS);
      const since = readTime("since", input.since, nowMs) ?? rfc3339(Date.parse(until) - DEFAULT_MS);
      requireOrder(since, until);
      const periods = throttlingIn(await api.cloud.rateUsage(cloud.account, since, until, KEYS));
      const keys = [...new Set(periods.flatMap((one) => one.keys_affected.map(({ key }) => key)))].toSorted();
      const minutes = periods.reduce((sum, one) => sum + one.duration_minutes, 0);
      const [first, last] = [periods[0], periods.at(-1)];
      return {
        verdict:
          first === undefined || last === undefined
            ? "not throttled in this time"
            : `throttled in ${minutes} minutes, ${periods.length} periods, last at ${last.end}: ${keys.join(", ")}`,
        account_id: cloud.account,
        since,
        until,
        summary: {
          total_throttling_periods: periods.length,
          affected_keys: keys,
          ...(first === undefined || last === undefined
            ? {}
            : { first_throttled_at: first.start, last_throttled_at: last.end }),
          total_minutes_throttled: minutes,
        },
        throttling_periods: periods.slice(-MAX_PERIODS),
        returned: Math.min(periods.length, MAX_PERIODS),
        truncated: periods.length > MAX_PERIODS,
      };
    },
  });
