// A hub for each AUTH_MODE with what knows its callers: ada may write, ron may read, and a stranger's token looks like theirs.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256 } from "../../../src/auth/digest.ts";
import { startHub } from "../../support/hub.ts";
import { startIssuer } from "../../support/oidc-issuer.ts";
import { startReviews } from "../../support/reviews-stand-in.ts";
import { trialModule } from "../../support/trial-module.ts";

export const AUTH_MODES = ["token", "oidc", "active"] as const;
export type AuthMode = (typeof AUTH_MODES)[number];

export interface AuthHub {
  readonly url: string;
  /** Bearer tokens. */
  readonly ada: string;
  readonly ron: string;
  readonly stranger: string;
  /** All that the audit says. */
  audit(): Promise<string>;
  close(): Promise<void>;
}

interface Authority {
  readonly env: Record<string, string>;
  readonly tokens: Pick<AuthHub, "ada" | "ron" | "stranger">;
  close(): Promise<void>;
}

/** Where the token itself does not say what its caller may. */
const RULES = "rules: [{ caller: '*', access: read }, { group: writers, access: destructive }]";
const PLAIN = { ada: "ada-0123456789", ron: "ron-0123456789", stranger: "sly-0123456789" };

const AUTHORITIES: Record<AuthMode, (folder: string) => Promise<Authority>> = {
  token: async (folder) => {
    const entry = (name: "ada" | "ron", access: string) =>
      `{ name: ${name}, hash: "sha256:${sha256(PLAIN[name]).toString("hex")}", access: ${access} }`;
    const path = join(folder, "tokens.yaml");
    await writeFile(path, `tokens: [${entry("ada", "destructive")}, ${entry("ron", "read")}]`);
    return { env: { AUTH_TOKENS_PATH: path }, tokens: PLAIN, close: async () => {} };
  },
  oidc: async (folder) => {
    const issuer = await startIssuer(Date.now);
    const other = await startIssuer(Date.now);
    const tokens = {
      ada: await issuer.token({ sub: "ada", groups: ["writers"] }),
      ron: await issuer.token({ sub: "ron" }),
      stranger: await issuer.token({ sub: "ada", groups: ["writers"] }, {}, other.signer),
    };
    const close = async () => void (await Promise.all([issuer.close(), other.close()]));
    const env = { OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: "ops-hub", ...(await writeRules(folder)) };
    return { env, tokens, close };
  },
  active: async (folder) => {
    const api = await startReviews();
    api.accounts.set("own-token", { username: "system:serviceaccount:hub:hub", isDelegator: true });
    api.accounts.set(PLAIN.ada, { username: "ada", groups: ["writers"] }).set(PLAIN.ron, { username: "ron" });
    await writeFile(join(folder, "token"), "own-token");
    const env = { OPENSHIFT_API_URL: api.url, KUBERNETES_SERVICE_ACCOUNT_PATH: folder, ...(await writeRules(folder)) };
    return { env, tokens: PLAIN, close: () => api.close() };
  },
};

async function writeRules(folder: string): Promise<Record<string, string>> {
  const path = join(folder, "rules.yaml");
  await writeFile(path, RULES);
  return { ACCESS_PATH: path };
}

export async function startAuthHub(mode: AuthMode): Promise<AuthHub> {
  const folder = await mkdtemp(join(tmpdir(), "ops-hub-real-auth-"));
  const authority = await AUTHORITIES[mode](folder);
  const audit = join(folder, "audit.jsonl");
  const settings = { AUTH_MODE: mode, ALLOW_WRITES: "trial", AUDIT_LOG: audit };
  // Strangers come often here, and all from one address.
  const hub = await startHub([trialModule().module], {
    ...settings,
    ...authority.env,
    RATE_LIMIT_ADDRESS_PER_MINUTE: "100000",
  });
  return {
    url: hub.url,
    ...authority.tokens,
    audit: () => readFile(audit, "utf8"),
    close: async () => {
      await hub.close();
      await authority.close();
      await rm(folder, { recursive: true });
    },
  };
}
