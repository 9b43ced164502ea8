// Cuts clients that do not read what they asked for: each would keep its whole answer in our memory.
import type { ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";

const LOOK_EVERY_MS = 5_000;
/** A response that waits without one byte leaving for so many looks (20 s) is given up. */
const PATIENCE = 4;

interface Watched {
  /** Bytes that had left the process at the last look. */
  sent: number;
  stuckLooks: number;
}

export function cutSlowReaders(app: FastifyInstance): void {
  const responses = new Map<ServerResponse, Watched>();
  app.addHook("onRequest", (_request, { raw }, done) => {
    responses.set(raw, { sent: 0, stuckLooks: 0 });
    raw.once("close", () => responses.delete(raw));
    done();
  });
  const timer = setInterval(() => {
    for (const [response, watched] of responses) look(response, watched);
  }, LOOK_EVERY_MS).unref();
  app.addHook("onClose", async () => clearInterval(timer));
}

function look(response: ServerResponse, watched: Watched): void {
  const { socket, writableLength: waiting } = response;
  const sent = (socket?.bytesWritten ?? 0) - (socket?.writableLength ?? 0);
  watched.stuckLooks = waiting > 0 && sent <= watched.sent ? watched.stuckLooks + 1 : 0;
  watched.sent = sent;
  if (watched.stuckLooks >= PATIENCE) response.destroy();
}
