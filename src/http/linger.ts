// Lets a client that is still sending read why it was refused: closing at once would reset the connection under its hands.
import type { FastifyInstance } from "fastify";

/** Long enough for the answer to be read; nothing more is taken from the client meanwhile. */
const LINGER_MS = 1_000;

/** Whoever answers before the body is there stops reading, and keeps the connection for a moment before ending it. */
export function lingerAfterRefusals(app: FastifyInstance): void {
  app.addHook("onSend", ({ raw: request }, reply, payload, done) => {
    if (!request.complete) {
      const { socket } = request;
      reply.header("connection", "close");
      request.read(0); // Node reads and drops a body that nobody has begun to read
      request.pause();
      // Node calls it with the answer's last byte
      socket.destroySoon = () => void setTimeout(() => socket.destroy(), LINGER_MS).unref();
    }
    done(null, payload);
  });
}
