// A datasource's url, taken apart: what may be shown, who logs in, and what is added to every request.
import { BadEntry } from "./fields.ts";

export interface Address {
  /** Without user, password, query, fragment and trailing slash. */
  readonly base: string;
  readonly login: { readonly user: string; readonly password: string } | undefined;
  readonly query: readonly (readonly [name: string, value: string])[];
}

/** @throws BadEntry for anything but an http or https url; its message does not repeat the text, which may hold a password */
export function parseAddress(text: string): Address {
  const url = URL.parse(text.trim());
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === "") {
    throw new BadEntry("url must start with http:// or https:// and name a host");
  }
  const login =
    url.username === "" && url.password === ""
      ? undefined
      : { user: decode(url.username), password: decode(url.password) };
  return {
    base: `${url.origin}${url.pathname}`.replace(/\/+$/, ""),
    login,
    query: [...url.searchParams],
  };
}

/** A lone percent sign in a password is taken as it stands. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
