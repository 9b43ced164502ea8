// The one door to all tools: find, parse, run, parse, count, log. Both MCP and the agent ask here, and it never throws.
import { randomUUID } from "node:crypto";
import { byteLength } from "./clip.ts";
import type { Clock } from "./clock.ts";
import { rfc3339 } from "./clock.ts";
import { callEnd, makeContext } from "./call-context.ts";
import { coerce } from "./coerce.ts";
import type { Caller, Rights } from "./caller.ts";
import { NeedsInput, type Attachment, type CallRequest, type OutputBudget } from "./context.ts";
import { describeEntry, type Entry } from "./entry.ts";
import { ToolFailure } from "./failure.ts";
import { invalidArguments } from "./invalid.ts";
import { isObject } from "./json.ts";
import type { Log } from "./log.ts";
import type { CallRecord, Finished, FinishedCall, Outcome } from "./outcome.ts";
import { present, type Presented } from "./present.ts";
import type { Access, FailureView, Tool } from "./tool.ts";
import { callSpan } from "./call-span.ts";
import { Trail } from "./trail.ts";
import { untilAborted } from "./until-aborted.ts";
import { messageOf } from "./words.ts";

export type { CallRecord, Finished, FinishedCall, Outcome } from "./outcome.ts";

/** No call outlives this, whatever its tool does. */
const CALL_DEADLINE_MS = 300_000;
const LONG_CALL_DEADLINE_MS = 3_600_000;

export interface RegistryModule {
  readonly name: string;
  readonly tools: readonly Tool[];
  /** By name: why a tool is not there. */
  readonly absent?: Readonly<Record<string, string>> | undefined;
}

export interface RegistryOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly budget: OutputBudget;
  /** Told at the start (+1) and at the end (-1) of each call. */
  onInFlight?(module: string, change: 1 | -1): void;
  onCall?(record: CallRecord, call: FinishedCall): void;
  /** Told of each answer that was made for a reader. */
  onOutput?(module: string, tool: string, bytes: number): void;
  /** Where calls leave their spans, and lines of the log find their call. */
  readonly trail?: Trail;
  /** Waits for one of the caller's places; the function it gives leaves again. @throws Denied when there is none */
  enter?(caller: Caller, signal: AbortSignal): Promise<() => void>;
}

/** A tool that is not there, although it could be. */
interface Absent {
  readonly module: string;
  readonly access: Access;
  readonly why: string;
}

export class Registry {
  readonly entries: readonly Entry[];
  readonly #byName: ReadonlyMap<string, Entry>;
  readonly #options: RegistryOptions;
  readonly #trail: Trail;
  readonly #absent: ReadonlyMap<string, Absent>;

  private constructor(entries: readonly Entry[], options: RegistryOptions, absent: ReadonlyMap<string, Absent>) {
    this.entries = entries;
    this.#absent = absent;
    this.#byName = new Map(entries.map((entry) => [entry.tool.name, entry]));
    this.#options = options;
    this.#trail = options.trail ?? new Trail();
  }

  /** Computes every schema once. Throws when two tools share a name. */
  static of(modules: readonly RegistryModule[], options: RegistryOptions): Registry {
    const entries = modules.flatMap((module) => module.tools.map((tool) => describeEntry(module.name, tool)));
    const absent = new Map(modules.flatMap(absentOf));
    const registry = new Registry(entries, options, absent);
    if (registry.#byName.size !== entries.length) {
      const names = entries.map((entry) => entry.tool.name);
      throw new Error(`two tools share a name: ${names.filter((name, i) => names.indexOf(name) !== i).join(", ")}`);
    }
    return registry;
  }

  get budget(): OutputBudget {
    return this.#options.budget;
  }

  find(name: string): Entry | undefined {
    return this.#byName.get(name);
  }

  /** Why a tool that some hubs have is not here, when the operator could change that. */
  whyAbsent(name: string): string | undefined {
    return this.#byName.has(name) ? undefined : this.#absent.get(name)?.why;
  }

