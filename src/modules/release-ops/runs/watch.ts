// Reads a command's output while it runs for what its exit code hides: lines that mean failure, and the verdict of a task.
// Line by line, so that the part which is cut from a long output counts too.
import type { ToolSpec } from "../catalog/types.ts";

export interface Watched {
  readonly failed: boolean;
  /** The last one said. */
  readonly verdict: string | undefined;
}

export interface Watch extends Watched {
  onLine(line: string): void;
}

/** Undefined when there is nothing to look for. */
export function createWatch({ failOn, verdict }: ToolSpec["success"]): Watch | undefined {
  if (failOn.length === 0 && verdict === undefined) return undefined;
  const seen = { failed: false, verdict: undefined as string | undefined };
  return {
    onLine(line) {
      seen.failed ||= failOn.some((pattern) => pattern.find(line) !== undefined);
      seen.verdict = verdict?.find(line)?.at(-1) ?? seen.verdict;
    },
    get failed() {
      return seen.failed;
    },
    get verdict() {
      return seen.verdict;
    },
  };
}
