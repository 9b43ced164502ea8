// A whole hub behind every lock it has: hashed tokens, an OIDC issuer, a cluster that knows its accounts, and reports by token,
// signature or service account. Nobody here is counted, so that one address may try everything.
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAgentHub, type AgentHub, type AgentHubOptions } from "./agent-hub.ts";
import { startIssuer, type OidcIssuer } from "./oidc-issuer.ts";
import { startReviews, type ReviewsStandIn } from "./reviews-stand-in.ts";

/** Who knows one of these is somebody; none of them may be seen again in anything the hub writes. */
export const SECRETS = {
  /** AUTH_TOKEN: everything. */
  admin: "Canary-Admin-7f31c2",
  /** Of the token file: reads. */
  reader: "Canary-Reader-b09e4d",
  /** Of the token file, and over. */
  expired: "Canary-Expired-55d1aa",
  report: "Canary-Report-90cc17",
  hmac: "Canary-Hmac-3e8f6b",
  /** The hub's own service account. */
  own: "Canary-Own-Account-c4d2",
  /** A person of the cluster, for whom the rules have the kubernetes module alone. */
  sam: "Canary-Sam-118fe0",
  /** A service account that can read the logs of `shop`; its token is made for reports. */
  zoe: "Canary-Zoe-6ab2f9",
  /** The same account's token for the API itself. */
  zoeApi: "Canary-Zoe-Api-2c77d1",
} as const;

export interface GuardedHub {
  readonly agent: AgentHub;
  readonly issuer: OidcIssuer;
  readonly reviews: ReviewsStandIn;
  readonly port: number;
  /** Closes the hub, so that all is written. */
  finish(): Promise<{ readonly log: string; readonly audit: string }>;
}

const hash = (token: string) => `sha256:${createHash("sha256").update(token).digest("hex")}`;
const TOKENS = `tokens:
  - { name: reader, hash: "${hash(SECRETS.reader)}" }
  - { name: gone, hash: "${hash(SECRETS.expired)}", expires: 2020-01-01T00:00:00Z }
`;
/** Eve has a good token of the issuer, and no rule. */
const RULES = `rules:
  - { caller: default, access: destructive }
  - { caller: reader }
  - { caller: alice }
  - { caller: sam, modules: [kubernetes] }
`;
const AUDIENCE = "ops-hub";

export async function startGuardedHub(options: AgentHubOptions = {}): Promise<GuardedHub> {
  const folder = await mkdtemp(join(tmpdir(), "ops-hub-guarded-"));
  const path = (name: string) => join(folder, name);
  for (const [name, text] of [
    ["token", SECRETS.own],
    ["tokens.yaml", TOKENS],
    ["rules.yaml", RULES],
  ] as const) {
    await writeFile(path(name), text);
  }
  const [issuer, reviews] = await Promise.all([startIssuer(Date.now, AUDIENCE), startReviews()]);
  reviews.accounts
    .set(SECRETS.own, { username: "system:serviceaccount:hub:hub", isDelegator: true })
    .set(SECRETS.sam, { username: "sam", audiences: [AUDIENCE] })
    .set(SECRETS.zoe, { username: "zoe", audiences: ["reports"] })
    .set(SECRETS.zoeApi, { username: "zoe" });
  reviews.allowed.add("zoe pods/log get shop");
  const env = {
    AUTH_MODE: "token,oidc,active",
    AUTH_TOKEN: SECRETS.admin,
    AUTH_TOKENS_PATH: path("tokens.yaml"),
    ACCESS_PATH: path("rules.yaml"),
    ALLOW_WRITES: "all",
    OIDC_ISSUER: issuer.url,
    OIDC_AUDIENCE: AUDIENCE,
    OPENSHIFT_API_URL: reviews.url,
    KUBERNETES_SERVICE_ACCOUNT_PATH: folder,
    ACTIVE_AUDIENCE: AUDIENCE,
    REPORT_AUTH: "token,hmac,k8s",
    REPORT_TOKEN: SECRETS.report,
    REPORT_HMAC_SECRET: SECRETS.hmac,
    REPORT_HMAC_TIMESTAMP: "required",
    REPORT_AUDIENCE: "reports",
    RATE_LIMIT_ADDRESS_PER_MINUTE: "0",
    MAX_REQUEST_BYTES: String(256 * 1024),
    AUDIT_LOG: path("audit.log"),
  };
  const agent = await startAgentHub({ level: "trace", ...options, env: { ...env, ...options.env } });
  return {
    agent,
    issuer,
    reviews,
    port: Number(new URL(agent.url).port),
    finish: async () => {
      await agent.close();
      await Promise.all([issuer.close(), reviews.close()]);
      const audit = await readFile(path("audit.log"), "utf8");
      await rm(folder, { recursive: true });
      return { log: agent.logged(), audit };
    },
  };
}
