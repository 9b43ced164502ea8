// How the fixture's tools are made: each says one sentence (its whole text) and may attach media or ask the client.
import { z } from "zod";
import { NeedsInput, type CallContext, type InputRequest } from "../../src/core/context.ts";
import { defineTool, type Tool } from "../../src/core/tool.ts";

const Said = z.looseObject({ said: z.string() });

export const nothing = z.strictObject({});

/** A tool whose text is what `run` returns; an empty string leaves the attachments alone in the result. */
export function fixtureTool<Input extends z.ZodObject>(
  name: string,
  description: string,
  input: Input,
  run: (given: z.output<Input>, context: CallContext) => string,
  asks = false,
): Tool {
  return defineTool({
    name,
    title: name,
    description,
    access: "read",
    asks,
    openWorld: false,
    input,
    output: Said,
    run: (given, context) => ({ said: run(given, context) }),
    text: ({ said }) => said,
  });
}

/** The same for a tool that asks the client before it answers. */
export const askingTool = <Input extends z.ZodObject>(
  name: string,
  description: string,
  input: Input,
  run: (given: z.output<Input>, context: CallContext) => string,
): Tool => fixtureTool(name, description, input, run, true);

/** A form for the person behind the client. */
export const form = (
  message: string,
  properties: Record<string, unknown>,
  required = Object.keys(properties),
): InputRequest => ({
  method: "elicitation/create",
  params: { mode: "form", message, requestedSchema: { type: "object", properties, required } },
});

/** A question to the client's model. */
export const question = (text: string, maxTokens = 100): InputRequest => ({
  method: "sampling/createMessage",
  params: { messages: [{ role: "user", content: { type: "text", text } }], maxTokens },
});

export const roots: InputRequest = { method: "roots/list" };

type Answers = Readonly<Record<string, unknown>>;

/** What was asked under that key, of the kind that `schema` describes; asks (again) when it is not there. */
export function answerOr<T>(answers: Answers, key: string, schema: z.ZodType<T>, request: InputRequest): T {
  const answer = schema.safeParse(answers[key]);
  if (!answer.success) throw new NeedsInput({ [key]: request });
  return answer.data;
}
