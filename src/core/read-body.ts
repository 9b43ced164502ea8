// A reply's body, decompressed and counted while it is read: a gzip of a few kilobytes may hold gigabytes.
import { Writable, type Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { UpstreamError } from "./upstream-error.ts";

/** What `decoderFor` understands, as a request header. */
export const ACCEPT_ENCODING = "gzip, deflate, br";

function decoderFor(name: string): Transform | undefined {
  if (name === "gzip" || name === "x-gzip") return createGunzip();
  if (name === "deflate") return createInflate();
  return name === "br" ? createBrotliDecompress() : undefined;
}

/**
 * The whole body in memory of its own (it can be transferred to a thread), at most `maxBytes` after decompression.
 * Ends the stream at once when there is more. @throws UpstreamError too-large or garbled
 */
export async function readBody(
  body: Readable,
  contentEncoding: string | undefined,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new GrowingBytes(maxBytes);
  const stages = decoders(contentEncoding);
  const collect = (chunk: Uint8Array): UpstreamError | null => {
    if (stages === undefined) return new UpstreamError("garbled", "the reply has an encoding we did not ask for");
    return bytes.add(chunk) ? null : new UpstreamError("too-large", `more than ${inUnits(maxBytes)}`);
  };
  const sink = new Writable({ write: (chunk: Uint8Array, _encoding, done) => done(collect(chunk)) });
  await pipeline([body, ...(stages ?? []), sink], { signal });
  return bytes.take();
}

/** Encodings stand in the order in which they were applied. Undefined for one that we do not know. */
function decoders(contentEncoding = ""): Transform[] | undefined {
  const names = contentEncoding
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity");
  if (names.length > 2) return undefined;
  const stages = names.toReversed().flatMap((name) => decoderFor(name) ?? []);
  return stages.length === names.length ? stages : undefined;
}

/** Reserving a range of addresses costs about 20 microseconds: most replies are smaller than this. */
const SMALL_BYTES = 64 * 1024;

/** Copies each piece as it comes: to join 16 MB at the end would block for tens of milliseconds. */
class GrowingBytes {
  readonly #maxBytes: number;
  readonly #pieces: Uint8Array[] = [];
  #buffer: ArrayBuffer | undefined;
  #total = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** False when it does not fit any more. */
  add(piece: Uint8Array): boolean {
    if (this.#total + piece.length > this.#maxBytes) return false;
    this.#pieces.push(piece);
    this.#total += piece.length;
    if (this.#total > SMALL_BYTES) this.#settle(this.#maxBytes);
    return true;
  }

  take(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#settle(this.#total));
  }

  #settle(maxByteLength: number): ArrayBuffer {
    const buffer = (this.#buffer ??= new ArrayBuffer(0, { maxByteLength }));
    for (const piece of this.#pieces.splice(0)) {
      const at = buffer.byteLength;
      buffer.resize(at + piece.length);
      new Uint8Array(buffer, at).set(piece);
    }
    return buffer;
  }
}

const MIB = 1024 * 1024;
const inUnits = (bytes: number): string => (bytes % MIB === 0 ? `${bytes / MIB} MiB` : `${bytes} bytes`);
