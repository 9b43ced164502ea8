// Who may report failures and see reports, as the door asks it.
import type { Caller } from "./caller.ts";

export interface Reporter {
  readonly caller: Caller;
  /**
   * May it read the logs of pods in this namespace, in the hub's own cluster? It reports and sees nothing else. Undefined: nobody
   * asks. @throws Denied 503 when that cannot be told now
   */
  readonly mayRead?: ((namespace: string) => Promise<boolean>) | undefined;
}

export interface SentReport {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As it came over the wire. */
  readonly body: Uint8Array;
}

/**
 * Called before somebody else is asked about a credential that was never good here, so that guesses cost others nothing; what it
 * throws is the answer.
 */
export type BeforeAsking = () => Promise<void>;

export interface ReportGate {
  /** Who sends this report. @throws Denied 401, or 503 when a credential cannot be judged now */
  reporter(report: SentReport, beforeAsking?: BeforeAsking): Promise<Reporter>;
  /**
   * Who asks about reports with this Authorization header; undefined when it is nobody who reports for one namespace.
   * @throws Denied 503
   */
  reader(authorization: string | undefined, beforeAsking?: BeforeAsking): Promise<Reporter | undefined>;
}
