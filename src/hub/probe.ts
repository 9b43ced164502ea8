// `ops-hub probe`: asks the hub of this machine whether it is well, where its own settings say that it listens. Containers and
// systemd call it all day, so it loads little; it needs no shell and no curl.
import { get } from "node:http";
import { isIP } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { HUB_SETTINGS } from "../config/sections.ts";
import { ConfigError } from "../core/config-error.ts";
import { readSection, seconds } from "../core/settings.ts";
import { messageOf } from "../core/words.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface ProbeOptions {
  /** `health` or `ready`. */
  readonly question: string | undefined;
  /** For how many seconds it asks again; it asks once when undefined. */
  readonly wait: string | undefined;
  /** The hub's own. */
  readonly env: Env;
  /** Has the hub's process ended? Undefined when nobody said which it is. */
  readonly isGone: (() => boolean) | undefined;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

const ASK_LIMIT_MS = 5_000;
const PAUSE_MS = 200;

/** Resolves when the hub answers 200. @throws ConfigError for bad settings and arguments, otherwise Error that says what to do */
export async function probe({ question, wait, env, isGone }: ProbeOptions): Promise<void> {
  if (question !== "health" && question !== "ready") throw new ConfigError(["probe what? there are health and ready"]);
  const waitSeconds = readWait(wait);
  const over = waitSeconds === 0 ? undefined : AbortSignal.timeout(waitSeconds * 1_000);
  for (;;) {
    const limit = AbortSignal.timeout(ASK_LIMIT_MS);
    try {
      // oxlint-disable-next-line no-await-in-loop -- asks again after the answer before
      return await ask(await findHub(env), question, over === undefined ? limit : AbortSignal.any([limit, over]));
    } catch (error) {
      if (over === undefined || over.aborted) throw error;
      // A hub that starts has these settings too, and its own exit code is the one that counts.
      if (error instanceof ConfigError && isGone === undefined) throw error;
      if (isGone?.()) throw new Error("the hub has ended before it was ready: its log says why", { cause: error });
    }
    // oxlint-disable-next-line no-await-in-loop -- the pause between two of them
    await delay(PAUSE_MS);
  }
}

function readWait(text: string | undefined): number {
  const { success, data, error } = seconds(0, 3_600, 0).safeParse(text);
  if (success) return data;
  throw new ConfigError([`--wait ${error.issues.map(({ message }) => message).join(", and ")}`]);
}

async function findHub(env: Env): Promise<Address> {
  const { host, port, metricsPort } = HUB_SETTINGS;
  const { values, problems } = await readSection({ host, port, metricsPort }, env);
  if (problems.length > 0) throw new ConfigError(problems);
  const asked = values.metricsPort === 0 ? values.port : values.metricsPort;
  if (asked === 0)
    throw new ConfigError(["PORT=0 takes a port that no probe can know; set PORT or HEALTH_METRICS_PORT"]);
  return { host: reachable(values.host), port: asked };
}

/** Every address of a machine is no address to ask: then loopback of the same family. */
function reachable(host: string): string {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (isIP(bare) === 4) return bare === "0.0.0.0" ? "127.0.0.1" : bare;
  return isIP(bare) === 6 && /^[0:]+$/.test(bare) ? "::1" : bare;
}

function ask({ host, port }: Address, question: string, signal: AbortSignal): Promise<void> {
  const url = `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}/${question}`;
  return new Promise((resolve, reject) => {
    const request = get({ host, port, path: `/${question}`, agent: false, signal }, (response) => {
      response.resume();
      request.destroy();
      if (response.statusCode === 200) resolve();
      else reject(new Error(`${url} answers ${response.statusCode}: ${whyNot(response.statusCode)}`));
    });
    request.once("error", (error) => reject(new Error(`${url} ${unanswered(error, signal)}`)));
  });
}

const whyNot = (status: number | undefined): string =>
  status === 503
    ? "the hub starts, stops, or cannot write its reports; its log says which"
    : "that is another program; give this command HOST, PORT and HEALTH_METRICS_PORT of the hub";

function unanswered(error: Error, signal: AbortSignal): string {
  if (signal.aborted) return "does not answer in time; look at the hub's log, and restart it";
  return `cannot be reached (${messageOf(error)}); start the hub, or give this command its HOST, PORT and HEALTH_METRICS_PORT`;
}
