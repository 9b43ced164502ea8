// Where a redirect may lead: to the same origin only, and never so that a POST would arrive as an empty GET.
// (fetch does both: it turns a 302 answer to POST into GET and carries custom headers such as X-Scope-OrgID to other hosts.)
import { oneLine } from "./clip.ts";
import { UpstreamError } from "./upstream-error.ts";

export interface Redirect {
  readonly from: URL;
  readonly method: string;
  readonly status: number;
  readonly location: string;
}

/** The next address. @throws UpstreamError redirect, which names the target without user, password and query */
export function nextAddress({ from, method, status, location }: Redirect): URL {
  const url = URL.parse(location, from.href);
  const target =
    url === null ? "an unreadable address" : oneLine(`${url.origin}${url.pathname}`.replace(/\/$/, ""), 200);
  const keepsMethod = status === 307 || status === 308 || (method === "GET" && [301, 302, 303].includes(status));
  if (url === null || url.origin !== from.origin || !keepsMethod) {
    throw new UpstreamError("redirect", `HTTP ${status} to ${target}`, { status });
  }
  return url;
}