  /** The same registry with fewer tools. What is left out answers as an unknown tool would, or with `why`. */
  narrow(keep: (entry: Entry) => boolean, why?: (entry: Entry) => string): Registry {
    const left = why === undefined ? [] : this.entries.filter((entry) => !keep(entry));
    const told = left.map((entry) => {
      const { module, tool } = entry;
      return [tool.name, { module, access: tool.access, why: why?.(entry) ?? "" }] as const;
    });
    return new Registry(this.entries.filter(keep), this.#options, new Map([...this.#absent, ...told]));
  }

  /** What these rights leave of it. Of the rest nothing is told, not even why it is not there. */
  within(rights: Rights): Registry {
    const absent = [...this.#absent].filter(([, { module, access }]) => rights.may(module, access));
    const entries = this.entries.filter(({ module, tool }) => rights.may(module, tool.access));
    return new Registry(entries, this.#options, new Map(absent));
  }

  /** Runs a tool. Never throws and never hangs: when the signal fires, the answer is `cancelled` at once. */
  call(name: string, raw: unknown, request: CallRequest): Promise<Outcome> {
    const callId = randomUUID();
    const trail = this.#trail;
    return trail.call(callId, () => {
      if (!trail.isTraced) return this.#call(name, raw, request, callId);
      const { start, end } = callSpan(this.#byName.get(name), callId, request);
      return trail.span(start, async (span) => {
        const outcome = await this.#call(name, raw, request, callId);
        end(span, outcome);
        return outcome;
      });
    });
  }

  /** Renders a finished call for a reader. `input` are the raw arguments, which some failures repeat. */
  present(entry: Entry, outcome: Finished, input: unknown): Presented {
    const shown = present(entry, outcome, input, this.budget);
    this.#options.onOutput?.(entry.module, entry.tool.name, byteLength(shown.text));
    return shown;
  }

  async #call(name: string, raw: unknown, request: CallRequest, callId: string): Promise<Outcome> {
    const entry = this.#byName.get(name);
    const started = this.#options.clock.now();
    if (entry !== undefined) this.#options.onInFlight?.(entry.module, 1);
    const outcome =
      entry === undefined
        ? this.#failed(callId, new ToolFailure("not-found", this.whyAbsent(name) ?? `unknown tool "${clipName(name)}"`))
        : await this.#admitted(entry, raw, request, callId);
    if (entry !== undefined) this.#options.onInFlight?.(entry.module, -1);
    const tool = entry === undefined ? clipName(name) : entry.tool.name;
    const call = { tool, caller: request.caller, input: raw, outcome };
    this.#record(call, {
      callId,
      module: entry?.module ?? "none",
      tool: entry?.tool.name ?? "unknown",
      door: request.door,
      caller: request.caller.name,
      outcome: outcome.ok ? "success" : outcome.kind,
      durationMs: this.#options.clock.now() - started,
    });
    return outcome;
  }

  async #admitted(entry: Entry, raw: unknown, request: CallRequest, callId: string): Promise<Outcome> {
    const options = this.#options;
    if (options.enter === undefined || request.door !== "mcp") return this.#run(entry, raw, request, callId);
    let leave: () => void;
    try {
      leave = await options.enter(request.caller, request.signal);
    } catch (error) {
      return this.#failed(callId, tooMany(error, request.signal));
    }
    return this.#run(entry, raw, request, callId).finally(leave);
  }

  async #run({ tool, properties }: Entry, raw: unknown, request: CallRequest, callId: string): Promise<Outcome> {
    const attachments: Attachment[] = [];
    const end = callEnd(request.signal, tool.long === true ? LONG_CALL_DEADLINE_MS : CALL_DEADLINE_MS);
    try {
      end.signal.throwIfAborted();
      const isOurs = tool.inputSchema === undefined;
      const given = isObject(raw) && isOurs ? coerce(raw, properties) : (raw ?? {});
      const input = tool.input.safeParse(given);
      if (!input.success) throw invalidArguments(input.error, Object.keys(properties), given);
      const context = makeContext(request, { callId, signal: end.signal, budget: this.budget, attachments });
      const result = await untilAborted(Promise.resolve(tool.run(input.data, context)), end.signal);
      return { ok: true, value: tool.output.parse(result), attachments };
    } catch (error) {
      if (error instanceof NeedsInput && tool.asks === true) {
        return { ok: false, kind: "needs-input", message: error.message, requests: error.requests, state: error.state };
      }
      return this.#failed(callId, this.#explain(error, request.signal, end.signal, callId));
    } finally {
      end.clear();
    }
  }

  /** Turns whatever was thrown into a failure that may be shown; the text of a bug stays in the log. */
  #explain(error: unknown, caller: AbortSignal, end: AbortSignal, callId: string): ToolFailure {
    if (caller.aborted) return new ToolFailure("cancelled", "the call was cancelled by the client");
    if (end.aborted) return new ToolFailure("timeout", "the call ran out of time; ask for less");
    if (error instanceof ToolFailure) return error;
    this.#options.log.error({ callId, err: error }, "a tool failed in a way nobody foresaw");
    return new ToolFailure("bug", `internal error in the hub; the operator finds it in the log as call ${callId}`);
  }

  #failed(callId: string, error: ToolFailure): Outcome {
    const code = error.details["code"];
    const failure: FailureView = {
      kind: error.kind,
      message: error.message,
      code: typeof code === "string" ? code : error.kind.toUpperCase().replaceAll("-", "_"),
      details: error.details,
      callId,
      timestamp: rfc3339(this.#options.clock.now()),
    };
    return { ok: false, kind: error.kind, message: error.message, failure };
  }

  #record(call: FinishedCall, record: CallRecord): void {
    this.#options.onCall?.(record, call);
    const { outcome: result, ...rest } = record;
    const problem = call.outcome.ok ? undefined : call.outcome.message;
    this.#options.log.info({ ...rest, outcome: result, problem }, "tool call");
  }
}

const absentOf = ({ name: module, absent = {} }: RegistryModule): (readonly [string, Absent])[] =>
  Object.entries(absent).map(([name, why]) => [name, { module, access: "read", why }]);

function tooMany(error: unknown, signal: AbortSignal): ToolFailure {
  if (signal.aborted) return new ToolFailure("cancelled", "the call was cancelled by the client");
  return new ToolFailure("unavailable", messageOf(error), { code: "TOO_MANY_CALLS", retryable: true });
}

const clipName = (name: string): string => (name.length > 64 ? `${name.slice(0, 64)}…` : name);
