// One analysis: the evidence is told, the model may look things up, and it ends with a draft. Bounded in steps, time and tokens.
import type { ChatCompletionTool } from "openai/resources/chat/completions";
import { byteLength } from "../../core/clip.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Calls } from "./calls.ts";
import type { Question } from "./client.ts";
import { Conversation, type ToolCall } from "./conversation.ts";
import { isUsable, readMembers } from "./draft.ts";
import { ModelFailure } from "./failure.ts";
import { isPlan, isSentence } from "./prose.ts";
import { findPythonCall } from "./python-calls.ts";
import { MUST_END, PLEASE_ACT, WAS_CUT, WAS_EMPTY } from "./prompt.ts";
import type { ModelReply } from "./reply.ts";
import { findCall, findDraft } from "./text-calls.ts";
import type { TokenMeter } from "./tokens.ts";
import { parseArguments, parseLenient } from "./tool-json.ts";
import { CREATE_ISSUE } from "./tools.ts";

export interface LoopOptions {
  readonly ask: (question: Pick<Question, "messages" | "tools">) => Promise<ModelReply>;
  /** What is told first. `half` when the whole was too long. */
  readonly open: (
    mode: "tools" | "text",
    share: "whole" | "half",
  ) => { readonly system: string; readonly evidence: string };
  readonly calls: Calls;
  /** create_issue comes last. */
  readonly tools: readonly ChatCompletionTool[];
  readonly mode: "tools" | "text";
  readonly maxSteps: number;
  /** Of the whole conversation, the answer not counted. */
  readonly roomBytes: () => number;
  readonly meter: TokenMeter;
  /** Is there time for no more than one answer? */
  readonly isLate: () => boolean;
  onTokens(tokens: number): void;
  onLimit(text: string): void;
  /** The model takes no tools: it is asked in text from now on. */
  onTextMode(): void;
}

const MAX_CALLS = 16;
const MAX_REPEATS = 3;
const MAX_STRIKES = 2;
const MAX_EMPTY = 2;

