// A child's standard error in our log: line by line, redacted, and not more than a person would read.
import type { Log } from "../../core/log.ts";
import { oneLine } from "../../core/clip.ts";
import type { Redactor } from "../../core/redact.ts";

const MAX_LINE = 500;
/** Of one life of the child; what comes after is not kept. */
const MAX_LINES = 1_000;

export function logStderr(log: Log, redactor: Redactor): (chunk: Buffer) => void {
  let open = "";
  let lines = 0;
  return (chunk) => {
    if (lines > MAX_LINES) return;
    const parts = (open + chunk.toString("utf8")).split("\n");
    open = (parts.pop() ?? "").slice(0, MAX_LINE * 2);
    for (const line of parts.filter((part) => part.trim() !== "")) {
      lines += 1;
      if (lines > MAX_LINES)
        return log.warn(`the server has written ${MAX_LINES} lines of errors; the rest is not kept`);
      log.info({ stderr: oneLine(redactor.redact(line.slice(0, MAX_LINE * 4)).text, MAX_LINE) }, "the server says");
    }
  };
}
