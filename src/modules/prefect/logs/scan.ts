// Reads a log from one end, a page at a time, until enough lines are found: those that match, with identical neighbours as one.
import { byteLength } from "../../../core/clip.ts";
import { ToolFailure } from "../../../core/failure.ts";
import type { Log } from "../client/shapes.ts";

/** The server's largest page. */
const PAGE = 200;
/** More lines than this are not looked at in one call: 50 requests, about 7 s. */
export const MAX_SCANNED = 10_000;

export type Shown = {
  readonly timestamp: string;
  readonly level: string;
  readonly message: string;
  readonly task_run_id?: string | undefined;
  /** How many lines in a row were alike, when more than one. */
  readonly repeated?: number;
  readonly repeated_until?: string;
};

export interface Scan {
  /** In the order in which they were read. */
  readonly entries: Shown[];
  /** Lines looked at, shown or not. */
  readonly scanned: number;
  readonly hasMore: boolean;
  readonly stoppedBy?: "limit" | "size" | "scan";
  /** Time of the very first line that was read. */
  readonly first?: string;
}

export interface ScanOptions {
  /** `size` lines from `offset` on. */
  readonly read: (offset: number, size: number) => Promise<Log[]>;
  /** Undefined for a line that is not wanted. */
  readonly show: (log: Log) => Shown | undefined;
  readonly offset: number;
  readonly maxEntries: number;
  readonly maxBytes: number;
}

export async function scanLog({ read, show, offset, maxEntries, maxBytes }: ScanOptions): Promise<Scan> {
  const found = new Entries(maxEntries, maxBytes);
  let scanned = 0;
  let first: string | undefined;
  const end = (stoppedBy?: "limit" | "size" | "scan"): Scan => ({
    entries: found.list,
    scanned,
    hasMore: stoppedBy !== undefined,
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
    ...(first === undefined ? {} : { first }),
  });
  for (let size = PAGE; ;) {
    const page = await readOrShrink(read, offset + scanned, size);
    size = page.size;
    first ??= page.lines[0]?.timestamp;
    for (const log of page.lines) {
      if (scanned >= MAX_SCANNED) return end("scan");
      const shown = show(log);
      const refused = shown === undefined ? undefined : found.add(shown);
      if (refused !== undefined) return end(refused);
      scanned += 1;
    }
    if (page.lines.length < size) return end();
  }
}

/** Lines of megabytes can make a page that no one should hold: then fewer at once. */
async function readOrShrink(read: ScanOptions["read"], offset: number, size: number) {
  for (let wanted = size; ; wanted = Math.ceil(wanted / 10)) {
    try {
      return { lines: await read(offset, wanted), size: wanted };
    } catch (error) {
      if (!(error instanceof ToolFailure && error.kind === "too-large") || wanted === 1) throw error;
    }
  }
}

class Entries {
  readonly list: Shown[] = [];
  readonly #maxEntries: number;
  #bytesLeft: number;

  constructor(maxEntries: number, maxBytes: number) {
    this.#maxEntries = maxEntries;
    this.#bytesLeft = maxBytes;
  }

  /** Why it was not taken; undefined when it was. */
  add(line: Shown): "limit" | "size" | undefined {
    const last = this.list.at(-1);
    if (last !== undefined && isAlike(last, line)) {
      if (last.repeated === undefined) this.#bytesLeft -= REPEATED_BYTES; // the frame has room for one
      this.list[this.list.length - 1] = join(last, line);
      return undefined;
    }
    if (this.list.length >= this.#maxEntries) return "limit";
    const bytes = byteLength(JSON.stringify(line)) + 1;
    if (bytes > this.#bytesLeft && this.list.length > 0) return "size";
    this.#bytesLeft -= bytes;
    this.list.push(line);
    return undefined;
  }
}

/** Of the members that say how often a line came. */
const REPEATED_BYTES = 70;

const isAlike = (a: Shown, b: Shown): boolean =>
  a.message === b.message && a.level === b.level && a.task_run_id === b.task_run_id;

/** The earlier one's time, in whichever order they are read. */
function join(last: Shown, line: Shown): Shown {
  const isForward = last.timestamp <= line.timestamp;
  const until = last.repeated_until ?? last.timestamp;
  return {
    ...last,
    timestamp: isForward ? last.timestamp : line.timestamp,
    repeated: (last.repeated ?? 1) + 1,
    repeated_until: isForward ? line.timestamp : until,
  };
}
