// A request that is refused at the door, before anything is done. Each door words it in its own protocol.

export interface DeniedDetails {
  readonly headers?: Readonly<Record<string, string>>;
  /** RFC 6750: invalid_request, invalid_token, insufficient_scope. */
  readonly code?: string;
}

export class Denied extends Error {
  /** 400 malformed, 401 not known, 403 known and not allowed, 421 not our name, 429 too much, 503 cannot be judged now. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly code: string | undefined;

  /** The message is for the caller: it says what to do next, and never whether the thing asked for exists. */
  constructor(status: number, message: string, { headers = {}, code }: DeniedDetails = {}) {
    super(message);
    this.name = "Denied";
    this.status = status;
    this.headers = headers;
    this.code = code;
  }
}
