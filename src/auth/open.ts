// Opens what the settings name: the modes, their files, the API, the rules. All problems come at once.
import { ConfigError } from "../core/config-error.ts";
import { parseRules, type Rules } from "./access.ts";
import { ActiveMode } from "./active.ts";
import { isToken } from "./bearer.ts";
import type { Challenge } from "./challenge.ts";
import type { GateOptions } from "./gate.ts";
import { openApi } from "./kubernetes/api.ts";
import { AskWho } from "./kubernetes/ask-who.ts";
import type { Mode } from "./mode.ts";
import { Issuer } from "./oidc/issuer.ts";
import { OidcMode } from "./oidc/mode.ts";
import type { AuthMode } from "./settings.ts";
import { DEFAULT_NAME, TokenMode } from "./token.ts";
import { parseTokens } from "./token-file.ts";
import { WatchedFile } from "./watched-file.ts";

export interface Opened {
  /** In the order in which they are asked. `none` is none. */
  readonly modes: readonly Mode[];
  readonly rules: WatchedFile<Rules> | undefined;
}

/** @throws ConfigError with every problem */
export async function openModes(options: GateOptions, challenge: Challenge): Promise<Opened> {
  const { settings, log } = options;
  const problems: string[] = [];
  const attempt = <T>(work: Promise<T>): Promise<T | undefined> =>
    work.catch((error: unknown) => {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
      return undefined;
    });
  const wanted = settings.mode ?? ["none"];
  const openers = { token: openToken, oidc: openOidc, active: openActive };
  const modes = await Promise.all(
    (["token", "oidc", "active"] as const)
      .filter((mode) => wanted.includes(mode))
      .map((mode) => attempt(openers[mode](options, challenge))),
  );
  const rules = await attempt(openRules(options));
  for (const [mode, variable] of unused(options)) {
    const sentence = `${variable} is set, but AUTH_MODE does not name ${mode}`;
    if (settings.mode === undefined) problems.push(sentence);
    else log.warn({ problem: sentence }, "auth");
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { modes: modes.filter((mode) => mode !== undefined), rules };
}

/** Who sets a token and no mode believes that the hub asks for it. */
function unused({
  settings: { mode = ["none"], token, tokensPath, apiUrl, issuer },
  isApiShared = false,
}: GateOptions): [AuthMode, string][] {
  const given: [AuthMode, string, unknown][] = [
    ["token", "AUTH_TOKEN", token],
    ["token", "AUTH_TOKENS_PATH", tokensPath],
    ["oidc", "OIDC_ISSUER", issuer],
    ["active", "OPENSHIFT_API_URL", isApiShared ? undefined : apiUrl],
  ];
  return given
    .filter(([name, , value]) => value !== undefined && !mode.includes(name))
    .map(([name, variable]) => [name, variable]);
}

async function openRules({ settings: { accessPath: path }, modules }: GateOptions): Promise<Opened["rules"]> {
  if (path === undefined) return undefined;
  return WatchedFile.open({
    variable: "ACCESS_PATH",
    path,
    parse: (text, label) => parseRules(text, label, modules),
  });
}

async function openToken({ settings, modules, clock }: GateOptions): Promise<Mode> {
  const { token: secret, tokensPath: path } = settings;
  if (secret === undefined && path === undefined) {
    throw new ConfigError(["AUTH_MODE=token needs AUTH_TOKENS_PATH or AUTH_TOKEN"]);
  }
  if (secret !== undefined && !isToken(secret.reveal())) {
    throw new ConfigError([
      "AUTH_TOKEN has characters that no header can carry (blanks, line breaks, others than ASCII)",
    ]);
  }
  const parse = (text: string, label: string) => {
    const entries = parseTokens(text, label, modules);
    if (secret === undefined || entries.every(({ name }) => name !== DEFAULT_NAME)) return entries;
    throw new ConfigError([`${label}: the name ${DEFAULT_NAME} belongs to AUTH_TOKEN, which is set too`]);
  };
  const file = path === undefined ? undefined : await WatchedFile.open({ variable: "AUTH_TOKENS_PATH", path, parse });
  return new TokenMode({ secret, file, clock });
}

async function openActive({ settings, env, clock, log, watch }: GateOptions, challenge: Challenge): Promise<Mode> {
  const { method, activeAudience: audience, cacheSeconds } = settings;
  if (audience !== undefined && method !== "auto" && method !== "tokenreview") {
    throw new ConfigError([
      `ACTIVE_AUDIENCE needs ACTIVE_METHOD tokenreview: with ${method} nobody says whom a token is for`,
    ]);
  }
  const api = await openApi(settings, env, watch?.("callers-api"));
  const ask = new AskWho({ reviews: api.reviews, method, audience, log });
  return new ActiveMode({ api, ask, cacheMs: cacheSeconds * 1_000, clock, challenge });
}

function openOidc(options: GateOptions, challenge: Challenge): Promise<Mode> {
  const { settings, publicUrl, clock, log, watch } = options;
  const { issuer, clockSkewSeconds, groupsClaim } = settings;
  const own = publicUrl()?.replace(/\/+$/, "");
  const byDefault = own === undefined ? [] : [own, `${own}/`];
  const audience = settings.audience.length > 0 ? settings.audience : byDefault;
  const problems = [
    ...(issuer === undefined ? ["AUTH_MODE=oidc needs OIDC_ISSUER"] : []),
    ...(audience.length === 0
      ? ["AUTH_MODE=oidc needs OIDC_AUDIENCE, or PUBLIC_URL, which is the audience by default"]
      : []),
  ];
  if (issuer === undefined || problems.length > 0) return Promise.reject(new ConfigError(problems));
  const keys = new Issuer({ issuer, clock, log, watch: watch?.("oidc-issuer") });
  return Promise.resolve(new OidcMode({ keys, issuer, audience, clockSkewSeconds, groupsClaim, clock, challenge }));
}
