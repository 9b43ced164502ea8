// What came of a run, in the seed's words and ours: exit 0 is a success only when nothing in the output says otherwise.
import { constants } from "node:os";
import { isObject } from "../../../core/json.ts";
import type { RunResult } from "../runner/types.ts";
import { pythonJson } from "./python-json.ts";
import type { Plan, RunFacts, RunOutcome } from "./types.ts";
import type { Watched } from "./watch.ts";

export interface RunMeta {
  readonly runId: string;
  readonly queueMs: number;
}

export function outcomeOf(plan: Plan, result: RunResult, watched: Watched, meta: RunMeta): RunOutcome {
  const ended = result.reason === "exit" && plan.success.exit.includes(result.exitCode ?? -1);
  const note = noteOf(plan, result);
  const json = plan.result === "json" ? readJson(result) : undefined;
  const doubt = watched.failed || (json !== undefined && !json.ok);
  const ok = ended && !doubt;
  const facts: RunFacts = {
    run_id: meta.runId,
    ok,
    exit_code: result.exitCode,
    signal: result.signal,
    reason: ended && doubt ? "fail_on" : result.reason,
    verdict: watched.verdict ?? null,
    duration_ms: Math.round(result.durationMs),
    stdout_bytes: result.stdoutBytes,
    stderr_bytes: result.stderrBytes,
    truncated: result.truncated,
    cached: false,
    age_s: 0,
    queue_ms: Math.round(meta.queueMs),
  };
  const code = codeOf(result);
  if (json === undefined) return { ok, facts, code, output: result.output.trim(), note, data: undefined };
  if (json.data !== undefined) return { ok, facts, code, output: json.text, note, data: json.data };
  const error = note ?? (lastWords(result.output) || "Unknown error");
  const data = { success: false, error: ended ? `the command printed no JSON: ${error}` : error, exit_code: code };
  return { ok: false, facts, code, output: pythonJson(data), note, data };
}

/** The whole answer, as the seed gives it. */
export function seedText({ ok, code, note, output }: Pick<RunOutcome, "ok" | "code" | "note" | "output">): string {
  if (ok) return output === "" ? OK_LINE : `${OK_LINE}\n\n${output}`;
  const said = [note ?? "", output].filter((part) => part !== "").join("\n\n");
  return `✗ Command failed (exit code ${code})\n\n${said || "Unknown error"}`;
}

const OK_LINE = "✓ Command succeeded";

/** As Python's subprocess says it: -N for signal N; -1 for what did not end by itself. */
function codeOf({ reason, exitCode, signal }: RunResult): number {
  if (reason !== "exit") return -1;
  if (signal === null) return exitCode ?? -1;
  const numbers: Readonly<Record<string, number>> = constants.signals;
  return -(numbers[signal] ?? 1);
}

function noteOf({ timeoutMs, output }: Plan, { reason, error }: RunResult): string | undefined {
  switch (reason) {
    case "timeout":
      return `Command timed out after ${timeoutMs / 1000} seconds`;
    case "spawn_error":
      return error ?? "the command did not start";
    case "output_limit":
      return `Command was ended: it wrote more than ${output.hardLimitBytes} bytes`;
    case "cancelled":
      return "Command was cancelled";
    case "exit":
      return undefined;
  }
}

/** A tool that prints JSON says in it whether it went well. */
function readJson({ stdout, truncated }: RunResult): { ok: boolean; text: string; data: unknown } {
  const text = stdout.trim();
  if (truncated || text === "") return { ok: false, text, data: undefined };
  try {
    const data: unknown = JSON.parse(text);
    const isFailure = isObject(data) && ((data["error"] ?? false) !== false || data["success"] === false);
    return { ok: !isFailure, text, data };
  } catch {
    return { ok: false, text, data: undefined };
  }
}

const lastWords = (output: string): string => output.trim().slice(-2_000);
