// Why an upstream gave no reply, in words that may be shown: no address, no header, no body stands in them.

export type UpstreamReason =
  | "aborted"
  | "timeout"
  | "busy"
  | "dns"
  | "refused"
  | "unreachable"
  | "reset"
  | "tls"
  | "redirect"
  | "too-large"
  | "garbled";

/** Which setting would mend a TLS failure: the authority we trust, the name we expect, or our own certificate. */
export type TlsFault = "authority" | "name" | "client-certificate" | "other";

export interface UpstreamFacts {
  readonly tls?: TlsFault;
  /** Of a redirect that was not followed. */
  readonly status?: number;
}

export class UpstreamError extends Error {
  readonly reason: UpstreamReason;
  readonly facts: UpstreamFacts;

  constructor(reason: UpstreamReason, message: string, facts: UpstreamFacts = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = "UpstreamError";
    this.reason = reason;
    this.facts = facts;
  }
}

type Known = readonly [reason: UpstreamReason, message: string, tls?: TlsFault];

const CLOSED: Known = ["reset", "connection closed before the reply was complete"];
const UNREACHABLE: Known = ["unreachable", "host unreachable"];
const UNKNOWN_AUTHORITY: Known = ["tls", "TLS: certificate signed by an unknown authority", "authority"];
const CLIENT_CERTIFICATE: Known = ["tls", "TLS: the server wants a client certificate it trusts", "client-certificate"];

/** Codes of Node, OpenSSL and undici. */
const CODES: Readonly<Record<string, Known>> = {
  ENOTFOUND: ["dns", "host not found"],
  EAI_AGAIN: ["dns", "host not found (the name server does not answer)"],
  ECONNREFUSED: ["refused", "connection refused"],
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  EADDRNOTAVAIL: UNREACHABLE,
  ETIMEDOUT: ["unreachable", "no connection in time"],
  UND_ERR_CONNECT_TIMEOUT: ["unreachable", "no connection in time"],
  ECONNRESET: CLOSED,
  EPIPE: CLOSED,
  UND_ERR_SOCKET: CLOSED,
  UND_ERR_DESTROYED: CLOSED,
  UND_ERR_CLOSED: CLOSED,
  UND_ERR_ABORTED: CLOSED,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: CLOSED,
  UND_ERR_HEADERS_OVERFLOW: ["garbled", "the reply's headers are too large"],
  DEPTH_ZERO_SELF_SIGNED_CERT: ["tls", "TLS: self-signed certificate", "authority"],
  SELF_SIGNED_CERT_IN_CHAIN: ["tls", "TLS: self-signed certificate in the chain", "authority"],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: ["tls", "TLS: certificate has expired", "other"],
  CERT_NOT_YET_VALID: ["tls", "TLS: certificate is not valid yet", "other"],
  ERR_TLS_CERT_ALTNAME_INVALID: ["tls", "TLS: the certificate is for another name", "name"],
  ERR_SSL_WRONG_VERSION_NUMBER: ["tls", "TLS: the server does not speak TLS on this port", "other"],
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: CLIENT_CERTIFICATE,
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: CLIENT_CERTIFICATE,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: CLIENT_CERTIFICATE,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: CLIENT_CERTIFICATE,
};

/** The same failure as an UpstreamError; undefined when it is nothing a network does, hence our bug. */
export function explainNetwork(error: unknown): UpstreamError | undefined {
  const code = codeOf(error);
  const known = CODES[code] ?? guess(code);
  if (known === undefined) return undefined;
  const [reason, message, tls] = known;
  return new UpstreamError(reason, message, tls === undefined ? {} : { tls }, { cause: error });
}

function guess(code: string): Known | undefined {
  if (/^ERR_(SSL|TLS)_|^CERT_|^EPROTO$/.test(code)) return ["tls", `TLS: ${code}`, "other"];
  if (code.startsWith("HPE_")) return ["garbled", "the reply is no valid HTTP"];
  if (/^(Z_|ERR__ERROR)/.test(code)) {
    return ["garbled", "the reply's compression is broken"];
  }
  return undefined;
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  if (error.name === "HTTPParserError") return "HPE_"; // undici 8 leaves its code undefined
  return codeOf(error.cause);
}
