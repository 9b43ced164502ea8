// The first and the last lines of a stream within fixed memory, and an exact account of those between.
import { byteLength } from "../clip.ts";
import type { Kept } from "../log-excerpt/index.ts";

export interface RingLimits {
  readonly headBytes: number;
  readonly tailBytes: number;
  readonly tailLines: number;
}

export class Ring {
  readonly #limits: RingLimits;
  readonly #head: string[] = [];
  #headRoom: number;
  #tail: string[] = [];
  #first = 0; // tail[first] is the oldest line kept: shift() on a long array is slow
  #tailBytes = 0;
  #lines = 0;
  #bytes = 0;

  constructor(limits: RingLimits) {
    this.#limits = limits;
    this.#headRoom = limits.headBytes;
  }

  push(line: string): void {
    const own = Buffer.from(line); // a line cut out of a chunk would hold the whole chunk's text in memory
    const bytes = own.length + 1;
    if (bytes <= this.#headRoom) {
      this.#headRoom -= bytes;
      this.#head.push(own.toString());
      return;
    }
    this.#headRoom = 0; // the head ends here: a later, shorter line would leave a hole
    this.#tail.push(own.toString());
    this.#tailBytes += bytes;
    while (this.#tailBytes > this.#limits.tailBytes || this.#tail.length - this.#first > this.#limits.tailLines) {
      this.#drop();
    }
  }

  kept(): Kept {
    return {
      head: this.#head,
      tail: this.#tail.slice(this.#first),
      dropped: { lines: this.#lines, bytes: this.#bytes },
    };
  }

  #drop(): void {
    const bytes = byteLength(this.#tail[this.#first] ?? "") + 1;
    this.#tail[this.#first] = "";
    this.#first += 1;
    this.#tailBytes -= bytes;
    this.#lines += 1;
    this.#bytes += bytes;
    if (this.#first > 1_024 && this.#first * 2 > this.#tail.length) {
      this.#tail = this.#tail.slice(this.#first);
      this.#first = 0;
    }
  }
}
