// A new job as it is shown and stored: what was asked, without its secrets and without its longest texts.
import { clipBytes, byteLength } from "../../../core/clip.ts";
import type { ToolSpec } from "../catalog/types.ts";
import type { JobInput, JobRecord } from "./types.ts";

const ARGUMENT_BYTES = 200;

export interface Origin {
  readonly id: string;
  /** RFC 3339. */
  readonly startedAt: string;
}

export const newRecord = (spec: ToolSpec, input: JobInput, { id, startedAt }: Origin): JobRecord => ({
  id,
  tool: spec.name,
  arguments: shownArguments(spec, input),
  state: "running",
  started_at: startedAt,
  ended_at: null,
  restarts: 0,
  failures: 0,
  next_run_at: null,
  reason: null,
  exit_code: null,
  signal: null,
  verdict: null,
  duration_ms: null,
  message: null,
});

function shownArguments(spec: ToolSpec, input: JobInput): Record<string, unknown> {
  const secret = [...spec.params].flatMap(([name, param]) => (param.secret ? [name, ...param.aliases] : []));
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, secret.includes(name) ? "***" : shorten(value)]));
}

function shorten(value: unknown): unknown {
  if (typeof value === "number" || typeof value === "boolean" || value === null) return value;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return byteLength(text) <= ARGUMENT_BYTES ? value : `${clipBytes(text, ARGUMENT_BYTES)}… (${byteLength(text)} bytes)`;
}
