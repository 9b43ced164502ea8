// prefect_get_identity: which Prefect this is, and whether it accepts us.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import { ifThere } from "../client/if-there.ts";
import { prefectTool, type Call, type Kit } from "../kit.ts";

const text = z.string().optional();
/** This Prefect has no such thing, or does not let us see it; wrong credentials still fail. */
const HIDDEN = [403, 404];

export const getIdentity = (kit: Kit): Tool =>
  prefectTool(kit, {
    name: "prefect_get_identity",
    title: "Which Prefect this is",
    description:
      "Tells which Prefect the hub speaks to: self-hosted or Cloud, address, versions, how it logs in, and proves with a real " +
      "request that the credentials are accepted. Use it first when something else fails; it fails itself, with the reason, when " +
      "Prefect cannot be reached or refuses the credentials.",
    input: z.strictObject({}),
    output: z.looseObject({
      kind: z.enum(["self_hosted", "cloud"]),
      api_url: z.string(),
      ui_url: z.string(),
      server_version: z.string().optional().describe("Of a self-hosted server, for example 3.9.1"),
      api_version: text,
      auth_mode: z.enum(["none", "basic", "bearer"]),
      csrf: z.boolean().describe("Whether the server wants CSRF tokens"),
      authenticated: z.boolean().describe("True: a request that needs the credentials went well"),
      latency_ms: z.number().describe("Of one request"),
      account_name: text,
      workspace_name: text,
    }),
    run: async (_, call) => {
      const { address, login } = call.instance;
      const startedMs = kit.clock.now();
      await call.api.workPools.filter({}, { limit: 1 });
      const latencyMs = Math.round(kit.clock.now() - startedMs);
      const common = {
        api_url: address.api,
        ui_url: address.ui,
        auth_mode: login.mode,
        authenticated: true,
        latency_ms: latencyMs,
      };
      return { ...(address.cloud === undefined ? await ownServer(call) : await cloud(call, address.cloud)), ...common };
    },
  });

async function ownServer({ api }: Call) {
  const [server, version] = await Promise.all([
    ifThere(api.versions.server(), HIDDEN),
    ifThere(api.versions.api(), HIDDEN),
  ]);
  return {
    kind: "self_hosted" as const,
    ...(server === undefined ? {} : { server_version: server }),
    ...(version === undefined ? {} : { api_version: version }),
    csrf: api.wantsCsrf(),
  };
}

/** What a role may not read is left out. */
async function cloud(
  { api, clean }: Call,
  { account: accountId, workspace: workspaceId }: { account: string; workspace: string },
) {
  const [user, account, workspace] = await Promise.all([
    ifThere(api.cloud.me(), HIDDEN),
    ifThere(api.cloud.account(accountId), HIDDEN),
    ifThere(api.cloud.workspace(accountId, workspaceId), HIDDEN),
  ]);
  const line = (value: string | undefined) => (value === undefined ? undefined : clean.line(value, 200));
  return {
    kind: "cloud" as const,
    csrf: false,
    account_id: accountId,
    account_name: line(account?.name),
    workspace_id: workspaceId,
    workspace_name: line(workspace?.name),
    workspace_description: line(workspace?.description),
    ...(user === undefined
      ? {}
      : {
          user: {
            id: user.id,
            email: line(user.email),
            handle: line(user.handle),
            first_name: line(user.first_name),
            last_name: line(user.last_name),
          },
        }),
    plan_type: account?.plan_type,
    plan_tier: account?.plan_tier,
    features: account?.features,
    automations_limit: account?.automations_limit,
    work_pool_limit: account?.work_pool_limit,
    mex_work_pool_limit: account?.mex_work_pool_limit,
    run_retention_days: account?.run_retention_days,
    audit_log_retention_days: account?.audit_log_retention_days,
    self_serve: account?.self_serve,
  };
}
