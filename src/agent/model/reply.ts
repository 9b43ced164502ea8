// What a model said, out of whatever its server made of it. Servers differ, so only what we need is read, and leniently.
import { z } from "zod";
import { ModelFailure } from "./failure.ts";

export interface RawCall {
  readonly id: string | undefined;
  readonly name: string;
  /** As it came: JSON text, hopefully. */
  readonly arguments: unknown;
}

export interface ModelReply {
  /** Without the model's thinking. */
  readonly text: string;
  readonly calls: readonly RawCall[];
  /** The answer was cut at the model's output limit. */
  readonly isCut: boolean;
  readonly usage: { readonly input: number; readonly output: number } | undefined;
}

const MAX_TEXT = 100_000;
/** Of one answer; a larger count is the server's mistake, and would spoil every sum that it goes into. */
const MAX_TOKENS = 100_000_000;

const part = z.looseObject({ text: z.string().optional() });
const named = z.looseObject({ name: z.string(), arguments: z.unknown().optional() });
const call = z.looseObject({ id: z.string().nullish(), function: named });
const choice = z.looseObject({
  finish_reason: z.string().nullish(),
  message: z
    .looseObject({
      content: z.unknown().optional(),
      tool_calls: z.array(z.unknown()).nullish(),
      function_call: z.unknown().optional(),
    })
    .nullish(),
});
const count = z.number().int().min(0).max(MAX_TOKENS).catch(0);
const completion = z.looseObject({
  choices: z.array(choice).nullish(),
  usage: z.looseObject({ prompt_tokens: count, completion_tokens: count }).nullish().catch(undefined),
});

/** No choices is an empty answer. @throws ModelFailure down, for what is no completion at all */
export function readReply(raw: unknown): ModelReply {
  const parsed = completion.safeParse(raw);
  if (!parsed.success || (parsed.data.choices ?? undefined) === undefined) {
    throw new ModelFailure("down", "the model's server answered with something that is no completion", {
      mayRetry: true,
    });
  }
  const { choices, usage } = parsed.data;
  const [first] = choices ?? [];
  const calls = (first?.message?.tool_calls ?? []).flatMap(readCall);
  return {
    text: withoutThinking(textOf(first?.message?.content)).slice(0, MAX_TEXT),
    // before there were several calls in one answer there was this one; some servers still write it
    calls: calls.length > 0 ? calls : readCall({ function: first?.message?.function_call }),
    isCut: first?.finish_reason === "length",
    usage: usage ? { input: usage.prompt_tokens, output: usage.completion_tokens } : undefined,
  };
}

function readCall(raw: unknown): RawCall[] {
  const parsed = call.safeParse(raw);
  if (!parsed.success) return [];
  const { id, function: called } = parsed.data;
  return [{ id: id ?? undefined, name: plainName(called.name), arguments: called.arguments }];
}

/** Models that were taught so put the names of all tools into a space: `functions.pods_log`, `default_api:pods_log`. */
const plainName = (name: string): string => name.trim().replace(/^[\w-]+(?:\.|::?|\/)(?=\w+$)/, "");

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  const parts = z.array(part).safeParse(content);
  return parts.success ? parts.data.map((one) => one.text ?? "").join("") : "";
}

/** Reasoning models behind plain servers think aloud between tags. */
const withoutThinking = (text: string): string =>
  text
    .replace(/<think(?:ing)?>[\s\S]*?<\/think(?:ing)?>/gi, "")
    .replace(/^[\s\S]*<\/think(?:ing)?>/i, "")
    .trim();
