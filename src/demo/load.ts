// The load generator of the demo as an exporter: one loopback page for the shop, or `?pod=` for one of its pods.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Clock } from "../core/clock.ts";
import { listenOnLoopback, type Listening } from "./loopback.ts";
import { CONTENT_TYPES, renderPage } from "./shop/exposition.ts";
import { BATCH_TARGET, type Shop } from "./shop/shop.ts";

/** `url` is the page itself, for example `http://127.0.0.1:40123/metrics`. */
export async function startLoad({ shop, clock }: { shop: Shop; clock: Clock }): Promise<Listening> {
  const server = createServer((request, response) => answer(shop, clock, request, response));
  const { url, close } = await listenOnLoopback(server);
  return { url: `${url}/metrics`, close };
}

function answer(shop: Shop, clock: Clock, request: IncomingMessage, response: ServerResponse): void {
  const plain = (status: number, text: string) =>
    void response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${text}\n`);
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://loopback");
  if (pathname !== "/metrics") return plain(404, "not found; see /metrics");
  if (request.method !== "GET") return plain(405, "method not allowed");
  const pod = searchParams.get("pod") ?? undefined;
  if (pod === BATCH_TARGET.instance) return plain(503, "the nightly batch is stuck");
  shop.advanceTo(clock.now() / 1000);
  const families = shop.families(pod);
  if (families === undefined) return plain(404, "no such pod");
  const dialect = request.headers.accept?.includes("application/openmetrics-text") ? "openmetrics" : "text";
  response.writeHead(200, { "content-type": CONTENT_TYPES[dialect] }).end(renderPage(families, dialect));
}