export class Loop {
  readonly #options: LoopOptions;
  #conversation: Conversation;
  #mode: "tools" | "text";
  #share: "whole" | "half" = "whole";
  #isEnding = false;
  #strikes = 0;
  #empty = 0;
  #plan: string | undefined;
  #wasted = 0; // turns without a draft since the end was asked for

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#mode = options.mode;
    this.#conversation = this.#opened();
  }

  /** The members of the model's draft; prose is `body`. @throws ModelFailure, or the signal's reason */
  async run(): Promise<JsonObject> {
    const { maxSteps, isLate } = this.#options;
    for (let step = 1; step <= maxSteps && this.#wasted < 2; step += 1) {
      if (step === maxSteps || (step > 1 && isLate())) this.#end();
      const wasEnding = this.#isEnding;
      // oxlint-disable-next-line no-await-in-loop -- a conversation goes turn by turn
      const reply = await this.#ask().catch((error: unknown) => this.#lastWord(error));
      if (reply.isCut) this.#options.onLimit("the model's answer was cut at its output limit");
      // oxlint-disable-next-line no-await-in-loop
      const draft = await this.#take(reply);
      if (draft !== undefined) return draft;
      if (wasEnding) this.#wasted += 1;
    }
    if (this.#plan !== undefined && isSentence(this.#plan)) return { body: this.#plan };
    throw new ModelFailure("nonsense", "the model ended without a usable draft");
  }

  /** What it said before counts, when it says nothing more. */
  #lastWord(error: unknown): ModelReply {
    if (!(error instanceof ModelFailure) || this.#plan === undefined || !isSentence(this.#plan)) throw error;
    this.#isEnding = true;
    return { text: this.#plan, calls: [], isCut: false, usage: undefined };
  }

  async #ask(): Promise<ModelReply> {
    const { meter } = this.#options;
    const tools = this.#mode === "text" ? undefined : this.#options.tools.slice(this.#isEnding ? -1 : 0);
    const { messages, bytes } = this.#conversation;
    try {
      const reply = await this.#options.ask({ messages, tools });
      const sent = bytes + byteLength(JSON.stringify(tools ?? []));
      const { input, output } = reply.usage ?? { input: 0, output: 0 };
      meter.correct(sent, input);
      this.#options.onTokens(
        input + output > 0 ? input + output : meter.count(JSON.stringify([messages, tools, reply.text])),
      );
      return reply;
    } catch (error) {
      if (!this.#adapt(error)) throw error;
      return this.#ask();
    }
  }

  /** True when it may go better now. */
  #adapt(error: unknown): boolean {
    if (!(error instanceof ModelFailure)) return false;
    if (error.kind === "context" && this.#share === "whole") {
      this.#share = "half";
      this.#conversation.shorten(this.#options.open(this.#mode, this.#share).evidence);
      this.#options.onLimit("evidence halved: the whole was too long for the model");
      return true;
    }
    if (error.kind !== "tools" || this.#mode === "text" || !this.#conversation.isFresh) return false;
    this.#mode = "text";
    this.#conversation = this.#opened();
    this.#options.onTextMode();
    return true;
  }

  async #take(reply: ModelReply): Promise<JsonObject | undefined> {
    const native = reply.calls.length > 0;
    const calls = native ? nativeCalls(reply) : this.#textCall(reply);
    if (calls.length === 0) return this.#takeProse(reply);
    const drafts = calls.filter(({ name }) => name === CREATE_ISSUE).map((call) => readMembers(call.arguments ?? {}));
    const draft = drafts.find(isUsable);
    if (draft !== undefined) return draft;
    if (drafts.length > 0 || calls.some((call) => call.arguments === undefined)) this.#strikes += 1;
    if (this.#strikes >= MAX_STRIKES) return extracted(reply);
    const results = await this.#results(calls);
    if (native) this.#conversation.called(reply.text, calls, results);
    else {
      this.#conversation.answered(reply.text);
      this.#conversation.say(results.join("\n"));
    }
    if (reply.isCut) this.#conversation.say(WAS_CUT);
    if (this.#options.calls.repeats >= MAX_REPEATS) this.#end();
    return undefined;
  }

  async #results(calls: readonly ToolCall[]): Promise<string[]> {
    if (this.#isEnding)
      return calls.map(({ name }) => (name === CREATE_ISSUE ? this.#draftHelp() : `Error: ${MUST_END}`));
    const lookUps = calls.filter(({ name }) => name !== CREATE_ISSUE);
    const room = Math.max(0, this.#options.roomBytes() - this.#conversation.bytes) / 2;
    const results = await this.#options.calls.run(lookUps, room);
    return calls.map(({ name }) => (name === CREATE_ISSUE ? this.#draftHelp() : (results.shift() ?? "no result")));
  }

  #draftHelp(): string {
    const schema = this.#options.tools.at(-1);
    const parameters = schema?.type === "function" ? schema.function.parameters : {};
    return `Error: the draft cannot be read or is empty. The arguments of create_issue as JSON Schema: ${JSON.stringify(parameters)}`;
  }

  /** A call written into the text; else a bare draft; else something that wants to be a call. */
  #textCall({ text }: ModelReply): ToolCall[] {
    const names = new Set(this.#options.tools.map((tool) => (tool.type === "function" ? tool.function.name : "")));
    const draft = findCall(text, names) === undefined ? findDraft(text) : undefined;
    const call =
      draft === undefined
        ? (findCall(text, names) ?? findPythonCall(text, names) ?? findCall(text))
        : { name: CREATE_ISSUE, arguments: draft };
    return call === undefined ? [] : [{ id: "text", ...call }];
  }

  #takeProse({ text, isCut }: ModelReply): JsonObject | undefined {
    const cutDraft = isCut && text.includes("{") ? cutOff(text) : undefined;
    if (cutDraft !== undefined) return cutDraft;
    if (isSentence(text) && (this.#isEnding || !isPlan(text))) return { body: text };
    this.#conversation.answered(text);
    if (isPlan(text)) this.#plan = text;
    this.#empty += 1;
    this.#conversation.say(text === "" ? WAS_EMPTY : PLEASE_ACT);
    if (this.#empty >= MAX_EMPTY) this.#end();
    return undefined;
  }

  /** From now on only create_issue is offered; tools are never dropped, since some servers refuse that. */
  #end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#conversation.say(MUST_END);
  }

  #opened(): Conversation {
    const { system, evidence } = this.#options.open(this.#mode, this.#share);
    return new Conversation(system, evidence);
  }
}

function nativeCalls({ calls }: ModelReply): ToolCall[] {
  const seen = new Set<string>();
  return calls.slice(0, MAX_CALLS).map(({ id, name, arguments: raw }, at) => {
    const own =
      id !== undefined && id !== "" && id.length <= 64 && !seen.has(id) ? id : `call${String(at).padStart(5, "0")}`;
    seen.add(own);
    return { id: own, name, arguments: parseArguments(raw) };
  });
}

/** The last try after broken calls: a draft anywhere in what it wrote. @throws ModelFailure nonsense */
function extracted({ text, calls }: ModelReply): JsonObject {
  for (const written of [text, ...calls.map((call) => String(call.arguments))]) {
    const draft = findCall(written, new Set([CREATE_ISSUE]))?.arguments ?? findDraft(written);
    if (draft !== undefined && isUsable(readMembers(draft))) return readMembers(draft);
  }
  throw new ModelFailure("nonsense", "the model's calls could not be read");
}

/** A draft that was cut off: repaired as far as it goes. */
function cutOff(text: string): JsonObject | undefined {
  const whole = parseLenient(text.slice(text.indexOf("{")));
  const written = JSON.stringify(whole ?? null);
  const draft = findCall(written, new Set([CREATE_ISSUE]))?.arguments ?? findDraft(written);
  return draft !== undefined && isUsable(readMembers(draft)) ? readMembers(draft) : undefined;
}
