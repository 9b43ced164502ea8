// From settings to instances: the one of the environment, those of the file, or both.
import type { Clock } from "../../../core/clock.ts";
import { Secret } from "../../../core/secret.ts";
import type { Values } from "../../../core/settings.ts";
import type { UpstreamTls } from "../../../core/upstream.ts";
import type { Watch } from "../../../core/watch.ts";
import { links, parseAddress, type Address } from "../address.ts";
import { createClient } from "../client.ts";
import type { Instance, Instances } from "../instance.ts";
import { createLogin, headerProblem, type Login } from "../login.ts";
import type { SETTINGS } from "../settings.ts";
import { readInstances, type FileEntry } from "./file.ts";

/** The name of the instance that the environment describes. */
export const OWN_NAME = "default";

export interface Opened extends Instances {
  /** Credentials read from files, to be read again. */
  readonly rotating: readonly Secret[];
}

export interface OpenOptions {
  readonly settings: Values<typeof SETTINGS>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly watch?: Watch | undefined;
}

/** @throws Error that names what cannot be used, without its text */
export async function openInstances({ settings, env, clock, watch }: OpenOptions): Promise<Opened> {
  const { instancesPath: path, timeoutSeconds, insecure, certificate } = settings;
  const entries = path === undefined ? [] : await readInstances(path, env);
  const common: UpstreamTls = {
    skipVerify: insecure,
    ...(certificate === undefined ? {} : { ca: certificate.reveal() }),
  };
  const open = (name: string, address: Address, login: Login, tls: UpstreamTls): Instance => {
    const client = createClient({ address, login, tls, timeoutMs: timeoutSeconds * 1_000, clock, watch });
    return { name, address, login, client, links: links(address) };
  };
  const own = settings.apiUrl === undefined ? [] : [open(OWN_NAME, ownAddress(settings), ownLogin(settings), common)];
  if (own.length > 0 && entries.some(({ name }) => name === OWN_NAME)) {
    throw new Error(
      `PREFECT_INSTANCES_PATH has an instance "${OWN_NAME}", which is the name of that of PREFECT_API_URL`,
    );
  }
  const filed = entries.map((entry) => open(entry.name, entry.address, loginOf(entry), { ...common, ...entry.tls }));
  const list = [...own, ...filed];
  const chosen = entries.find(({ isDefault }) => isDefault)?.name;
  const fallback = list.find(({ name }) => name === chosen) ?? own[0] ?? (list.length === 1 ? list[0] : undefined);
  const rotating = entries.flatMap(({ apiKey, authString }) => [apiKey, authString].filter((one) => one !== undefined));
  return { list, fallback, rotating };
}

function ownAddress({ apiUrl = "", uiUrl }: Values<typeof SETTINGS>): Address {
  try {
    return parseAddress(apiUrl, uiUrl);
  } catch (error) {
    throw new Error(`PREFECT_API_URL ${error instanceof Error ? error.message : "is no address"}`, { cause: error });
  }
}

function ownLogin({ apiKey, authString, customHeaders }: Values<typeof SETTINGS>): Login {
  const problem = customHeaders === undefined ? undefined : headerProblem(customHeaders.reveal());
  if (problem !== undefined) throw new Error(`PREFECT_CLIENT_CUSTOM_HEADERS ${problem}`);
  const names = { apiKey: "PREFECT_API_KEY", authString: "PREFECT_API_AUTH_STRING" };
  return createLogin({ apiKey, authString, headers: customHeaders, names });
}

function loginOf({ name, apiKey, authString, headers }: FileEntry): Login {
  const names = { apiKey: `api_key of instance "${name}"`, authString: `auth_string of instance "${name}"` };
  return createLogin({ apiKey, authString, headers: new Secret(JSON.stringify(headers)), names });
}
