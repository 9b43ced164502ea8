// One call of a command, from what is asked (a plan) to what came of it (an outcome). Tools, cache and jobs all speak of these.
import type { JsonObject } from "../../../core/json.ts";
import type { OutputLimits, Preflight, Program, Risk, ToolSpec } from "../catalog/types.ts";
import type { RunReason } from "../runner/types.ts";
import type { Asker } from "./asker.ts";

/** A command that has been checked and could start. */
export interface Plan {
  /** The tool's name. */
  readonly tool: string;
  readonly program: Program;
  readonly argv: readonly string[];
  readonly risk: Risk;
  readonly effects: readonly string[];
  /** The parameter and the value that confirm it, where the policy asks for that. */
  readonly confirm: { readonly param: string; readonly value: string; readonly given: string | undefined };
  /** Commands with the same key never run at the same time. */
  readonly lock: string | undefined;
  readonly preflight: readonly Preflight[];
  /** False: runs without the credentials that the program needs for its work, such as for its help. */
  readonly needsEnv: boolean;
  readonly result: ToolSpec["result"];
  readonly success: ToolSpec["success"];
  readonly timeoutMs: number;
  readonly killGraceMs: number;
  readonly cwd: string | undefined;
  readonly output: OutputLimits;
  /** Values of secret parameters. */
  readonly secrets: readonly string[];
  readonly preloadKey: string | undefined;
  /** What a success makes stale; without a value, the whole store. */
  readonly invalidates: readonly { readonly store: string; readonly param?: string; readonly value?: string }[];
}

export interface RunOptions extends Partial<Asker> {
  readonly signal: AbortSignal;
  /** Each line of the output, redacted. */
  readonly onLine?: (line: string) => void;
}

/** What structuredContent says of a run. */
export interface RunFacts extends JsonObject {
  run_id: string;
  ok: boolean;
  exit_code: number | null;
  signal: string | null;
  reason: RunReason | "fail_on";
  verdict: string | null;
  duration_ms: number;
  stdout_bytes: number;
  stderr_bytes: number;
  truncated: boolean;
  cached: boolean;
  age_s: number;
  queue_ms: number;
}

export interface RunOutcome {
  readonly ok: boolean;
  readonly facts: RunFacts;
  /** The number of the ✗ line: as in the seed, -1 when it did not end by itself and -N for signal N. */
  readonly code: number;
  /** What the command wrote, trimmed; of a JSON tool, its JSON text. */
  readonly output: string;
  /** What stands before the output of a failure that the output does not explain. */
  readonly note: string | undefined;
  /** Of a JSON tool. */
  readonly data: unknown;
}

export type StartRun = (
  spec: ToolSpec,
  input: Readonly<Record<string, unknown>>,
  options: RunOptions,
) => Promise<RunOutcome>;
