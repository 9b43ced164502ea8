// The endpoints that only Prefect Cloud has. There is no real one to try: these shapes are those of Prefect's own client.
import type { Answer } from "./routes.ts";
import { NOT_FOUND } from "./routes.ts";

export const CLOUD_ACCOUNT = "11111111-1111-4111-8111-111111111111";
export const CLOUD_WORKSPACE = "22222222-2222-4222-8222-222222222222";
export const CLOUD_PATH = `/accounts/${CLOUD_ACCOUNT}/workspaces/${CLOUD_WORKSPACE}`;

export interface RateUsage {
  account: string;
  since: string;
  until: string;
  minutes: string[];
  keys: Record<string, { requested: (number | null)[]; granted: (number | null)[] }>;
}

/** `path` is below the root of Cloud's API, which is /api. */
export function cloudRoute(path: string, query: URLSearchParams, usage: RateUsage | undefined): Answer {
  switch (path) {
    case "/me/":
      return ok({
        id: "33333333-3333-4333-8333-333333333333",
        email: "ops@example.com",
        handle: "ops",
        first_name: "O",
        last_name: "Ps",
      });
    case `/accounts/${CLOUD_ACCOUNT}`:
      return ok({
        id: CLOUD_ACCOUNT,
        name: "Example",
        handle: "example",
        plan_type: "PRO",
        plan_tier: 2,
        features: ["automations"],
        automations_limit: 10,
        work_pool_limit: 5,
        mex_work_pool_limit: 1,
        run_retention_days: 14,
        audit_log_retention_days: 30,
        self_serve: true,
      });
    case CLOUD_PATH:
      return ok({ id: CLOUD_WORKSPACE, name: "prod", handle: "prod", description: "Production" });
    case `/accounts/${CLOUD_ACCOUNT}/rate-limits/usage`: {
      const [since, until] = [query.get("since"), query.get("until")];
      const isMoment = (text: string | null) => text !== null && Number.isFinite(Date.parse(text));
      if (!isMoment(since) || !isMoment(until))
        return { status: 422, body: { detail: "since and until must be times" } };
      return ok(usage ?? { account: CLOUD_ACCOUNT, since, until, minutes: [], keys: {} });
    }
    default:
      return NOT_FOUND;
  }
}

const ok = (body: unknown): Answer => ({ status: 200, body });
