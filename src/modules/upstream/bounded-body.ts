// A reply's body, counted while it is read. An event stream that breaks before its answer gets one from us, since a client of the
// 2025 era would otherwise wait for it until its time is over.
import { UpstreamError } from "../../core/upstream-error.ts";

/** JSON-RPC codes of our own, outside of the ranges that the protocol keeps for itself. */
export const BROKEN = -31_001;
export const TOO_LARGE = -31_002;

export interface BodyLimits {
  /** Of the whole body; of a stream that lasts, of one event. */
  readonly maxBytes: number;
  /** A stream without an end: only its events are bounded. */
  readonly lasts: boolean;
  /** The JSON-RPC request that this is the answer to, when it comes as events. */
  readonly answers: string | number | undefined;
}

/** @throws UpstreamError too-large, or whatever breaks the body, where there is no request to answer */
export async function* boundedBody(
  body: AsyncIterable<Uint8Array>,
  { maxBytes, lasts, answers }: BodyLimits,
): AsyncGenerator<Uint8Array> {
  const watch = new EventWatch();
  let total = 0;
  try {
    for await (const chunk of body) {
      watch.see(chunk);
      total += chunk.length;
      if ((lasts ? watch.openBytes : total) > maxBytes) {
        throw new UpstreamError("too-large", `more than ${maxBytes / 1_048_576} MiB`);
      }
      yield chunk;
    }
  } catch (error) {
    const isTooLarge = error instanceof UpstreamError && error.reason === "too-large";
    if (answers === undefined || (watch.isResumable && !isTooLarge)) throw error;
    yield answer(answers, isTooLarge ? TOO_LARGE : BROKEN, isTooLarge ? error.message : "the stream broke");
    return;
  }
  if (answers !== undefined && !watch.hasAnswer && !watch.isResumable) {
    yield answer(answers, BROKEN, "the stream ended before the answer");
  }
}

const answer = (id: string | number, code: number, message: string): Uint8Array =>
  Buffer.from(`\n\ndata: ${JSON.stringify({ jsonrpc: "2.0", id, error: { code, message } })}\n\n`);

/** What can be told of an event stream from its bytes alone. */
class EventWatch {
  /** Bytes since the last blank line. */
  openBytes = 0;
  hasAnswer = false;
  /** It has event ids: the client asks for the rest by itself. */
  isResumable = false;
  #tail = Buffer.alloc(0);

  see(chunk: Uint8Array): void {
    const bytes = Buffer.concat([this.#tail, chunk]);
    const ends = ["\n\n", "\n\r\n", "\r\r"].map((blank) => bytes.lastIndexOf(blank));
    const end = Math.max(...ends);
    this.openBytes = end < 0 ? this.openBytes + chunk.length : bytes.length - end;
    this.hasAnswer ||= bytes.includes('"result"') || bytes.includes('"error"');
    this.isResumable ||= /(^|[\r\n])id:/.test(bytes.toString("latin1"));
    this.#tail = bytes.subarray(-8);
  }
}
