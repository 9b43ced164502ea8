// Who ran what: one JSON line before a command starts and one when it has ended, to the log and to the file that the
// catalogue names. Arguments without secrets, or none at all.
import { appendFile, rename, stat } from "node:fs/promises";
import type { Clock } from "../../../core/clock.ts";
import { rfc3339 } from "../../../core/clock.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Log } from "../../../core/log.ts";
import type { Policy } from "../catalog/types.ts";
import { redactText, secretForms } from "../runner/redact-stream.ts";
import type { Plan, RunOptions, RunOutcome } from "./types.ts";

export interface Audit {
  /** Settles when the line is written. */
  intent(runId: string, plan: Plan, options: RunOptions, secrets: readonly string[]): Promise<void>;
  end(runId: string, plan: Plan, options: RunOptions, outcome: RunOutcome): Promise<void>;
  cached(plan: Plan, options: RunOptions, outcome: RunOutcome): Promise<void>;
}

const ROTATE_BYTES = 16 * 1024 * 1024;
const MAX_ERROR_CHARS = 300;

export function createAudit({ file, args }: Policy["audit"], clock: Clock, log: Log): Audit {
  let writing: Promise<void> = Promise.resolve();
  const write = (entry: JsonObject): Promise<void> => {
    log.info({ audit: entry }, "command");
    if (file === undefined) return Promise.resolve();
    const line = `${JSON.stringify(entry)}\n`;
    writing = writing.then(() => append(file, line)).catch((error: unknown) => log.error({ err: error }, "audit file"));
    return writing;
  };
  const head = (
    event: string,
    runId: string,
    plan: Plan,
    { caller, door, callId, client }: RunOptions,
  ): JsonObject => ({
    ts: rfc3339(clock.now()),
    event,
    run_id: runId,
    ...(callId === undefined ? {} : { call_id: callId }),
    caller: caller ?? "hub",
    door: door ?? "internal",
    ...(client === undefined ? {} : { client }),
    tool: plan.tool,
    program: plan.program.name,
    risk: plan.risk,
  });
  return {
    intent(runId, plan, options, secrets) {
      const forms = secretForms(secrets);
      const shown = args === "none" ? {} : { argv: plan.argv.map((word) => redactText(word, forms)) };
      return write({ ...head("start", runId, plan, options), ...shown });
    },
    end: (runId, plan, options, outcome) => write({ ...head("end", runId, plan, options), ...factsOf(outcome) }),
    cached: (plan, options, outcome) =>
      write({ ...head("cached", outcome.facts.run_id, plan, options), cached: true, ok: outcome.ok }),
  };
}

function factsOf({ ok, facts, note }: RunOutcome): JsonObject {
  const { exit_code, signal, reason, verdict, duration_ms, queue_ms, stdout_bytes, stderr_bytes } = facts;
  return {
    ok,
    exit: exit_code,
    signal,
    reason,
    verdict,
    ms: duration_ms,
    queue_ms,
    bytes: stdout_bytes + stderr_bytes,
    cached: false,
    ...(note === undefined ? {} : { error: note.slice(0, MAX_ERROR_CHARS) }),
  };
}

/** One older file is kept beside it. */
async function append(file: string, line: string): Promise<void> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size > ROTATE_BYTES) await rename(file, `${file}.1`);
  await appendFile(file, line, { mode: 0o600 });
}
