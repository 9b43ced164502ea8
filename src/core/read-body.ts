// A reply's body, decompressed and counted while it is read: a gzip of a few kilobytes may hold gigabytes.
import type { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { UpstreamError } from "./upstream-error.ts";

/** What `decoders` understands, as a request header. */
export const ACCEPT_ENCODING = "gzip, deflate, br";

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

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
  const chunks: Uint8Array[] = [];
  let total = 0;
  const stages = decoders(contentEncoding);
  const collect = async (source: AsyncIterable<Uint8Array>): Promise<void> => {
    // Thrown in here, so that the pipeline ends the connection.
    if (stages === undefined) throw new UpstreamError("garbled", "the reply has an encoding we did not ask for");
    for await (const chunk of source) {
      total += chunk.length;
      if (total > maxBytes) throw new UpstreamError("too-large", `more than ${inUnits(maxBytes)}`);
      chunks.push(chunk);
    }
  };
  await pipeline([body, ...(stages ?? []), collect], { signal });
  return joined(chunks, total);
}

/** Encodings stand in the order in which they were applied. Undefined for one that we do not know. */
function decoders(contentEncoding = ""): Transform[] | undefined {
  const names = contentEncoding
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity");
  const makers = names.toReversed().flatMap((name) => DECODERS[name] ?? []);
  return makers.length === names.length && names.length <= 2 ? makers.map((make) => make()) : undefined;
}

function joined(chunks: readonly Uint8Array[], total: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

const MIB = 1024 * 1024;
const inUnits = (bytes: number): string => (bytes % MIB === 0 ? `${bytes / MIB} MiB` : `${bytes} bytes`);
