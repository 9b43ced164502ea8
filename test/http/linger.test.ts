import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startHub, type RunningHub } from "../support/hub.ts";
import { trialModule } from "../support/trial-module.ts";

let hub: RunningHub;
beforeAll(async () => void (hub = await startHub([trialModule().module], { MAX_REQUEST_BYTES: "4096" })));
afterAll(() => hub.close());

const BIG = Buffer.alloc(8_000_000, " ");

/** Sends all it can before it reads a word, as a busy client does. Resolves with what it could read until the end. */
function sendFirst(path: string, head: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const { hostname, port } = new URL(hub.url);
  let read = "";
  const socket = connect(Number(port), hostname);
  socket.pause();
  socket.on("data", (chunk) => (read += String(chunk)));
  socket.on("error", (error) => resolve(`${read} ${error.message}`));
  socket.on("close", () => resolve(read));
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\n${head}\r\n\r\n`,
  );
  if (head.includes("chunked")) socket.write(`${BIG.length.toString(16)}\r\n`);
  socket.write(BIG);
  setTimeout(() => socket.resume(), 150);
  return promise;
}

const WITH_LENGTH = `content-length: ${BIG.length}`;
const IN_PIECES = `transfer-encoding: chunked`;

describe("a client that is still sending", () => {
  it.each([
    ["/mcp", "with its length", WITH_LENGTH],
    ["/mcp", "in pieces", IN_PIECES],
    ["/report-failure", "with its length", WITH_LENGTH],
    ["/report-failure", "in pieces", IN_PIECES],
  ])("to %s %s reads that its body is too large, and is then cut off", async (path, _how, head) => {
    expect(await sendFirst(path, head)).toMatch(
      /^HTTP\/1\.1 413 [\s\S]*connection: close[\s\S]*(too large|larger than)/i,
    );
  });
});
