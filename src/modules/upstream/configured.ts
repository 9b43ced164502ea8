// All upstream servers that the environment names: those of the file, and the seed's two.
import { readFile } from "node:fs/promises";
import { ConfigError } from "../../core/config-error.ts";
import type { Values } from "../../core/settings.ts";
import { messageOf } from "../../core/words.ts";
import { readServers, withoutFragment } from "./file.ts";
import type { Server } from "./server.ts";
import type { UPSTREAM_SETTINGS } from "./settings.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** @throws ConfigError with all problems */
export async function readUpstreams(settings: Values<typeof UPSTREAM_SETTINGS>, env: Env): Promise<readonly Server[]> {
  const servers = settings.path === undefined ? [] : await readFrom(settings.path, env);
  const { openshiftUrl, openshiftTransport, giteaUrl, giteaTransport } = settings;
  const seeds = [
    ...(openshiftUrl === undefined ? [] : [seedServer("openshift", openshiftUrl, openshiftTransport)]),
    ...(giteaUrl === undefined ? [] : [seedServer("gitea", giteaUrl, giteaTransport)]),
  ];
  const twice = seeds.filter((seed) =>
    servers.some((server) => server.name === seed.name || server.prefix === seed.prefix),
  );
  if (twice.length === 0) return [...servers, ...seeds];
  throw new ConfigError(
    twice.map(
      ({ name }) =>
        `MCP_${name.toUpperCase()}_URL and UPSTREAMS_PATH both name an upstream "${name}"; keep one of them`,
    ),
  );
}

async function readFrom(path: string, env: Env): Promise<Server[]> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new ConfigError([`UPSTREAMS_PATH cannot be read: ${messageOf(error)}`]);
  });
  return readServers(path, text, env);
}

const SEED_TIMEOUT_MS = 30_000;

/** ALLOW_WRITES alone decides on its writing tools, as it does for the hub's own modules. */
const seedServer = (name: string, url: string, transport: "sse" | "streamable-http"): Server => ({
  name,
  prefix: name,
  place: { transport, url: withoutFragment(url), headers: {}, caFile: undefined },
  allow: [],
  deny: [],
  writes: true,
  timeoutMs: SEED_TIMEOUT_MS,
});
