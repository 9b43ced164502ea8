// Bytes on the wire, for what no HTTP client would send.
import { connect } from "node:net";

export interface RawReply {
  /** 0: the connection ended without an answer. */
  readonly status: number;
  /** Headers and body. */
  readonly text: string;
}

/** Raw bytes in, status and body out; it does not wait for the server to hang up, which takes its time after a refusal. */
export function sendRaw(port: number, bytes: string | Buffer): Promise<RawReply> {
  const { promise, resolve } = Promise.withResolvers<RawReply>();
  const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
  let reply = "";
  const end = () => {
    resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(reply)?.[1] ?? 0), text: reply });
    socket.destroy();
  };
  socket
    .on("data", (chunk) => {
      reply += String(chunk);
      if (/^transfer-encoding: chunked\r\n[\s\S]*\r\n0\r\n\r\n$/im.test(reply)) end();
      const [, length = "", body = ""] = /content-length: (\d+)[\s\S]*?\r\n\r\n([\s\S]*)/i.exec(reply) ?? [];
      if (length !== "" && Buffer.byteLength(body) >= Number(length)) end();
    })
    .on("close", end)
    .on("error", end);
  return promise;
}
