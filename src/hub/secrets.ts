// Every secret the hub knows, for the one redactor: of its settings, of its environment, and what its parts hold.
import type { Config } from "../config.ts";
import { createRedactor, type Redactor } from "../core/redact.ts";
import { Secret } from "../core/secret.ts";

const SECRET_NAME = /(^|_)(KEY|TOKEN|PASSWORD|SECRET|AUTH_STRING)$/;

/** `held` is asked at each text: what parts hold may change. */
export function createHubRedactor(config: Config, held: readonly (() => readonly string[])[]): Redactor {
  const secrets = secretsOf(config);
  const named = Object.entries(config.env).flatMap(([name, value = ""]) => (SECRET_NAME.test(name) ? [value] : []));
  return createRedactor({
    exact: () => [...named, ...secrets.map((secret) => secret.reveal()), ...held.flatMap((secrets) => secrets())],
  });
}

export const secretsOf = (config: Config): Secret[] =>
  [config.hub, config.auth, config.reports, config.tracing, ...config.modules.map(({ settings }) => settings)]
    .flatMap((values) => Object.values<unknown>(values))
    .filter((value) => value instanceof Secret);
