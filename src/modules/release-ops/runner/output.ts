// What a program writes, on its way to the caller: cleaned, redacted, cut to head and tail, told line by line. It always
// takes everything, so the program never blocks on a full pipe.
import { createHash } from "node:crypto";
import { createCleaner } from "./clean.ts";
import { createStreamRedactor, redactText, secretForms } from "./redact-stream.ts";
import { createRing } from "./ring.ts";
import type { RunRequest, RunResult } from "./types.ts";

export type StreamName = "stdout" | "stderr";
export type Captured = Pick<RunResult, "output" | "stdout" | "stdoutBytes" | "stderrBytes" | "truncated">;

export interface Capture {
  write(stream: StreamName, chunk: Uint8Array): void;
  end(): Captured;
}

/** Above this share of bytes that are no text, the output is a number and a digest. */
const MAX_UNDECODABLE = 0.3;
const MAX_LINE_CHARS = 4096;

type CaptureRequest = Pick<RunRequest, "output" | "secrets" | "onLine" | "merge">;

export function createCapture({ output, secrets, onLine, merge }: CaptureRequest, onLimit: () => void): Capture {
  const forms = secretForms(secrets);
  const both = createPlace(output);
  const alone = merge === true ? both : createPlace(output); // merged, stdout is all there is
  let total = 0;
  const open = (...places: Place[]): Stream =>
    createStream(output.stripAnsi, forms, [...new Set(places)], createLines(onLine));
  const streams: Record<StreamName, Stream> = { stdout: open(both, alone), stderr: open(both) };

  return {
    write(name, chunk) {
      const room = output.hardLimitBytes - total;
      total += chunk.length;
      if (room > 0) streams[name].push(chunk.subarray(0, room));
      if (total > output.hardLimitBytes) onLimit();
    },
    end() {
      const { stdout, stderr } = streams;
      stdout.end();
      stderr.end();
      // Once more over the whole: two streams may have put the halves of a secret side by side.
      const all = redactText(both.text(stdout.undecodable() + stderr.undecodable()), forms);
      return {
        output: all,
        stdout: alone === both ? all : alone.text(stdout.undecodable()),
        stdoutBytes: stdout.bytes(),
        stderrBytes: stderr.bytes(),
        truncated: both.ring.cut || total > output.hardLimitBytes,
      };
    },
  };
}

type Place = ReturnType<typeof createPlace>;

function createPlace({ keepHeadBytes, keepTailBytes }: RunRequest["output"]) {
  const ring = createRing(keepHeadBytes, keepTailBytes);
  const hash = createHash("sha256");
  let bytes = 0;
  return {
    ring,
    count(chunk: Uint8Array): void {
      hash.update(chunk);
      bytes += chunk.length;
    },
    text(undecodable: number): string {
      if (undecodable <= bytes * MAX_UNDECODABLE) return ring.text();
      return `[binary output: ${bytes} bytes, sha256 ${hash.digest("hex")}]`;
    },
  };
}

interface Stream {
  push(chunk: Uint8Array): void;
  end(): void;
  bytes(): number;
  undecodable(): number;
}

function createStream(stripAnsi: boolean, forms: readonly string[], places: readonly Place[], lines: Lines): Stream {
  const cleaner = createCleaner(stripAnsi);
  const redactor = createStreamRedactor(forms);
  let bytes = 0;
  const give = (text: string): void => {
    if (text === "") return;
    for (const place of places) place.ring.push(text);
    lines.push(text);
  };
  return {
    push(chunk) {
      bytes += chunk.length;
      for (const place of places) place.count(chunk);
      give(redactor.push(cleaner.push(chunk)));
    },
    end() {
      give(redactor.push(cleaner.end()));
      give(redactor.end());
      lines.end();
    },
    bytes: () => bytes,
    undecodable: () => cleaner.undecodable,
  };
}

interface Lines {
  push(text: string): void;
  end(): void;
}

function createLines(onLine: ((line: string) => void) | undefined): Lines {
  if (onLine === undefined) return { push: () => {}, end: () => {} };
  let open = "";
  return {
    push(text) {
      const lines = text.split("\n");
      const last = lines.pop() ?? "";
      for (const line of lines) {
        onLine((open + line).slice(0, MAX_LINE_CHARS));
        open = "";
      }
      open = (open + last).slice(0, MAX_LINE_CHARS);
    },
    end() {
      if (open !== "") onLine(open);
      open = "";
    },
  };
}
