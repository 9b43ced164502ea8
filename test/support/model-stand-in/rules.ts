// What OpenAI, LiteLLM and the models behind it refuse in a request, all at once: who passes here passes each of them.
import { z } from "zod";

const toolCall = z.strictObject({
  id: z.string().min(1).max(64),
  type: z.literal("function"),
  function: z.strictObject({ name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/), arguments: z.string() }),
});

/** Anthropic refuses empty text; OpenAI takes null only beside tool calls. */
const text = z.string().min(1);

const message = z.discriminatedUnion("role", [
  z.strictObject({ role: z.literal("system"), content: text }),
  z.strictObject({ role: z.literal("user"), content: text }),
  z.strictObject({
    role: z.literal("assistant"),
    content: text.nullable().optional(),
    tool_calls: z.array(toolCall).min(1).optional(),
  }),
  z.strictObject({ role: z.literal("tool"), tool_call_id: z.string(), content: text }),
]);

const tool = z.strictObject({
  type: z.literal("function"),
  function: z.strictObject({
    name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
    description: z.string().max(1_024).optional(),
    parameters: z.looseObject({ type: z.literal("object"), properties: z.record(z.string(), z.looseObject({})) }),
  }),
});

const body = z.strictObject({
  model: z.string().min(1),
  messages: z.array(message).min(1),
  tools: z.array(tool).min(1).max(128).optional(),
  tool_choice: z.enum(["auto", "required"]).optional(), // "none" is not known to Bedrock
  temperature: z.number().min(0).max(2).optional(),
  max_tokens: z.number().int().positive().optional(),
  stream: z.literal(false).optional(),
});

export type ChatBody = z.output<typeof body>;
export type ChatMessage = ChatBody["messages"][number];

/** The request, or why it is refused. */
export function checkRequest(raw: unknown): { body: ChatBody } | { problem: string } {
  const parsed = body.safeParse(raw);
  if (!parsed.success) return { problem: z.prettifyError(parsed.error) };
  const problem = orderProblem(parsed.data.messages) ?? toolProblem(parsed.data);
  return problem === undefined ? { body: parsed.data } : { problem };
}

/** Every tool call is answered by its own tool message before anybody else speaks. */
function orderProblem(messages: readonly ChatMessage[]): string | undefined {
  let open: string[] = [];
  for (const [at, one] of messages.entries()) {
    if (one.role === "tool") {
      if (!open.includes(one.tool_call_id))
        return `messages[${at}]: tool message answers no open tool call ${one.tool_call_id}`;
      open = open.filter((id) => id !== one.tool_call_id);
      continue;
    }
    if (open.length > 0)
      return `messages[${at}]: an assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id': ${open.join(", ")}`;
    if (one.role === "system" && at > 0) return `messages[${at}]: system message must come first`;
    if (one.role !== "assistant") continue;
    if (one.tool_calls === undefined && typeof one.content !== "string") return `messages[${at}]: content is null`;
    open = (one.tool_calls ?? []).map((call) => call.id);
    if (new Set(open).size < open.length) return `messages[${at}]: tool call ids must be unique`;
    const broken = (one.tool_calls ?? []).find((call) => !isJsonObject(call.function.arguments));
    if (broken !== undefined) return `messages[${at}]: arguments of ${broken.function.name} are not a JSON object`; // LiteLLM parses them for Anthropic and Bedrock
  }
  if (open.length > 0) return `tool calls without an answer: ${open.join(", ")}`;
  return messages.at(-1)?.role === "assistant" ? "the last message must not be the assistant's" : undefined;
}

function toolProblem({ messages, tools }: ChatBody): string | undefined {
  const names = (tools ?? []).map((one) => one.function.name);
  if (new Set(names).size < names.length) return "tools: names must be unique";
  const called = messages.some((one) => one.role === "assistant" && one.tool_calls !== undefined);
  return called && tools === undefined
    ? "litellm.UnsupportedParamsError: Bedrock doesn't support tool calling without `tools=` param specified."
    : undefined;
}

function isJsonObject(value: string): boolean {
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
  } catch {
    return false;
  }
}
