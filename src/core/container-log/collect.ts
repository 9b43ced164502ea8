// One log from bytes to text: read, clean, redact, grep, fold, keep the first and last lines, fit. Memory is bounded
// whatever comes: about 2.5 MiB of lines, however long the log is.
import { setImmediate } from "node:timers/promises";
import { fitLines } from "../log-excerpt/index.ts";
import { createRedactor, type Redactor } from "../redact.ts";
import { cleanLine } from "./clean.ts";
import { createFold } from "./fold.ts";
import { createGrep } from "./grep.ts";
import { LineReader, type RawLine } from "./line-reader.ts";
import { Ring } from "./ring.ts";

export interface CollectOptions {
  /** Of UTF-8, for the whole text with its notices. */
  readonly maxBytes: number;
  /** Only the last lines, after grep. All by default. */
  readonly tailLines?: number;
  /** RE2; only lines that match, with `before` and `after` lines around each. */
  readonly grep?: string;
  readonly before?: number;
  readonly after?: number;
  /** Each line starts with the kubelet's timestamp (`timestamps=true`): it is taken off, and told as first_at and last_at. */
  readonly timestamps?: boolean;
  /** Reading ends here. 64 MiB by default. */
  readonly maxReadBytes?: number;
  /** One for the whole hub, so that a secret has the same tag everywhere. */
  readonly redactor?: Redactor;
  readonly signal: AbortSignal;
}

export interface CollectedLog {
  readonly text: string;
  /** Lines read. */
  readonly lines_total: number;
  /** Lines in the text; a line that repeats is one, and so is the "--" between groups of grep. */
  readonly lines_returned: number;
  /** Lines that matched, when asked with grep. */
  readonly lines_matched?: number;
  readonly bytes_total: number;
  /** Something that was asked for is not in the text: lines dropped, lines cut, or reading ended early. */
  readonly truncated: boolean;
  /** Lines (and their bytes) that the text leaves out; it says where. */
  readonly dropped?: { readonly lines: number; readonly bytes: number };
  /** Lines of which only the start is shown. */
  readonly lines_cut?: number;
  /** Reading ended at maxReadBytes: newer lines were not seen. Ask again for fewer lines. */
  readonly read_stopped?: true;
  readonly first_at?: string;
  readonly last_at?: string;
  /** Secrets taken out. */
  readonly redacted: number;
  readonly redactions: Readonly<Record<string, number>>;
  /** The kubelet's words when it has no log, though it answered 200. The text is empty then. */
  readonly unavailable?: string;
}

const MIB = 1024 * 1024;
const MAX_READ_BYTES = 64 * MIB;
const HEAD_BYTES = MIB / 4;
const TAIL_BYTES = 2 * MIB;
const MAX_LINES = 20_000;
const MAX_LINE_CHARS = 2_000;
/** Lets the event loop turn between slices, even if all the bytes are there already. */
const SLICE_BYTES = 64 * 1024;

const UNAVAILABLE = /^(?:unable to retrieve container logs for |failed to try resolving symlinks in path )/;

/**
 * @throws ToolFailure invalid, for a pattern that is not RE2
 * @throws the signal's reason when it is aborted, and what the source throws
 */
export async function collectLog(source: AsyncIterable<Uint8Array>, options: CollectOptions): Promise<CollectedLog> {
  const lines = new Lines(options);
  const reader = new LineReader(options.timestamps ?? false);
  const maxReadBytes = options.maxReadBytes ?? MAX_READ_BYTES;
  let bytes = 0;
  let isStopped = false;
  reading: for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
      options.signal.throwIfAborted();
      const slice = chunk.subarray(at, Math.min(at + SLICE_BYTES, at + maxReadBytes - bytes));
      bytes += slice.length;
      for (const line of reader.push(slice)) lines.push(line);
      isStopped = bytes >= maxReadBytes;
      if (isStopped) break reading;
      await setImmediate();
    }
  }
  options.signal.throwIfAborted();
  for (const line of reader.end()) lines.push(line);
  return { ...lines.end(), bytes_total: bytes, ...(isStopped && { truncated: true, read_stopped: true }) };
}

class Lines {
  readonly #options: CollectOptions;
  readonly #redactor;
  readonly #grep;
  readonly #fold = createFold();
  readonly #ring: Ring;
  #total = 0;
  #cut = 0;
  #first: string | undefined;
  #firstAt: string | undefined;
  #lastAt: string | undefined;

  constructor(options: CollectOptions) {
    const { grep, before = 0, after = 0, tailLines } = options;
    this.#options = options;
    this.#redactor = (options.redactor ?? createRedactor()).lines();
    this.#grep = grep === undefined || grep === "" ? undefined : createGrep(grep, { before, after });
    this.#ring = new Ring({
      headBytes: tailLines === undefined ? HEAD_BYTES : 0,
      tailBytes: TAIL_BYTES,
      tailLines: Math.min(tailLines ?? MAX_LINES, MAX_LINES),
    });
  }

  push({ text, cut, at }: RawLine): void {
    this.#total += 1;
    this.#firstAt ??= at;
    this.#lastAt = at ?? this.#lastAt;
    if (this.#total === 1) this.#first = text;
    if (cut > 0) this.#cut += 1;
    this.#pass(this.#redactor.push(cleanLine(text) + (cut > 0 ? cutNote(cut) : "")));
  }

  end(): Omit<CollectedLog, "bytes_total"> {
    this.#pass(this.#redactor.end());
    for (const line of this.#fold.end()) this.#ring.push(line);
    const unavailable = this.#total === 1 && UNAVAILABLE.test(this.#first ?? "") ? this.#first : undefined;
    const fitted = fitLines(this.#ring.kept(), this.#options.maxBytes);
    const { text, lines, dropped } =
      unavailable === undefined ? fitted : { text: "", lines: 0, dropped: { lines: 0, bytes: 0 } };
    return {
      text,
      lines_total: this.#total,
      lines_returned: lines,
      ...(this.#grep && { lines_matched: this.#grep.matched }),
      truncated: dropped.lines > 0 || this.#cut > 0,
      ...(dropped.lines > 0 && { dropped }),
      ...(this.#cut > 0 && { lines_cut: this.#cut }),
      ...(this.#firstAt !== undefined && { first_at: this.#firstAt }),
      ...(this.#lastAt !== undefined && { last_at: this.#lastAt }),
      redacted: this.#redactor.total,
      redactions: this.#redactor.counts,
      ...(unavailable !== undefined && { unavailable }),
    };
  }

  #pass(lines: readonly string[]): void {
    for (const line of lines) {
      for (const shown of this.#grep?.push(line) ?? [line]) {
        for (const folded of this.#fold.push(this.#clip(shown))) this.#ring.push(folded);
      }
    }
  }

  #clip(line: string): string {
    if (line.length <= MAX_LINE_CHARS) return line;
    const [note = "", cutBefore] = CUT_NOTE.exec(line.slice(-CUT_NOTE_CHARS)) ?? [];
    if (cutBefore === undefined) this.#cut += 1;
    const cut = line.length - note.length - MAX_LINE_CHARS + Number(cutBefore ?? 0);
    return line.slice(0, MAX_LINE_CHARS).replace(/[\ud800-\udbff]$/, "") + cutNote(Math.max(cut, 0));
  }
}

const CUT_NOTE = / \[\.\.\. (\d+) characters cut\]$/;
const CUT_NOTE_CHARS = 48;
const cutNote = (characters: number): string => ` [... ${characters} characters cut]`;
