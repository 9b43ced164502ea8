// Where a server may really be: the seed's addresses miss their path, or name an SSE endpoint that is gone since.

export interface Address {
  readonly transport: "streamable-http" | "sse";
  readonly url: string;
}

/**
 * The given address first. When it answers "not here", `/sse` is looked for at `/mcp`, and so is a bare host.
 * The first that works is the one to remember.
 */
export function addressesOf({ transport, url }: Address): readonly Address[] {
  const { pathname } = new URL(url);
  const bare = pathname === "/";
  const at = (transport: Address["transport"], path: string): Address => ({ transport, url: withPath(url, path) });
  const isSse = /\/sse\/?$/.test(pathname);
  if (transport === "sse" && bare) return [at("sse", "/sse"), at("streamable-http", "/mcp")];
  if (isSse && transport === "sse") return [{ transport, url }, at("streamable-http", beside(pathname))];
  if (bare) return [at("streamable-http", "/"), at("streamable-http", "/mcp")];
  return [{ transport, url }];
}

const beside = (pathname: string): string => pathname.replace(/\/sse\/?$/, "/mcp");

function withPath(url: string, path: string): string {
  const other = new URL(url);
  other.pathname = path;
  return other.href;
}
