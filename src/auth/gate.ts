// The gate: whose a request is, and what that caller may. Every door asks it, and it knows none of them.
import { ANONYMOUS, type Caller } from "../core/caller.ts";
import type { Clock } from "../core/clock.ts";
import type { JsonObject } from "../core/json.ts";
import type { Log } from "../core/log.ts";
import type { BeforeAsking } from "../core/report-gate.ts";
import type { Values } from "../core/settings.ts";
import type { Watches } from "../core/watch.ts";
import { bearerToken } from "./bearer.ts";
import { Challenge, forbidden } from "./challenge.ts";
import { Callers } from "./callers.ts";
import { metadataOf, type Metadata } from "./metadata.ts";
import type { Identity, Mode } from "./mode.ts";
import { openModes } from "./open.ts";
import { ALL, grant } from "./rights.ts";
import type { AUTH_SETTINGS } from "./settings.ts";

export interface GateOptions {
  readonly settings: Values<typeof AUTH_SETTINGS>;
  /** The address clients use, asked at each request: PUBLIC_URL, or where we listen once we do. */
  readonly publicUrl: () => string | undefined;
  /** The names of all modules, for files that name them. */
  readonly modules: readonly string[];
  /** REPORT_AUTH=k8s asks the API too: its address is then no sign of a forgotten AUTH_MODE. */
  readonly isApiShared?: boolean;
  /** For what Kubernetes tells a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_ACCOUNT_PATH. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
  readonly watch?: Watches | undefined;
}

export interface Gate {
  /**
   * The caller of a request by its Authorization header. The same credential gives the same object while nothing changes.
   * @throws Denied 401 with WWW-Authenticate, 403 when no rule matches, 503 with Retry-After when it cannot be judged now;
   *   and what `beforeAsking` throws
   */
  admit(authorization: string | undefined, beforeAsking?: BeforeAsking): Promise<Caller>;
  /**
   * Is this caller still who it was, with the same rights? For open sessions and streams, every few seconds, with the
   * caller of their latest request: a client may have renewed its token. From memory mostly; an outage is no no.
   */
  isStill(caller: Caller): Promise<boolean>;
  /** RFC 9728, with `oidc` among the modes only. */
  readonly metadata: Metadata | undefined;
  /** How many logins are remembered, so that nobody is asked about them. */
  cached(): number;
  /** Nothing secret. `problems` is there when there are some. */
  health(): JsonObject;
  /** Raw credentials that we hold, to be taken out of all text. */
  secrets(): readonly string[];
  /** Reads all files again, as happens every 5 s by itself. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** Files are in force within 10 s. */
const REFRESH_MS = 5_000;

/** @throws ConfigError with every problem of the settings and of the files they name */
export async function createGate(options: GateOptions): Promise<Gate> {
  const { settings, publicUrl } = options;
  const metadata = settings.mode?.includes("oidc") === true ? metadataOf(settings.issuer ?? "", publicUrl) : undefined;
  const challenge = new Challenge(() => metadata?.url());
  const { modes, rules } = await openModes(options, challenge);
  return new ModesGate(options, { metadata, challenge, modes, callers: new Callers(rules) });
}

interface Parts {
  readonly metadata: Metadata | undefined;
  readonly challenge: Challenge;
  readonly modes: readonly Mode[];
  readonly callers: Callers;
}

class ModesGate implements Gate {
  readonly metadata: Metadata | undefined;
  readonly #names: readonly string[];
  readonly #parts: Parts;
  readonly #anonymous: Identity;
  readonly #timer: NodeJS.Timeout;
  readonly #log: Log;
  #told = "";

  constructor({ settings, log }: GateOptions, parts: Parts) {
    this.metadata = parts.metadata;
    this.#parts = parts;
    this.#log = log;
    this.#names = settings.mode ?? ["none"];
    // beside those who say who they are, those who do not may look; alone, they may all that the hub offers
    const limit = parts.modes.length === 0 ? ALL : grant(undefined, "read");
    this.#anonymous = { id: ANONYMOUS.id, name: ANONYMOUS.name, groups: [], limit };
    this.#timer = setInterval(() => void this.refresh(), REFRESH_MS).unref();
  }

  async admit(authorization: string | undefined, beforeAsking?: BeforeAsking): Promise<Caller> {
    const { modes, callers } = this.#parts;
    const identity =
      modes.length === 0 || (authorization === undefined && this.#names.includes("none"))
        ? this.#anonymous
        : await this.#identify(authorization, beforeAsking);
    const caller = callers.of(identity);
    if (caller === undefined) throw forbidden();
    return caller;
  }

  async isStill(caller: Caller): Promise<boolean> {
    const { modes, callers } = this.#parts;
    const identity = callers.identityOf(caller);
    if (identity === undefined) return false;
    const judged = await Promise.all(modes.map(async (mode) => mode.again(identity)));
    const now = identity === this.#anonymous ? identity : judged.find((one) => one !== undefined);
    return now?.id === caller.id && callers.of(now)?.rights.key === caller.rights.key;
  }

  cached(): number {
    return this.#parts.modes.reduce((sum, mode) => sum + (mode.cached?.() ?? 0), 0);
  }

  health(): JsonObject {
    const { modes } = this.#parts;
    const problems = this.#problems();
    const none = { cached_entries: this.cached(), tokens: 0 };
    const numbers = Object.assign(none, ...modes.map((mode) => mode.health?.()));
    return { mode: [...this.#names], ...numbers, ...(problems.length === 0 ? {} : { problems }) };
  }

  secrets(): readonly string[] {
    return this.#parts.modes.flatMap((mode) => mode.secrets?.() ?? []);
  }

  async refresh(): Promise<void> {
    const { modes, callers } = this.#parts;
    await Promise.all([callers.refresh(), ...modes.map((mode) => mode.refresh?.())]);
    const problems = this.#problems().join("; ");
    if (problems !== "" && problems !== this.#told) this.#log.warn({ problems }, "auth");
    this.#told = problems;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#parts.modes.map(async (mode) => mode.close?.()));
  }

  /** The first mode that knows the token counts: memory first, then what can be checked here, then what must be asked. */
  async #identify(authorization: string | undefined, beforeAsking?: BeforeAsking): Promise<Identity> {
    const { challenge, modes } = this.#parts;
    if (authorization === undefined) throw challenge.missing();
    const token = bearerToken(authorization);
    if (token === undefined) throw challenge.invalid("the Authorization header must be Bearer and one token");
    for (const mode of modes) {
      // oxlint-disable-next-line no-await-in-loop -- a token that one knows is no business of the next
      const identity = await mode.identify(token, beforeAsking);
      if (identity !== undefined) return identity;
    }
    throw challenge.invalid("the token is not known here, or it has expired");
  }

  #problems(): string[] {
    const { modes, callers } = this.#parts;
    return [...callers.problems(), ...modes.flatMap((mode) => mode.problems())];
  }
}
