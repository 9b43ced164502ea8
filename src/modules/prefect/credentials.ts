// Callers who bring their own Prefect in the headers x-prefect-api-url, -key and -auth-string: only when switched on, all or nothing,
// only to allowed hosts, and never mixed with the hub's own credentials. Where it is off they are refused, not ignored: who names a
// Prefect must not be answered by another.
import { LRUCache } from "lru-cache";
import type { CallContext } from "../../core/context.ts";
import type { Clock } from "../../core/clock.ts";
import { ToolFailure } from "../../core/failure.ts";
import { Secret } from "../../core/secret.ts";
import type { Watch } from "../../core/watch.ts";
import { BadAddress, links, parseAddress, type Address } from "./address.ts";
import { createClient } from "./client.ts";
import type { Instance } from "./instance.ts";
import { createLogin } from "./login.ts";

export interface Visitors {
  /** Whether callers may bring a Prefect of their own. */
  readonly isOn: boolean;
  /** The caller's own Prefect; undefined when the call brings none of the headers. @throws ToolFailure */
  of(context: Pick<CallContext, "headers">): Instance | undefined;
  close(): Promise<void>;
}

export interface VisitorOptions {
  readonly isOn: boolean;
  /** `host` or `host:port`, in lower case. */
  readonly hosts: readonly string[];
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly watch?: Watch | undefined;
}

const URL_HEADER = "x-prefect-api-url";
const KEY_HEADER = "x-prefect-api-key";
const AUTH_HEADER = "x-prefect-api-auth-string";
export const CREDENTIAL_HEADERS = [URL_HEADER, KEY_HEADER, AUTH_HEADER];
const MAX_CHARS = 4_096;
/** Connections that are kept for those who come again. */
const MAX_VISITORS = 100;

export function createVisitors({ isOn, hosts, timeoutMs, clock, watch }: VisitorOptions): Visitors {
  const known = new LRUCache<string, Instance>({ max: MAX_VISITORS, dispose: ({ client }) => void client.close() });
  const allowed = new Set(hosts.map((host) => host.toLowerCase()));
  return {
    isOn,
    of(context) {
      const { url, key, auth } = headersOf(context);
      if (url === undefined && key === undefined && auth === undefined) return undefined;
      if (!isOn) throw refusal("the operator has not switched x-prefect-* headers on (PREFECT_HEADER_CREDENTIALS)");
      if (url === undefined || (key === undefined && auth === undefined)) {
        throw refusal(`send ${URL_HEADER} together with ${KEY_HEADER} or ${AUTH_HEADER}, or none of them`);
      }
      const address = addressOf(url, allowed);
      const id = JSON.stringify([address.api, key, auth]);
      const found = known.get(id) ?? open(address, key, auth);
      known.set(id, found);
      return found;
    },
    close: async () => {
      const clients = [...known.values()].map(({ client }) => client);
      await Promise.all(clients.map((client) => client.close()));
    },
  };

  function open(address: Address, key: string | undefined, auth: string | undefined): Instance {
    const names = { apiKey: KEY_HEADER, authString: AUTH_HEADER };
    const login = createLogin({
      apiKey: key === undefined ? undefined : new Secret(key),
      authString: auth === undefined ? undefined : new Secret(auth),
      names,
    });
    return {
      name: "headers",
      address,
      login,
      client: createClient({ address, login, timeoutMs, clock, watch }),
      links: links(address),
    };
  }
}

function headersOf({ headers }: Pick<CallContext, "headers">) {
  const read = (name: string): string | undefined => {
    const value = (headers[name] ?? "").trim();
    if (value.length > MAX_CHARS) throw refusal(`${name} is longer than ${MAX_CHARS} characters`);
    return value === "" ? undefined : value;
  };
  return { url: read(URL_HEADER), key: read(KEY_HEADER), auth: read(AUTH_HEADER) };
}

/** Nobody else's server may be reached through the hub. */
function addressOf(text: string, allowed: ReadonlySet<string>): Address {
  try {
    const address = parseAddress(text);
    const { host, hostname, port } = new URL(address.api);
    if (allowed.has(host) || (port === "" && allowed.has(hostname))) return address;
  } catch (error) {
    if (!(error instanceof BadAddress)) throw error;
    throw refusal(`${URL_HEADER} ${error.message}`);
  }
  throw refusal(`the host of ${URL_HEADER} is not one that the operator allows (PREFECT_HEADER_HOSTS)`);
}

const refusal = (message: string): ToolFailure => new ToolFailure("denied", message, { code: "HEADER_CREDENTIALS" });
