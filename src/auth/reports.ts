// Who may report failures: everyone, whoever knows the token, whoever signs the body, or a service account for the
// namespaces whose logs it can read itself. One credential that is bad does not spoil another that is good.
import { timingSafeEqual } from "node:crypto";
import { ANONYMOUS, type Caller } from "../core/caller.ts";
import type { Clock } from "../core/clock.ts";
import { ConfigError } from "../core/config-error.ts";
import { Denied } from "../core/denied.ts";
import type { Log } from "../core/log.ts";
import type { BeforeAsking, Reporter, ReportGate, SentReport } from "../core/report-gate.ts";
import type { Secret } from "../core/secret.ts";
import type { Values } from "../core/settings.ts";
import type { Watches } from "../core/watch.ts";
import { bearerToken } from "./bearer.ts";
import { sha256 } from "./digest.ts";
import { openApi } from "./kubernetes/api.ts";
import { ReportAccounts } from "./report-accounts.ts";
import type { ReportMode, ReportSettings } from "./report-settings.ts";
import { isSigned, signatureProblem } from "./report-signature.ts";
import type { AUTH_SETTINGS } from "./settings.ts";

export interface ReportGateOptions {
  readonly settings: ReportSettings;
  /** Where service accounts are known. */
  readonly cluster: Pick<Values<typeof AUTH_SETTINGS>, "apiUrl" | "caPath">;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
  readonly watch?: Watches | undefined;
  /** Nobody else reaches the hub. */
  readonly isLoopback: boolean;
}

export interface OpenedReportGate extends ReportGate {
  /** Raw credentials it holds beside its settings, to be taken out of all text. */
  secrets(): readonly string[];
  close(): Promise<void>;
}

/** @throws ConfigError with all problems */
export async function createReportGate(options: ReportGateOptions): Promise<OpenedReportGate> {
  const { settings, cluster, env, clock, log, isLoopback, watch } = options;
  const { modes, token, hmacSecret, audience } = settings;
  const problems: string[] = [];
  const need = (mode: ReportMode, name: string, secret: Secret | undefined) => {
    if (modes.includes(mode) && (secret?.reveal() ?? "") === "") problems.push(`REPORT_AUTH=${mode} needs ${name}`);
  };
  need("token", "REPORT_TOKEN", token);
  need("hmac", "REPORT_HMAC_SECRET", hmacSecret);
  const api = modes.includes("k8s")
    ? await openApi(cluster, env, watch?.("callers-api")).catch(problemsInto(problems))
    : undefined;
  if (problems.length > 0) throw new ConfigError(problems);
  if (modes.includes("none") && !isLoopback)
    log.warn("REPORT_AUTH=none: everyone who reaches the port may report failures");
  const accounts = api && new ReportAccounts({ reviews: api.reviews, audience, clock });
  const gate = new Gate(options, accounts);
  return {
    reporter: (report, beforeAsking) => gate.reporter(report, beforeAsking),
    reader: (authorization, beforeAsking) => gate.account(authorization, beforeAsking),
    secrets: () => api?.secrets() ?? [],
    close: async () => api?.reviews.close(),
  };
}

const problemsInto =
  (problems: string[]) =>
  (error: unknown): undefined => {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems.map((problem) => `REPORT_AUTH=k8s: ${problem}`));
  };

class Gate {
  readonly #options: ReportGateOptions;
  readonly #accounts: ReportAccounts | undefined;

  constructor(options: ReportGateOptions, accounts: ReportAccounts | undefined) {
    this.#options = options;
    this.#accounts = accounts;
  }

  async reporter(report: SentReport, beforeAsking?: BeforeAsking): Promise<Reporter> {
    const { modes } = this.#options.settings;
    const authorization = headerOf(report, "authorization");
    const isSent = {
      bearer: authorization !== undefined && (modes.includes("token") || modes.includes("k8s")),
      signature: isSigned(report) && modes.includes("hmac"),
    };
    if (!isSent.bearer && !isSent.signature) {
      if (modes.includes("none")) return { caller: ANONYMOUS };
      throw this.#refusal(`reports need a credential: ${this.#wanted().join(", or ")}`);
    }
    const problem = isSent.signature ? this.#signatureProblem(report) : undefined;
    if (isSent.signature && problem === undefined) return { caller: callerNamed("hmac") };
    if (this.#isSharedToken(authorization)) return { caller: callerNamed("token") };
    const account = await this.account(authorization, beforeAsking);
    if (account !== undefined) return account;
    const unknown = isSent.bearer ? ["the bearer token is not known, is over, or is for another audience"] : [];
    throw this.#refusal([...(problem === undefined ? [] : [problem]), ...unknown].join("; "));
  }

  async account(authorization: string | undefined, beforeAsking?: BeforeAsking): Promise<Reporter | undefined> {
    const token = bearerToken(authorization ?? "");
    return token === undefined ? undefined : this.#accounts?.reporter(token, beforeAsking);
  }

  #isSharedToken(authorization: string | undefined): boolean {
    const { modes, token } = this.#options.settings;
    const sent = bearerToken(authorization ?? "");
    if (!modes.includes("token") || token === undefined || sent === undefined) return false;
    return timingSafeEqual(sha256(sent), sha256(token.reveal()));
  }

  #signatureProblem(report: SentReport): string | undefined {
    const { settings, clock } = this.#options;
    return signatureProblem(report, {
      secret: settings.hmacSecret?.reveal() ?? "",
      isTimestampRequired: settings.hmacTimestamp === "required",
      now: clock.now(),
    });
  }

  #wanted(): string[] {
    const { modes } = this.#options.settings;
    const bearer = modes.includes("token") || modes.includes("k8s") ? ["Authorization: Bearer <token>"] : [];
    return [...bearer, ...(modes.includes("hmac") ? ["X-Hub-Signature-256: sha256=<HMAC of the body>"] : [])];
  }

  /** The challenge names what can be sent; signatures have no scheme of their own, so theirs is called by its header. */
  #refusal(message: string): Denied {
    const { modes } = this.#options.settings;
    const scheme = modes.includes("token") || modes.includes("k8s") ? "Bearer" : "X-Hub-Signature-256";
    return new Denied(401, message, { code: "invalid_token", headers: { "www-authenticate": scheme } });
  }
}

function headerOf({ headers }: SentReport, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}

const callerNamed = (mode: string): Caller => ({
  id: `report:${mode}`,
  name: `report ${mode}`,
  rights: { key: "reports", may: () => false },
});
