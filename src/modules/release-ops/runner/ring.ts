// The head and the tail of a text of any length, and a notice of what went between.

export interface Ring {
  push(text: string): void;
  readonly cut: boolean;
  text(): string;
}

/** Small pieces are joined up to this, so that a program that writes byte by byte costs no object per byte. */
const PIECE_BYTES = 4096;

export function createRing(headBytes: number, tailBytes: number): Ring {
  const head: Buffer[] = [];
  const tail: Buffer[] = [];
  let inHead = 0;
  let inTail = 0;
  let total = 0;

  const keepTail = (bytes: Buffer): void => {
    append(tail, bytes);
    inTail += bytes.length;
    for (let first = tail[0]; first !== undefined && inTail - first.length >= tailBytes; first = tail[0]) {
      tail.shift();
      inTail -= first.length;
    }
  };
  return {
    push(text) {
      const bytes = Buffer.from(text);
      total += bytes.length;
      const room = Math.min(headBytes - inHead, bytes.length);
      if (room > 0) append(head, bytes.subarray(0, room));
      inHead += room;
      if (room < bytes.length) keepTail(bytes.subarray(room));
    },
    get cut() {
      return total > inHead + Math.min(inTail, tailBytes);
    },
    text() {
      const last = Buffer.concat(tail);
      if (total === inHead + last.length && last.length <= tailBytes) return Buffer.concat([...head, last]).toString();
      const first = wholeEnd(Buffer.concat(head));
      const rest = wholeStart(last.subarray(Math.max(0, last.length - tailBytes)));
      const left = total - first.length - rest.length;
      return `${first.toString()}\n[... ${left} of ${total} bytes left out here ...]\n${rest.toString()}`;
    },
  };
}

function append(pieces: Buffer[], bytes: Buffer): void {
  const last = pieces.at(-1);
  if (last !== undefined && last.length + bytes.length <= PIECE_BYTES)
    pieces[pieces.length - 1] = Buffer.concat([last, bytes]);
  else pieces.push(bytes);
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
