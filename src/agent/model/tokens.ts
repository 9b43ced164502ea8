// How many tokens a text takes. Tokenisers differ from model to model, so it is estimated, and corrected by what the model counted.
import { byteLength } from "../../core/clip.ts";

const BYTES_PER_TOKEN = 3.2;
const MARGIN = 1.15;
/** Of the estimate: a count beyond these is the server's mistake. */
const LEAST = 0.5;
const MOST = 2;
const FIRST_REPLIES = 0.3; // weight of a new count

export class TokenMeter {
  #factor = 1;

  count(text: string): number {
    return Math.ceil((byteLength(text) / BYTES_PER_TOKEN) * MARGIN * this.#factor);
  }

  /** How many bytes of text fit into so many tokens. */
  bytesFor(tokens: number): number {
    return Math.max(0, Math.floor((tokens * BYTES_PER_TOKEN) / (MARGIN * this.#factor)));
  }

  /** `counted` is what the model says that text of `bytes` took. */
  correct(bytes: number, counted: number): void {
    if (bytes <= 0 || counted <= 0) return;
    const seen = Math.min(MOST, Math.max(LEAST, counted / (bytes / BYTES_PER_TOKEN)));
    this.#factor += FIRST_REPLIES * (seen - this.#factor);
  }
}

/** Divides room fairly: whoever needs less than an equal share gets all, and leaves the rest to the others. */
export function fairShares(needs: readonly number[], room: number): number[] {
  const shares = needs.map(() => 0);
  const byNeed = [...needs.entries()].sort(([, a], [, b]) => a - b);
  let left = Math.max(0, room);
  for (const [rank, [at, need]] of byNeed.entries()) {
    const share = Math.min(need, Math.floor(left / (needs.length - rank)));
    shares[at] = share;
    left -= share;
  }
  return shares;
}
