// The variables of who may call: the modes, their files, and the seed's names for the Kubernetes or OpenShift API.
import { z } from "zod";
import { choices, list, secretSetting, seconds, setting, type Section } from "../core/settings.ts";

const MODES = ["none", "token", "active", "oidc"] as const;
export type AuthMode = (typeof MODES)[number];

const METHODS = ["auto", "tokenreview", "selfsubjectreview", "openshift"] as const;
export type ActiveMethod = (typeof METHODS)[number];

const path = z.string().max(4_096).optional();

const method = z
  .string()
  .transform((text) => text.toLowerCase().replaceAll(/[-_ ]/g, ""))
  .pipe(z.enum(METHODS, `must be one of ${METHODS.join(", ")}`))
  .default("auto");

const safeUrl = z
  .url({ protocol: /^https?$/, error: "must be an http or https URL" })
  .refine(isSafeUrl, "must begin with https:// (plain http is for loopback only)")
  .optional();

const claim = z.string().max(200);

export const AUTH_SETTINGS = {
  mode: setting<readonly AuthMode[] | undefined>(
    "AUTH_MODE",
    choices(MODES).optional(), // the hub judges whether that is safe
    "Comma list of who may call: none, token, active (Kubernetes and OpenShift), oidc. Unset means none, and is allowed on loopback alone.",
  ),
  token: secretSetting("AUTH_TOKEN", "The one bearer token of `AUTH_MODE=token`, whose caller is named `default`."),
  tokensPath: setting(
    "AUTH_TOKENS_PATH",
    path,
    "YAML file of hashed tokens for `AUTH_MODE=token`, read again when it changes; `ops-hub hash-token` prints its entries.",
  ),
  accessPath: setting(
    "ACCESS_PATH",
    path,
    "YAML file of rules that say which callers and groups may use which modules, read again when it changes.",
  ),
  apiUrl: setting(
    "OPENSHIFT_API_URL",
    safeUrl,
    "Kubernetes or OpenShift API that knows the callers of `AUTH_MODE=active`; in a pod its own cluster by default.",
  ),
  caPath: setting(
    "OPENSHIFT_CA_CERT_PATH",
    path,
    "CA certificate of that API; else the service account's when there is one, else the system's.",
  ),
  method: setting<ActiveMethod>(
    "ACTIVE_METHOD",
    method,
    "How that API is asked: tokenreview, selfsubjectreview, openshift (its users/~), or auto, which finds out.",
  ),
  activeAudience: setting(
    "ACTIVE_AUDIENCE",
    claim.optional(),
    "Audience that the tokens of `AUTH_MODE=active` must be made for; needs a service account that may create TokenReviews.",
  ),
  cacheSeconds: setting(
    "AUTH_CACHE_TTL_SECONDS",
    seconds(0, 86_400, 120),
    "How long that API's yes is remembered; 0 asks every time, and 120 is the most that is used.",
  ),
  issuer: setting(
    "OIDC_ISSUER",
    safeUrl,
    "Issuer of the JWTs of `AUTH_MODE=oidc`, exactly as it names itself; https, or http on loopback.",
  ),
  audience: setting(
    "OIDC_AUDIENCE",
    list(),
    "Audience that those JWTs must name, or several; `PUBLIC_URL` by default.",
  ),
  clockSkewSeconds: setting(
    "OIDC_CLOCK_SKEW_SECONDS",
    seconds(0, 300, 30),
    "How far the issuer's clock may be from ours.",
  ),
  groupsClaim: setting("OIDC_GROUPS_CLAIM", claim.default("groups"), "Claim of those JWTs that lists the groups."),
} satisfies Section;

/** Credentials and keys travel over TLS; http only where nobody can listen in. */
export function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || (protocol === "http:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname));
}
