// What travels between the hub and helpers/zygote.py: a length and JSON one way, {kind, length, payload} the other.
import { connect, type Socket } from "node:net";
import type { JsonObject } from "../../../core/json.ts";

/** S started, P process id, O stdout, E stderr, X ended, R ready (derived), F refused. */
export type FrameKind = "S" | "P" | "O" | "E" | "X" | "R" | "F";
type OnFrame = (kind: string, payload: Buffer) => void;

const HEADER_BYTES = 5;

/** Nobody answered, so nothing was run, and asking again is safe. */
export class Unreachable extends Error {}

/** Connects, sends the request and hands out the frames; `closed` resolves when the other side is gone. */
export async function ask(
  path: string,
  request: JsonObject,
  onFrame: OnFrame,
): Promise<{ socket: Socket; closed: Promise<void> }> {
  const socket = connect({ path });
  const closed = new Promise<void>((resolve) => void socket.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", (error) => reject(new Unreachable(error.message)));
  });
  // A reset after the connect ends in `close` as well.
  socket.on("error", () => {});
  const read = createFrameReader(onFrame);
  socket.on("data", read);
  const body = Buffer.from(JSON.stringify(request));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  socket.write(Buffer.concat([length, body]));
  return { socket, closed };
}

function createFrameReader(onFrame: OnFrame): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  return (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    let at = 0;
    while (pending.length - at >= HEADER_BYTES) {
      const end = at + HEADER_BYTES + pending.readUInt32BE(at + 1);
      if (pending.length < end) break;
      onFrame(pending.toString("latin1", at, at + 1), pending.subarray(at + HEADER_BYTES, end));
      at = end;
    }
    pending = pending.subarray(at);
  };
}
