// An OTLP collector on loopback that keeps what it is sent, byte by byte. As strict as a real one about method, path and type.
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttps, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export interface Batch {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export interface Collector {
  readonly url: string;
  readonly batches: Batch[];
  /** Answers so from now on, once the batch is here; by default 200. */
  answer: (batch: Batch, response: ServerResponse) => void;
  close(): Promise<void>;
}

export interface CollectorOptions {
  readonly path?: string;
  readonly tls?: ServerOptions;
}

const accept = (_: Batch, response: ServerResponse): void => {
  response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
};

export async function startCollector({ path = "/v1/traces", tls }: CollectorOptions = {}): Promise<Collector> {
  const batches: Batch[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    void take(request, response).catch(() => response.destroy());
  };
  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = "", headers } = request;
    const batch = { path: url, headers, body: await buffer(request) };
    const isProtobuf = headers["content-type"] === "application/x-protobuf";
    const refusal = method !== "POST" ? 405 : url !== path ? 404 : isProtobuf ? undefined : 415;
    if (refusal !== undefined) return void response.writeHead(refusal).end();
    batches.push(batch);
    collector.answer(batch, response);
  }
  const server = tls === undefined ? createHttp(listener) : createHttps(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const { port } = server.address() as AddressInfo;
  const collector: Collector = {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    batches,
    answer: accept,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return collector;
}
