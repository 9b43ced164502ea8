// A reverse proxy on loopback in front of a hub: it passes everything on as it came, and may add a credential or take a path away.
import { createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";

export interface Relay {
  readonly url: string;
  /** Where it passes requests on to, without a trailing slash; known only after the hub has started. */
  target: string;
  close(): Promise<void>;
}

export interface RelayOptions {
  /** Of every request that brings none of its own. */
  readonly authorization?: string;
  /** What it takes off the path; other paths are 404. */
  readonly prefix?: string;
}

export async function startRelay({ authorization, prefix = "" }: RelayOptions = {}): Promise<Relay> {
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    if (!path.startsWith(prefix)) return response.writeHead(404).end();
    const isBare = authorization !== undefined && request.headers.authorization === undefined;
    const headers = [...request.rawHeaders, ...(isBare ? ["authorization", authorization] : [])];
    const { method } = request;
    const asked = send(`${relay.target}${path.slice(prefix.length)}`, { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      response.flushHeaders();
      answer.on("error", () => response.destroy()).pipe(response);
    });
    asked.on("error", () => response.destroy());
    response.on("close", () => asked.destroy());
    request.pipe(asked);
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const relay: Relay = {
    url: `http://127.0.0.1:${port}${prefix}`,
    target: "",
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return relay;
}
