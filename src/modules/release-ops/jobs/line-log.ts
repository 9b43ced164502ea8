// The last lines of a job, numbered from its first: a ring of so many bytes that says how much it has dropped.
import { byteLength } from "../../../core/clip.ts";

export interface Page {
  readonly lines: readonly string[];
  /** Number of the first line here; 0 when there is none. */
  readonly first: number;
  /** Number of the last line here; ask for what comes after it. */
  readonly last: number;
  /** Lines that the job has written so far. */
  readonly total: number;
  /** Of these, the oldest ones that are gone. */
  readonly dropped: number;
}

export interface Reading {
  /** Lines after this one; undefined: the newest. */
  readonly since: number | undefined;
  readonly maxLines: number;
  readonly maxBytes: number;
}

export class LineLog {
  readonly #maxBytes: number;
  #lines: string[] = [];
  /** Where the first kept line stands in the array: shifting it each time would be slow. */
  #start = 0;
  #dropped = 0;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get total(): number {
    return this.#dropped + this.#lines.length - this.#start;
  }

  get dropped(): number {
    return this.#dropped;
  }

  push(line: string): void {
    this.#lines.push(line);
    this.#bytes += cost(line);
    while (this.#bytes > this.#maxBytes) this.#dropFirst();
  }

  /** Gives the memory back; the numbers stay. */
  clear(): void {
    this.#dropped = this.total;
    this.#lines = [];
    this.#start = 0;
    this.#bytes = 0;
  }

  read({ since, maxLines, maxBytes }: Reading): Page {
    const kept = this.#lines.length - this.#start;
    const fits = fitting(maxLines, maxBytes);
    let [from, to] = [kept, kept];
    if (since === undefined) {
      while (from > 0 && fits(this.#line(from - 1))) from -= 1;
    } else {
      from = Math.min(Math.max(since - this.#dropped, 0), kept);
      for (to = from; to < kept && fits(this.#line(to));) to += 1;
    }
    const lines = this.#lines.slice(this.#start + from, this.#start + to);
    const first = lines.length === 0 ? 0 : this.#dropped + from + 1;
    return { lines, first, last: this.#dropped + to, total: this.total, dropped: this.#dropped };
  }

  #line(index: number): string {
    return this.#lines[this.#start + index] ?? "";
  }

  #dropFirst(): void {
    this.#bytes -= cost(this.#line(0));
    this.#start += 1;
    this.#dropped += 1;
    if (this.#start < 1024 || this.#start * 2 < this.#lines.length) return;
    this.#lines = this.#lines.slice(this.#start);
    this.#start = 0;
  }
}

const cost = (line: string): number => byteLength(line) + 1;

/** Takes lines as long as they fit; the first one always. */
function fitting(maxLines: number, maxBytes: number): (line: string) => boolean {
  let [lines, bytes] = [0, 0];
  return (line) => {
    bytes += cost(line) + 8; // its number and the blank after it
    lines += 1;
    return lines <= maxLines && (bytes <= maxBytes || lines === 1);
  };
}
