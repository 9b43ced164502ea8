// Bytes of a log to lines, whatever they are: broken UTF-8, CRLF, progress bars, and one line of 50 MB without an end.

/** More of one line is never kept: redaction looks at this much, and 2,000 characters of it are shown. */
const MAX_LINE_CHARS = 64 * 1024;
/** The end of an overlong line may be half a secret that no rule knows; this much of it goes as well. */
const SAFETY_CHARS = 4_096;

const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) ?/;

export interface RawLine {
  readonly text: string;
  /** The kubelet's time of the line, when asked for. */
  readonly at?: string;
  /** Characters at the end that were not kept. */
  readonly cut: number;
}

export class LineReader {
  readonly #decoder = new TextDecoder("utf-8");
  readonly #hasStamps: boolean;
  #open = "";
  #cut = 0;

  /** @param hasStamps every line starts with the kubelet's timestamp, which is taken off */
  constructor(hasStamps: boolean) {
    this.#hasStamps = hasStamps;
  }

  /** The lines that these bytes complete. */
  push(bytes: Uint8Array): RawLine[] {
    return this.#add(this.#decoder.decode(bytes, { stream: true }));
  }

  /** The last line, when it has no end. */
  end(): RawLine[] {
    const lines = this.#add(this.#decoder.decode());
    return this.#open === "" ? lines : [...lines, this.#take()];
  }

  #add(text: string): RawLine[] {
    const parts = text.split("\n");
    const rest = parts.pop() ?? "";
    const lines = parts.map((part) => {
      this.#append(part);
      return this.#take();
    });
    this.#append(rest);
    return lines;
  }

  #append(part: string): void {
    let line = this.#open + part;
    if (line.length > MAX_LINE_CHARS) {
      const shown = lastDrawn(line);
      if (shown.length < line.length) this.#cut = 0; // what was cut has been painted over
      this.#cut += Math.max(0, shown.length - MAX_LINE_CHARS);
      line = shown.slice(0, MAX_LINE_CHARS);
    }
    this.#open = line;
  }

  #take(): RawLine {
    const stamp = this.#hasStamps ? STAMP.exec(this.#open) : null;
    const line = lastDrawn(stamp === null ? this.#open : this.#open.slice(stamp[0].length)).replace(/\r+$/, "");
    const text = this.#cut === 0 ? line : line.slice(0, -SAFETY_CHARS);
    const cut = this.#cut + line.length - text.length;
    this.#open = "";
    this.#cut = 0;
    return { text, cut, ...(stamp?.[1] !== undefined && { at: stamp[1] }) };
  }
}

/** What a terminal would show of a progress line: all after the last carriage return that something follows. */
function lastDrawn(line: string): string {
  let end = line.length;
  while (end > 0 && line[end - 1] === "\r") end -= 1;
  return end === 0 ? line : line.slice(line.lastIndexOf("\r", end - 1) + 1);
}
