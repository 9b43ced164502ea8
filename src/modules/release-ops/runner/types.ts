// What a runner is asked and what it answers. Two of them keep this contract: spawn (everything) and zygote (Python, warm).
import type { JsonObject } from "../../../core/json.ts";

export interface OutputPolicy {
  readonly keepHeadBytes: number;
  readonly keepTailBytes: number;
  /** A program that writes more than this is ended. */
  readonly hardLimitBytes: number;
  readonly stripAnsi: boolean;
}

export interface RunRequest {
  /** An absolute path; what the program finds as argv[0]. */
  readonly exec: string;
  readonly argv: readonly string[];
  /** The whole environment of the program: nothing of the hub's own is added. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly timeoutMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly killGraceMs: number;
  readonly output: OutputPolicy;
  /** One channel for both streams: their exact order, but all of it counts as stdout. For whoever shows text to a reader. */
  readonly merge?: boolean;
  /** Values that become *** in everything that comes out. Shorter than 6 characters they are left alone. */
  readonly secrets: readonly string[];
  /** Each line of either stream, redacted, at most 4 KiB of it, while the program runs. */
  readonly onLine?: (line: string) => void;
  readonly signal: AbortSignal;
  /** Runs in a process that was prepared for this key (zygote with a preload hook; others ignore it). */
  readonly preloadKey?: string;
}

export type RunReason = "exit" | "timeout" | "cancelled" | "output_limit" | "spawn_error";

export interface RunResult {
  readonly reason: RunReason;
  /** Null when a signal ended it, or when the reason is not `exit`. */
  readonly exitCode: number | null;
  /** What ended it, such as SIGKILL. */
  readonly signal: string | null;
  /** Both streams as they arrived: decoded, cleaned, redacted, head and tail with a notice between. */
  readonly output: string;
  /** The same of stdout alone. */
  readonly stdout: string;
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
  readonly truncated: boolean;
  readonly durationMs: number;
  /** Why it could not run, with reason spawn_error. */
  readonly error?: string;
}

export interface Runner {
  /** Never throws for what the program does. */
  run(request: RunRequest): Promise<RunResult>;
  health(): JsonObject;
  /** Ends every running program: TERM, grace, KILL. What is asked afterwards is refused. */
  close(): Promise<void>;
}
