// Where lines go: standard output, or a file that is closed when it is large enough. A sink that cannot write says so in the
// log, counts what is lost, and tries again.
import { open } from "node:fs/promises";
import { createStream, type RotatingFileStream } from "rotating-file-stream";
import type { Clock } from "../core/clock.ts";
import { ConfigError } from "../core/config-error.ts";
import type { Log } from "../core/log.ts";
import { messageOf } from "../core/words.ts";

export interface Sink {
  write(line: string): void;
  close(): Promise<void>;
}

/** As process.stdout has it. */
export interface Output {
  write(text: string): unknown;
  readonly writableLength: number;
}

/** What waits to be written may grow to this; further lines are lost. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
const RETRY_MS = 10_000;
const FILES = 10;
const OWNER_ONLY = 0o600;

export class OutputSink implements Sink {
  readonly #output: Output;
  readonly #gap: Gap;

  constructor(output: Output, log: Log, clock: Clock) {
    this.#output = output;
    this.#gap = new Gap(log, clock);
  }

  write(line: string): void {
    if (this.#output.writableLength > MAX_WAITING_BYTES) return this.#gap.lose("nobody reads standard output");
    this.#output.write(this.#gap.close() + line);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export interface FileOptions {
  readonly path: string;
  /** Of one file, in the library's words: `64M`. */
  readonly size: string;
  readonly log: Log;
  readonly clock: Clock;
}

/** @throws ConfigError when the file cannot be opened */
export async function openFile(options: FileOptions): Promise<Sink> {
  try {
    const file = await open(options.path, "a", OWNER_ONLY);
    const isFile = (await file.stat()).isFile();
    await file.close();
    if (!isFile) throw new Error(`${options.path} is no file`);
  } catch (error) {
    throw new ConfigError([`AUDIT_LOG cannot be written: ${messageOf(error)}`]);
  }
  return new FileSink(options);
}

class FileSink implements Sink {
  readonly #options: FileOptions;
  readonly #gap: Gap;
  #stream: RotatingFileStream | undefined;
  #failedAt = -Infinity;
  #closed: Promise<void> | undefined;

  constructor(options: FileOptions) {
    this.#options = options;
    this.#gap = new Gap(options.log, options.clock);
    this.#stream = this.#open();
  }

  write(line: string): void {
    if (this.#stream === undefined && this.#options.clock.now() - this.#failedAt >= RETRY_MS)
      this.#stream = this.#open();
    const stream = this.#stream;
    if (stream === undefined) return this.#gap.lose("the file cannot be written");
    if (stream.writableLength > MAX_WAITING_BYTES) return this.#gap.lose("the disk is too slow");
    stream.write(this.#gap.close() + line, (error) => {
      if (error) this.#gap.lose(messageOf(error));
    });
  }

  /** A client that leaves and a signal may both want it. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  #end(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stream = this.#stream;
    if (stream === undefined) resolve();
    else stream.once("close", resolve).end();
    return promise;
  }

  #open(): RotatingFileStream {
    const { path, size } = this.#options;
    const name = (index: number | Date | null) => (index === null || index === 0 ? path : `${path}.${String(index)}`);
    const stream = createStream(name, { size, rotate: FILES - 1, mode: OWNER_ONLY });
    stream.on("error", (error) => {
      if (this.#stream === stream) this.#stream = undefined;
      this.#failedAt = this.#options.clock.now();
      this.#gap.lose(messageOf(error), 0);
    });
    return stream;
  }
}

/** Lines that were lost: told once in the log, and once in the audit itself when it goes on. */
class Gap {
  readonly #log: Log;
  readonly #clock: Clock;
  #lost = 0;
  #isTold = false;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  lose(why: string, lines = 1): void {
    this.#lost += lines;
    if (!this.#isTold) this.#log.error({ why }, "the audit cannot be written; calls go on, and lines are lost");
    this.#isTold = true;
  }

  /** The line that tells of it; after a broken one it must begin anew. */
  close(): string {
    if (!this.#isTold) return "";
    const line = { time: new Date(this.#clock.now()).toISOString(), event: "gap", lines: this.#lost };
    this.#log.warn({ lines: this.#lost }, "the audit is written again");
    this.#lost = 0;
    this.#isTold = false;
    return `\n${JSON.stringify(line)}\n`;
  }
}
