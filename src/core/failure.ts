// How a tool fails: by throwing a ToolFailure. Anything else that is thrown is our own bug and its text never leaves the hub.

export type FailureKind =
  "invalid" | "not-found" | "denied" | "unavailable" | "timeout" | "cancelled" | "too-large" | "bug";

/**
 * A failure the caller can act on. The message says what to do next and never holds secrets or raw upstream bodies.
 * `details` are plain fields for the structured result, for example `{ code: "INVALID_QUERY", http_status: 400 }`.
 */
export class ToolFailure extends Error {
  readonly kind: FailureKind;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(kind: FailureKind, message: string, details: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = "ToolFailure";
    this.kind = kind;
    this.details = details;
  }
}
