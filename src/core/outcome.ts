// How a call ended, and what is told of it: the outcome for who asked, the record for metrics, log and audit.
import type { Caller } from "./caller.ts";
import type { Attachment, InputRequest } from "./context.ts";
import type { FailureKind } from "./failure.ts";
import type { JsonObject } from "./json.ts";
import type { FailureView } from "./tool.ts";

export type Outcome =
  | { readonly ok: true; readonly value: JsonObject; readonly attachments: readonly Attachment[] }
  | { readonly ok: false; readonly kind: FailureKind; readonly message: string; readonly failure: FailureView }
  | {
      readonly ok: false;
      readonly kind: "needs-input";
      readonly message: string;
      readonly requests: Readonly<Record<string, InputRequest>>;
      readonly state: unknown;
    };

/** Of a call that needs nothing more. */
export type Finished = Exclude<Outcome, { kind: "needs-input" }>;

/** One finished call, as it is counted and logged. */
export interface CallRecord {
  readonly callId: string;
  readonly module: string;
  readonly tool: string;
  readonly door: string;
  readonly caller: string;
  /** `success`, `needs-input` or the kind of the failure. */
  readonly outcome: string;
  readonly durationMs: number;
}

/** What the record of a call leaves out: for the audit. */
export interface FinishedCall {
  readonly tool: string;
  readonly caller: Caller;
  readonly input: unknown;
  readonly outcome: Outcome;
}
