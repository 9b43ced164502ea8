// The one door to all tools: find, parse, run, parse, count, log. Both MCP and the agent ask here, and it never throws.
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Clock } from "./clock.ts";
import { rfc3339 } from "./clock.ts";
import { coerce } from "./coerce.ts";
import {
  NeedsInput,
  type Attachment,
  type CallContext,
  type CallRequest,
  type InputRequest,
  type OutputBudget,
} from "./context.ts";
import { ToolFailure, type FailureKind } from "./failure.ts";
import { invalidArguments } from "./invalid.ts";
import { isObject, type JsonObject } from "./json.ts";
import type { Log } from "./log.ts";
import type { FailureView, Tool } from "./tool.ts";
import { untilAborted } from "./until-aborted.ts";

/** No call outlives this, whatever its tool does. */
const CALL_DEADLINE_MS = 300_000;
const LONG_CALL_DEADLINE_MS = 3_600_000;

export interface Entry {
  readonly module: string;
  readonly tool: Tool;
  readonly inputSchema: JsonObject;
  /** The input schema's properties, by name. */
  readonly properties: Readonly<Record<string, JsonObject>>;
  readonly outputSchema: JsonObject;
}

export type Outcome =
  | { readonly ok: true; readonly value: JsonObject; readonly attachments: readonly Attachment[] }
  | { readonly ok: false; readonly kind: FailureKind; readonly message: string; readonly failure: FailureView }
  | {
      readonly ok: false;
      readonly kind: "needs-input";
      readonly message: string;
      readonly requests: Readonly<Record<string, InputRequest>>;
      readonly state: unknown;
    };

/** One finished call, as it is counted and logged. */
export interface CallRecord {
  readonly callId: string;
  readonly module: string;
  readonly tool: string;
  readonly door: string;
  readonly caller: string;
  /** `success`, `needs-input` or the kind of the failure. */
  readonly outcome: string;
  readonly durationMs: number;
}

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
  onCall?(record: CallRecord): void;
}

export class Registry {
  readonly entries: readonly Entry[];
  readonly #byName: ReadonlyMap<string, Entry>;
  readonly #options: RegistryOptions;
  readonly #absent: ReadonlyMap<string, string>;

  private constructor(entries: readonly Entry[], options: RegistryOptions, absent: ReadonlyMap<string, string>) {
    this.entries = entries;
    this.#absent = absent;
    this.#byName = new Map(entries.map((entry) => [entry.tool.name, entry]));
    this.#options = options;
  }

  /** Computes every schema once. Throws when two tools share a name. */
  static of(modules: readonly RegistryModule[], options: RegistryOptions): Registry {
    const entries = modules.flatMap((module) => module.tools.map((tool) => describeEntry(module.name, tool)));
    const absent = new Map(modules.flatMap((module) => Object.entries(module.absent ?? {})));
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
    return this.#byName.has(name) ? undefined : this.#absent.get(name);
  }

  /** The same registry with fewer tools. What is left out answers as an unknown tool would, or with `why`. */
  narrow(keep: (entry: Entry) => boolean, why?: (entry: Entry) => string): Registry {
    const left = why === undefined ? [] : this.entries.filter((entry) => !keep(entry));
    const absent = new Map([...this.#absent, ...left.map((entry) => [entry.tool.name, why?.(entry) ?? ""] as const)]);
    return new Registry(this.entries.filter(keep), this.#options, absent);
  }

  /** Runs a tool. Never throws and never hangs: when the signal fires, the answer is `cancelled` at once. */
  async call(name: string, raw: unknown, request: CallRequest): Promise<Outcome> {
    const entry = this.#byName.get(name);
    const started = this.#options.clock.now();
    const callId = randomUUID();
    if (entry !== undefined) this.#options.onInFlight?.(entry.module, 1);
    const outcome =
      entry === undefined
        ? this.#failed(callId, new ToolFailure("not-found", this.whyAbsent(name) ?? `unknown tool "${clipName(name)}"`))
        : await this.#run(entry, raw, request, callId);
    if (entry !== undefined) this.#options.onInFlight?.(entry.module, -1);
    this.#record(outcome, {
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

  async #run({ tool, properties }: Entry, raw: unknown, request: CallRequest, callId: string): Promise<Outcome> {
    const attachments: Attachment[] = [];
    const end = callEnd(request.signal, tool.long === true ? LONG_CALL_DEADLINE_MS : CALL_DEADLINE_MS);
    try {
      end.signal.throwIfAborted();
      const given = isObject(raw) ? coerce(raw, properties) : (raw ?? {});
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

  #record(outcome: Outcome, record: CallRecord): void {
    this.#options.onCall?.(record);
    const { outcome: result, ...rest } = record;
    const problem = outcome.ok ? undefined : outcome.message;
    this.#options.log.info({ ...rest, outcome: result, problem }, "tool call");
  }
}

function describeEntry(module: string, tool: Tool): Entry {
  const properties = Object.fromEntries(
    Object.entries(tool.input.shape).map(([key, field]) => [key, jsonSchema(field, "input")]),
  );
  return {
    module,
    tool,
    properties,
    inputSchema: { ...jsonSchema(tool.input, "input"), properties },
    outputSchema: jsonSchema(tool.output, "output"),
  };
}

function jsonSchema(schema: z.ZodType, io: "input" | "output"): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, target: "draft-2020-12" });
  const stated = schema.meta()?.["$schema"];
  return stated === undefined ? rest : { ...rest, $schema: stated };
}

interface Made {
  callId: string;
  signal: AbortSignal;
  budget: OutputBudget;
  attachments: Attachment[];
}

function makeContext(request: CallRequest, made: Made): CallContext {
  return {
    callId: made.callId,
    signal: made.signal,
    budget: made.budget,
    caller: request.caller,
    door: request.door,
    headers: request.headers ?? {},
    answers: request.answers ?? {},
    abilities: request.abilities ?? {},
    state: request.state,
    progress: (message, done, total) => request.progress?.(message, done, total),
    log: (level, message) => request.log?.(level, message),
    attach: (attachment) => void made.attachments.push(attachment),
  };
}

/** Fires with the caller's signal or at the deadline. By hand: AbortSignal.any and .timeout cost as much as a whole call. */
function callEnd(caller: AbortSignal, deadlineMs: number): { signal: AbortSignal; clear: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort(caller.reason);
  if (caller.aborted) abort();
  caller.addEventListener("abort", abort, { once: true });
  const timer = setTimeout(() => controller.abort(new Error("deadline")), deadlineMs);
  const clear = () => {
    clearTimeout(timer);
    caller.removeEventListener("abort", abort);
  };
  return { signal: controller.signal, clear };
}

const clipName = (name: string): string => (name.length > 64 ? `${name.slice(0, 64)}…` : name);
