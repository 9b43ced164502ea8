// What was said so far, in the form that the strictest servers take: no empty text, arguments that are JSON, every call answered,
// and nobody speaking twice in a row.
import type {
  ChatCompletionMessageFunctionToolCall,
  ChatCompletionMessageParam,
} from "openai/resources/chat/completions";
import { byteLength, clipText } from "../../core/clip.ts";
import type { JsonObject } from "../../core/json.ts";

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** Undefined when the model's text for them cannot be read. */
  readonly arguments: JsonObject | undefined;
}

const MAX_SAID = 8_192;

export class Conversation {
  #messages: ChatCompletionMessageParam[] = [];

  constructor(system: string, evidence: string) {
    this.#messages = [
      { role: "system", content: system },
      { role: "user", content: evidence },
    ];
  }

  get messages(): readonly ChatCompletionMessageParam[] {
    return this.#messages;
  }

  get bytes(): number {
    return byteLength(JSON.stringify(this.#messages));
  }

  get isFresh(): boolean {
    return this.#messages.length === 2;
  }

  /** The model said this and called nothing. */
  answered(text: string): void {
    this.#messages.push({ role: "assistant", content: text === "" ? "(no answer)" : clipText(text, MAX_SAID) });
  }

  /** The model called, and these are the results, in the order of the calls. */
  called(text: string, calls: readonly ToolCall[], results: readonly string[]): void {
    this.#messages.push({
      role: "assistant",
      content: text === "" ? null : clipText(text, MAX_SAID),
      tool_calls: calls.map(written),
    });
    for (const [at, { id }] of calls.entries()) {
      this.#messages.push({ role: "tool", tool_call_id: id, content: results[at] ?? "no result" });
    }
  }

  /** A word of ours; behind a result it joins that message. */
  say(text: string): void {
    const last = this.#messages.at(-1);
    if (last?.role === "assistant") return void this.#messages.push({ role: "user", content: text });
    if ((last?.role === "user" || last?.role === "tool") && typeof last.content === "string") {
      this.#messages[this.#messages.length - 1] = { ...last, content: `${last.content}\n\n${text}` };
    }
  }

  /** It was too long: a shorter evidence, and every result cut to half. */
  shorten(evidence: string): void {
    this.#messages = this.#messages.map((message, at) => {
      if (at === 1 && message.role === "user") return { ...message, content: evidence };
      if (message.role !== "tool" || typeof message.content !== "string") return message;
      return { ...message, content: clipText(message.content, Math.ceil(byteLength(message.content) / 2)) };
    });
  }
}

/** Servers that translate for other models parse names and arguments again. */
const written = ({ id, name, arguments: given }: ToolCall): ChatCompletionMessageFunctionToolCall => ({
  id,
  type: "function",
  function: { name: name.replace(/[^\w-]/g, "_").slice(0, 64) || "unnamed", arguments: JSON.stringify(given ?? {}) },
});
