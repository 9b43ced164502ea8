// What is sent with every request of a datasource: its header pairs, and who logs in.
import { Secret } from "../../../core/secret.ts";
import type { Datasource } from "../datasource.ts";
import type { Address } from "./address.ts";
import type { Fields } from "./fields.ts";

type Headers = Map<string, readonly [name: string, value: Secret]>;

/** HTTP's own headers, and those our client must set itself for its requests to be understood. */
const OURS = new Set(
  "accept-encoding connection content-length content-type expect keep-alive te trailer transfer-encoding upgrade".split(
    " ",
  ),
);
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * A header named Authorization beats basicAuth, as in Grafana (it sets basic auth first and custom headers over it);
 * both beat a user and password in the url, as in Go's HTTP client.
 */
export function readHeaders(
  fields: Fields,
  { login }: Address,
  warn: (problem: string) => void,
): Datasource["headers"] {
  const headers: Headers = new Map();
  if (login !== undefined) setBasic(headers, login.user, login.password);
  if (fields.flag("basicAuth")) readBasic(headers, fields, warn);
  readPairs(headers, fields, warn);
  return [...headers.values()];
}

function readBasic(headers: Headers, fields: Fields, warn: (problem: string) => void): void {
  const keys = ["basicAuthUser", "secureJsonData.basicAuthPassword", "basicAuthPassword"];
  if (keys.some((key) => fields.isUnresolved(key))) return; // told already; half a login is none
  const user = fields.text("basicAuthUser");
  if (user === undefined) return warn("basicAuth is true and basicAuthUser is missing; no login is sent");
  setBasic(headers, user, fields.text("secureJsonData.basicAuthPassword") ?? fields.text("basicAuthPassword") ?? "");
}

function readPairs(headers: Headers, fields: Fields, warn: (problem: string) => void): void {
  const numbers = [...fields.numbers("jsonData.httpHeaderName"), ...fields.numbers("secureJsonData.httpHeaderValue")];
  for (const n of [...new Set(numbers)].sort((a, b) => a - b)) {
    const keys = [`jsonData.httpHeaderName${n}`, `secureJsonData.httpHeaderValue${n}`] as const;
    if (keys.some((key) => fields.isUnresolved(key))) continue;
    const [name, value] = [fields.text(keys[0])?.trim(), fields.text(keys[1])?.trim()];
    if (name === undefined || value === undefined) {
      warn(
        `${name === undefined ? keys[1] : keys[0]} stands alone: ${name === undefined ? keys[0] : keys[1]} is missing`,
      );
    } else if (!NAME.test(name)) {
      warn(`${keys[0]} is no header name and is left out`);
    } else if (OURS.has(name.toLowerCase())) {
      warn(`${keys[0]} (${name}) is left out: the client sets this header itself`);
    } else if (!VALUE.test(value)) {
      warn(`${keys[1]} is left out: a header takes one line of Latin-1 text`);
    } else {
      headers.set(name.toLowerCase(), [name, new Secret(value)]);
    }
  }
}

function setBasic(headers: Headers, user: string, password: string): void {
  const token = Buffer.from(`${user}:${password}`, "utf8").toString("base64");
  headers.set("authorization", ["Authorization", new Secret(`Basic ${token}`)]);
}
