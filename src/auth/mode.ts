// What each way of knowing callers offers to the gate.
import type { JsonObject } from "../core/json.ts";
import type { BeforeAsking } from "../core/report-gate.ts";
import type { Grant } from "./rights.ts";

/** Who a credential belongs to. The same object for as long as nothing about it changes. */
export interface Identity {
  /** Unique over all modes. */
  readonly id: string;
  readonly name: string;
  readonly groups: readonly string[];
  /** The most it may, whatever the rules say. */
  readonly limit: Grant;
}

export interface Mode {
  /**
   * Undefined when the token is not this mode's business, or not known.
   * @throws Denied 401 when it is, and is bad; 503 when that cannot be judged now; and what `beforeAsking` throws
   */
  identify(token: string, beforeAsking?: BeforeAsking): Promise<Identity | undefined>;
  /**
   * The credential of an identity from `identify`, judged again. Undefined when it is no longer good, or not this mode's;
   * an outage changes nothing.
   */
  again(identity: Identity): Promise<Identity | undefined>;
  /** Reads again what may have changed under our feet. Never rejects for what it finds. */
  refresh?(): Promise<void>;
  /** How many logins it remembers that others have judged. */
  cached?(): number;
  /** Numbers for /health. */
  health?(): JsonObject;
  problems(): readonly string[];
  /** Raw credentials it holds, to be taken out of all text. */
  secrets?(): readonly string[];
  close?(): Promise<void>;
}
