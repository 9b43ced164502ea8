// The head and the tail of a text of any length, and a notice of what went between.

export interface Ring {
  push(text: string): void;
  readonly cut: boolean;
  text(): string;
}

/** What passes through stays the text it came as: a copy of every byte would be memory that only a collection gives back. */
interface Piece {
  readonly data: string | Buffer;
  readonly bytes: number;
}

/** Small pieces are joined up to this, so that a program that writes byte by byte costs no object per byte. */
const PIECE_BYTES = 4096;

export function createRing(headBytes: number, tailBytes: number): Ring {
  const head: Piece[] = [];
  const tail: Piece[] = [];
  let inHead = 0;
  let inTail = 0;
  let total = 0;

  const keepTail = (piece: Piece): void => {
    append(tail, piece);
    inTail += piece.bytes;
    for (let first = tail[0]; first !== undefined && inTail - first.bytes >= tailBytes; first = tail[0]) {
      tail.shift();
      inTail -= first.bytes;
    }
  };
  return {
    push(text) {
      const bytes = Buffer.byteLength(text);
      total += bytes;
      const room = Math.min(headBytes - inHead, bytes);
      inHead += room;
      if (room === bytes) append(head, { data: text, bytes });
      else if (room === 0) keepTail({ data: text, bytes });
      else {
        const both = Buffer.from(text);
        append(head, pieceOf(both.subarray(0, room)));
        keepTail(pieceOf(both.subarray(room)));
      }
    },
    get cut() {
      return total > inHead + Math.min(inTail, tailBytes);
    },
    text() {
      const last = join(tail);
      if (total === inHead + last.length && last.length <= tailBytes)
        return Buffer.concat([join(head), last]).toString();
      const first = wholeEnd(join(head));
      const rest = wholeStart(last.subarray(Math.max(0, last.length - tailBytes)));
      const left = total - first.length - rest.length;
      return `${first.toString()}\n[... ${left} of ${total} bytes left out here ...]\n${rest.toString()}`;
    },
  };
}

const pieceOf = (data: Buffer): Piece => ({ data, bytes: data.length });

const join = (pieces: readonly Piece[]): Buffer =>
  Buffer.concat(pieces.map(({ data }) => (typeof data === "string" ? Buffer.from(data) : data)));

function append(pieces: Piece[], piece: Piece): void {
  const last = pieces.at(-1);
  if (last !== undefined && last.bytes + piece.bytes <= PIECE_BYTES)
    pieces[pieces.length - 1] = pieceOf(join([last, piece]));
  else pieces.push(piece);
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** Without the half character that a cut left at the start. */
function wholeStart(bytes: Buffer): Buffer {
  let at = 0;
  while (at < 3 && isContinuation(bytes[at])) at += 1;
  return bytes.subarray(at);
}

/** The same at the end: TextDecoder in stream mode would keep it back, so the length tells. */
function wholeEnd(bytes: Buffer): Buffer {
  let at = bytes.length;
  while (at > 0 && at > bytes.length - 4 && isContinuation(bytes[at - 1])) at -= 1;
  const lead = bytes[at - 1];
  if (lead === undefined || lead < 0xc0) return bytes;
  const needed = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  return bytes.length - (at - 1) < needed ? bytes.subarray(0, at - 1) : bytes;
}
