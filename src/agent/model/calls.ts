// Runs what the model calls: pinned, a few at once, no call twice, results in the order of the calls and cut to a fair share.
import { byteLength, clipText, oneLine } from "../../core/clip.ts";
import type { JsonObject } from "../../core/json.ts";
import { Limiter } from "../../core/limiter.ts";
import { excerptLines, keptOf } from "../../core/log-excerpt/index.ts";
import type { ToolCall } from "./conversation.ts";
import { fence } from "./prompt.ts";
import type { Quotable } from "./quotes.ts";
import type { Suspicions } from "./suspicions.ts";
import { fairShares } from "./tokens.ts";
import { canonicalJson } from "./tool-json.ts";
import type { LookUp } from "./tools.ts";

export interface CallsOptions {
  readonly lookUps: readonly LookUp[];
  readonly boundary: string;
  readonly quotable: Quotable;
  readonly suspicions: Suspicions;
  readonly signal: AbortSignal;
  /** Told when the model asked for what it may not have. */
  onViolation(text: string): void;
}

/** Tools of this agent that are not there for every failure. To ask for them is no violation. */
const PINNED = new Set(["pods_log", "pods_get", "events_list", "taskrun_get", "create_issue"]);
const AT_ONCE = 4;
const LEAST_SHARE = 512;

export class Calls {
  readonly #options: CallsOptions;
  readonly #byName: ReadonlyMap<string, LookUp>;
  readonly #done = new Map<string, Promise<string>>();
  readonly #limiter = new Limiter({ concurrency: AT_ONCE, queue: 1_000, refuse: () => new Error("too many calls") });
  /** Calls that had been made before. */
  repeats = 0;

  constructor(options: CallsOptions) {
    this.#options = options;
    this.#byName = new Map(options.lookUps.map((lookUp) => [lookUp.name, lookUp]));
  }

  /** @param room bytes for all results together */
  async run(calls: readonly ToolCall[], room: number): Promise<string[]> {
    const texts = await Promise.all(calls.map(async (call) => this.#one(call)));
    const shares = fairShares(texts.map(byteLength), room);
    return texts.map((text, at) => this.#show(calls[at]?.name ?? "", text, Math.max(LEAST_SHARE, shares[at] ?? 0)));
  }

  #one({ name, arguments: given }: ToolCall): Promise<string> | string {
    const lookUp = this.#byName.get(name);
    if (lookUp === undefined) return this.#refuse(name);
    if (given === undefined) return `Error: the arguments are no JSON object. ${schemaText(lookUp)}`;
    const foreign = foreignPin(lookUp, given);
    if (foreign !== undefined) {
      this.#options.onViolation(`${name} asked for ${foreign}`);
      return `Error: ${foreign} is not part of this report; cluster, namespace and object are fixed by the server. Leave them out.`;
    }
    const key = `${name} ${canonicalJson(withoutPins(lookUp, given))}`;
    const before = this.#done.get(key);
    if (before !== undefined) {
      this.repeats += 1;
      return before.then((text) => `[You made this call before; this is the same result. Move on.]\n${text}`);
    }
    const { signal } = this.#options;
    const result = this.#limiter.run(async () => {
      const { text, isError, isInvalid } = await lookUp.run(given, signal);
      return `${isError ? "Error: " : ""}${text}${isInvalid === true ? `\n${schemaText(lookUp)}` : ""}`;
    }, signal);
    this.#done.set(key, result);
    return result;
  }

  #refuse(name: string): string {
    const offered = [...this.#byName.keys(), "create_issue"].join(", ");
    if (PINNED.has(name)) return `Error: ${name} is of no use for this failure. Use ${offered}.`;
    const told = oneLine(name, 64);
    this.#options.onViolation(`called the tool ${told}, which it does not have`);
    return `Error: there is no tool ${told} here. Use ${offered}.`;
  }

  #show(name: string, text: string, maxBytes: number): string {
    const { boundary, quotable, suspicions } = this.#options;
    const shown = byteLength(text) <= maxBytes ? text : cut(text, maxBytes);
    quotable.add(shown);
    suspicions.look(shown, `the result of ${oneLine(name, 64)}`);
    return fence(boundary, "RESULT", shown);
  }
}

const cut = (text: string, maxBytes: number): string =>
  text.includes("\n") ? excerptLines(keptOf(text), { maxBytes }).text : clipText(text, maxBytes);

const schemaText = ({ name, parameters }: LookUp): string =>
  `The arguments of ${name} as JSON Schema: ${JSON.stringify(parameters)}`;

/** The first argument that names something else than the report does. Empty ones name nothing. */
function foreignPin({ pins }: LookUp, given: JsonObject): string | undefined {
  for (const [key, allowed] of Object.entries(pins)) {
    const value = given[key];
    if (value === undefined || value === null || value === "") continue;
    if (typeof value !== "string" || !allowed.includes(value)) {
      return `${key} ${oneLine(JSON.stringify(value) ?? "", 80)}`;
    }
  }
  return undefined;
}

const withoutPins = ({ pins }: LookUp, given: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(given).filter(([key, value]) => !Object.hasOwn(pins, key) && value !== null && value !== ""),
  );
