// How the hub proves who it is to one Prefect: one of nothing, Basic or Bearer, and what a proxy in front wants.
import { z } from "zod";
import { Secret } from "../../core/secret.ts";

export interface Login {
  readonly mode: "none" | "basic" | "bearer";
  /** Where the credential comes from, for the operator, for example PREFECT_API_AUTH_STRING. */
  readonly source: string;
  /** Read again for every request, since secrets rotate. */
  headers(): readonly (readonly [name: string, value: Secret])[];
  /** What must never be seen. */
  secrets(): readonly string[];
}

export interface Credentials {
  readonly apiKey?: Secret | undefined;
  readonly authString?: Secret | undefined;
  /** JSON object of header names and values. */
  readonly headers?: Secret | undefined;
  /** How the operator knows the two: variable or member of the file. */
  readonly names: { readonly apiKey: string; readonly authString: string };
}

/** Basic wins when both are there, as in Prefect's own client. */
export function createLogin({ apiKey, authString, headers, names }: Credentials): Login {
  const mode = authString !== undefined ? "basic" : apiKey !== undefined ? "bearer" : "none";
  const source =
    mode === "basic" ? names.authString : mode === "bearer" ? names.apiKey : `${names.authString} or ${names.apiKey}`;
  const authorization = (): Secret | undefined => {
    if (authString !== undefined) return basic(authString);
    return apiKey === undefined ? undefined : new Secret(`Bearer ${apiKey.reveal().trim()}`);
  };
  return {
    mode,
    source,
    headers: () => {
      const own = authorization();
      return [...customHeaders(headers), ...(own === undefined ? [] : [["authorization", own] as const])];
    },
    secrets: () => [
      ...[apiKey, authString].flatMap((secret) => (secret === undefined ? [] : [secret.reveal().trim()])),
      ...(authString === undefined ? [] : [authString.reveal().trim().split(":").slice(1).join(":")]),
      ...customHeaders(headers).map(([, value]) => value.reveal()),
    ],
  };
}

const basic = (authString: Secret): Secret =>
  new Secret(`Basic ${Buffer.from(authString.reveal().trim()).toString("base64")}`);

const headerMap = z.record(z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/), z.string().regex(/^[\t\x20-\x7e]*$/));

/** Undefined when it is well, else what is wrong, without the text itself. */
export function headerProblem(text: string): string | undefined {
  return headerMap.safeParse(parseJson(text)).success
    ? undefined
    : 'must be a JSON object of header names and texts, for example {"CF-Access-Client-Id": "..."}';
}

function customHeaders(secret: Secret | undefined): (readonly [name: string, value: Secret])[] {
  if (secret === undefined) return [];
  const parsed = headerMap.safeParse(parseJson(secret.reveal()));
  return Object.entries(parsed.data ?? {}).map(([name, value]) => [name, new Secret(value)] as const);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
