// The running module of one upstream server: its connection, the tools on it, and what the agent does through it.
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { rfc3339 } from "../../core/clock.ts";
import { ConfigError } from "../../core/config-error.ts";
import { ToolFailure } from "../../core/failure.ts";
import { REPO_SETTINGS, defaultRepo } from "../../core/issue-repo.ts";
import type { JsonObject } from "../../core/json.ts";
import type { ModuleCheck, ModuleStart, RunningModule, Services } from "../../core/module.ts";
import type { Secret } from "../../core/secret.ts";
import { readSection, type Section } from "../../core/settings.ts";
import { messageOf } from "../../core/words.ts";
import { Connection } from "./connection.ts";
import { createDial } from "./dial.ts";
import { createMcpEvidence } from "./evidence/index.ts";
import { createPort } from "./port-of.ts";
import type { UpstreamPort } from "./port.ts";
import type { Server } from "./server.ts";
import { offer } from "./tools.ts";
import { createMcpTracker } from "./tracker/index.ts";

/** How long a hub that starts waits for its upstreams; all of them at the same time. */
const BEGIN_MS = 2_000;

type Start = ModuleStart<Section>;

export async function startUpstream(server: Server, start: Start): Promise<RunningModule> {
  const { log, clock, env, redactor } = start;
  const { name, place, timeoutMs } = server;
  const ca = place.transport === "stdio" || place.caFile === undefined ? undefined : await readCa(name, place.caFile);
  const dial = createDial({ server, ca, searchPath: env["PATH"], log, redactor });
  const renew = () => {
    offered = offer(connection.discovery.tools, { server, connection, redactor });
    start.changed();
  };
  const connection = new Connection({ name, dial, timeoutMs, clock, log, watch: start.watch(name), onTools: renew });
  let offered = offer([], { server, connection, redactor });
  const tried = connection.begin();
  const began = clock.now();
  return {
    get tools() {
      return offered.tools;
    },
    get absent() {
      return offered.absent;
    },
    yields: true,
    services: await servicesOf(createPort(name, connection), start),
    secrets: () => secretsOf(server),
    begin: () => settled(tried, BEGIN_MS - (clock.now() - began)),
    check: (signal) => check(server, connection, signal),
    health: () => health(server, connection, offered.tools.length),
    close: () => connection.close(),
  };
}

async function readCa(name: string, path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: unknown) => {
    throw new ConfigError([`UPSTREAMS_PATH: ca_file of ${name} cannot be read: ${messageOf(error)}`]);
  });
}

/** What the seed's two servers are for; any other server offers tools alone. */
async function servicesOf(port: UpstreamPort, { env, clock, redactor, log }: Start): Promise<Services> {
  if (port.name === "openshift") return { evidence: createMcpEvidence(port, { clock, redactor }) };
  if (port.name !== "gitea") return {};
  const { values, problems } = await readSection(REPO_SETTINGS, env);
  if (problems.length > 0) throw new ConfigError(problems);
  return { tracker: createMcpTracker(port, { ...defaultRepo(values), log }) };
}

/** Connected, refused, or not in time: it goes on in the background. */
async function settled(tried: Promise<void>, ms: number): Promise<void> {
  const patience = new AbortController();
  const wait = delay(Math.max(0, ms), undefined, { ref: false, signal: patience.signal }).catch(() => undefined);
  await Promise.race([tried, wait]);
  patience.abort();
}

async function check({ name }: Server, connection: Connection, signal: AbortSignal): Promise<ModuleCheck> {
  try {
    await connection.ping(signal);
    const { tools } = connection.discovery;
    return { ok: true, message: `${name} answers (${connection.server ?? "of unknown kind"}), ${tools.length} tools` };
  } catch (error) {
    if (!(error instanceof ToolFailure) && !signal.aborted) throw error;
    return { ok: false, message: signal.aborted ? `${name} does not answer in time` : messageOf(error) };
  }
}

function health({ place }: Server, connection: Connection, tools: number): JsonObject {
  const { state, lastError, lastSeen, discovery, server } = connection;
  const where = place.transport === "stdio" ? { command: place.command } : { url: withoutQuery(place.url) };
  return {
    connection: state,
    transport: place.transport,
    ...where,
    ...(server === undefined ? {} : { server }),
    tools,
    ...(discovery.refused === 0 ? {} : { refused_tools: discovery.refused }),
    ...(lastError === undefined ? {} : { last_error: lastError }),
    ...(lastSeen === undefined ? {} : { last_seen: rfc3339(lastSeen) }),
  };
}

/** A query may hold a key. */
function withoutQuery(url: string): string {
  const plain = new URL(url);
  plain.search = "";
  return plain.href;
}

/** Values of a file that are secret by their name, also without the scheme before them. */
function secretsOf({ place }: Server): string[] {
  const values = Object.entries<Secret>(place.transport === "stdio" ? place.env : place.headers);
  return values
    .filter(([name]) => /auth|token|key|secret|passw|cookie|credential/i.test(name))
    .flatMap(([, secret]) => [secret.reveal(), secret.reveal().replace(/^(Bearer|Basic|Token) +/i, "")]);
}
