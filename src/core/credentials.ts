// The credentials inside a header's value, as others may repeat them: the whole, the part after the scheme, the password of Basic.
import type { Secret } from "./secret.ts";

type Headers = readonly (readonly [name: string, value: Secret])[];

/** Shorter values are part of too many words. */
const MIN_CHARS = 6;
/** Others, such as a tenant's name, are no secrets. */
const SECRET_NAME = /auth|token|key|secret|cookie|password/i;

/** Longest first. */
export function credentialsIn(headers: Headers): string[] {
  const values = headers.filter(([name]) => SECRET_NAME.test(name)).map(([, value]) => value.reveal().trim());
  const all = values.flatMap((value) => [value, ...partsOf(value)]).filter((part) => part.length >= MIN_CHARS);
  return [...new Set(all)].sort((a, b) => b.length - a.length);
}

function partsOf(value: string): string[] {
  const [, scheme = "", rest = ""] = /^(\w+) +(\S.*)$/.exec(value) ?? [];
  if (scheme.toLowerCase() !== "basic") return [rest];
  const [, ...password] = Buffer.from(rest, "base64").toString("utf8").split(":");
  return [rest, password.join(":")];
}

/** A refusal may repeat what it refuses: without our credentials, the same bytes when there are none. */
export function withoutCredentials(body: Uint8Array<ArrayBuffer>, headers: Headers): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const forms = credentialsIn(headers).flatMap((one) => [one, JSON.stringify(one).slice(1, -1)]);
  const found = forms.filter((one) => bytes.includes(one));
  if (found.length === 0) return body;
  return new Uint8Array(Buffer.from(found.reduce((text, one) => text.replaceAll(one, "***"), bytes.toString("utf8"))));
}
