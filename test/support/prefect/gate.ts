// Who is let in, in Prefect's order: the CSRF token before the credentials, and a version header that is too old last.
import type { IncomingHttpHeaders } from "node:http";
import type { Answer, Asked } from "./routes.ts";

export interface GateOptions {
  /** `user:password`, wanted as Basic. */
  auth?: string;
  /** Wanted as Bearer (Cloud). */
  key?: string;
  csrf?: boolean;
  /** Seconds that a CSRF token lives; 3,600 by default. */
  csrfSeconds?: number;
  /** Milliseconds; for the tokens' end. */
  clock?: () => number;
}

export interface Gate {
  /** What is answered instead, or to a question for a token. */
  admit(asked: Asked, headers: IncomingHttpHeaders): Answer | undefined;
}

export function createGate({ auth, key, csrf = false, csrfSeconds = 3_600, clock = Date.now }: GateOptions): Gate {
  const tokens = new Map<string, { token: string; endsAt: number }>();
  let made = 0;
  const wanted =
    auth !== undefined
      ? `Basic ${Buffer.from(auth).toString("base64")}`
      : key === undefined
        ? undefined
        : `Bearer ${key}`;

  const tokenFor = (client: string): Answer => {
    if (!csrf) return { status: 422, body: { detail: "CSRF protection is disabled." } };
    const token = `csrf-${++made}`;
    const endsAt = clock() + 1_000 * csrfSeconds;
    tokens.set(client, { token, endsAt });
    return { status: 200, body: { token, client, expiration: new Date(endsAt).toISOString() } };
  };

  const csrfRefusal = (headers: IncomingHttpHeaders): string | undefined => {
    const [token, client] = [headers["prefect-csrf-token"], headers["prefect-csrf-client"]];
    if (token === undefined) return "Missing CSRF token.";
    if (client === undefined) return "Missing client identifier.";
    const known = tokens.get(String(client));
    const isGood = known !== undefined && known.token === token && known.endsAt > clock();
    return isGood ? undefined : "Invalid CSRF token or client identifier.";
  };

  return {
    admit({ method, path, query }, headers) {
      if (path === "/health" || path === "/ready") return { status: 200, body: true };
      if (csrf && method !== "GET") {
        const detail = csrfRefusal(headers);
        if (detail !== undefined) return { status: 403, body: { detail } };
      }
      if (wanted !== undefined && headers.authorization !== wanted) {
        return { status: 401, body: { exception_message: "Unauthorized" } };
      }
      const version = headers["x-prefect-api-version"];
      if (version !== undefined && path !== "/version" && !/^0\.[89]\.\d+$|^[1-9]/.test(String(version))) {
        const detail = `The request specified API version ${String(version)} but this server requires version 0.8.0 or higher.`;
        return { status: 400, body: { detail } };
      }
      return path === "/csrf-token" ? tokenFor(query.get("client") ?? "") : undefined;
    },
  };
}
