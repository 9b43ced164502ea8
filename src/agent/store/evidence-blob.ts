// Evidence as it lies on the disk: JSON, gzipped; made and read off the event loop.
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { z } from "zod";
import { evidence as evidenceSchema, type Evidence } from "../../core/evidence.ts";
import type { Row } from "./engine.ts";

const zip = promisify(gzip);
const unzip = promisify(gunzip);
/** Far above what is ever collected; a damaged row must not fill the memory. */
const MAX_BYTES = 256 * 1024 * 1024;
const blobRow = z.object({ data: z.instanceof(Uint8Array) });

export const pack = async (evidence: Evidence): Promise<Uint8Array> => await zip(JSON.stringify(evidence));

export async function unpack(row: Row): Promise<Evidence> {
  const json = await unzip(blobRow.parse(row).data, { maxOutputLength: MAX_BYTES });
  return evidenceSchema.parse(JSON.parse(json.toString("utf8")));
}
