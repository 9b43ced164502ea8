// How a caller is turned away: the status, the WWW-Authenticate challenge of RFC 6750 and 9728, and what to do next.
// Without OAuth the challenge is a bare `Bearer`: with more, Cursor ignores its configured header and starts a login.
import { Denied } from "../core/denied.ts";

const RETRY_AFTER_SECONDS = 5;

export class Challenge {
  readonly #metadataUrl: () => string | undefined;

  /** The address of the RFC 9728 document, when there is one. */
  constructor(metadataUrl: () => string | undefined) {
    this.#metadataUrl = metadataUrl;
  }

  /** No credential came. */
  missing(): Denied {
    const message = "this hub needs a credential: send the header Authorization: Bearer <token>";
    return new Denied(401, message, { code: "invalid_token", headers: this.#headers([]) });
  }

  /** One came that is none of ours. The message never holds it. */
  invalid(message: string): Denied {
    const parameters = [`error="invalid_token"`, `error_description="${message.replaceAll(/["\\]/g, "'")}"`];
    return new Denied(401, message, { code: "invalid_token", headers: this.#headers(parameters) });
  }

  #headers(parameters: readonly string[]): Record<string, string> {
    const url = this.#metadataUrl();
    if (url === undefined) return { "www-authenticate": "Bearer" };
    return { "www-authenticate": `Bearer ${[...parameters, `resource_metadata="${url}"`].join(", ")}` };
  }
}

/** Known, and allowed nothing. No challenge: another login would not help. */
export const forbidden = (): Denied =>
  new Denied(403, "you are known, but no rule allows you anything here; the operator can add one to ACCESS_PATH");

/** Who judges the credential cannot be reached: that is no verdict on it. `what` is for the caller. */
export const unavailable = (what: string): Denied =>
  new Denied(503, `${what}; try again`, { headers: { "retry-after": String(RETRY_AFTER_SECONDS) } });
