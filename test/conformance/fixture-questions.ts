// Fixture tools that ask the client: a form, its model, its roots, several at once, and over several rounds.
import { z } from "zod";
import { NeedsInput, type InputRequest } from "../../src/core/context.ts";
import type { Tool } from "../../src/core/tool.ts";
import { answerOr, askingTool, form, nothing, question, roots } from "./fixture-tool.ts";

const Elicited = z.object({ action: z.string(), content: z.record(z.string(), z.unknown()).optional() });
const Sampled = z.looseObject({ content: z.looseObject({ text: z.string() }) });
const Roots = z.looseObject({ roots: z.array(z.looseObject({ uri: z.string() })) });
const Named = z.looseObject({ action: z.literal("accept"), content: z.looseObject({ name: z.string() }) });
const Colored = z.looseObject({ action: z.literal("accept"), content: z.looseObject({ color: z.string() }) });
const Confirmed = z.looseObject({ action: z.literal("accept"), content: z.looseObject({ ok: z.boolean() }) });
const Remembered = z.object({ name: z.string() });

const text = { type: "string" };
const yourName = form("What is your name?", { name: text });
const confirm = form("Please confirm", { ok: { type: "boolean" } });

/** Asks with a form and says how it was answered. */
const formTool = (name: string, description: string, request: InputRequest): Tool =>
  askingTool(name, description, nothing, (_, { answers }) => {
    const { action, content } = answerOr(answers, "form", Elicited, request);
    return `Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`;
  });

const defaults = {
  name: { type: "string", description: "User name", default: "John Doe" },
  age: { type: "integer", description: "User age", default: 30 },
  score: { type: "number", description: "User score", default: 95.5 },
  status: { type: "string", description: "User status", enum: ["active", "inactive", "pending"], default: "active" },
  verified: { type: "boolean", description: "Verification status", default: true },
};

const options = ["option1", "option2", "option3"];
const titled = ["First", "Second", "Third"].map((title, i) => ({ const: `value${i + 1}`, title }));
const enums = {
  untitledSingle: { type: "string", enum: options },
  titledSingle: { type: "string", oneOf: titled },
  legacyEnum: {
    type: "string",
    enum: ["opt1", "opt2", "opt3"],
    enumNames: ["Option One", "Option Two", "Option Three"],
  },
  untitledMulti: { type: "array", minItems: 1, maxItems: 3, items: { type: "string", enum: options } },
  titledMulti: { type: "array", minItems: 1, maxItems: 3, items: { anyOf: titled } },
};

const Prompt = z.strictObject({ prompt: z.string().max(1_000).describe("What to ask the client's model") });
const Message = z.strictObject({ message: z.string().max(1_000).describe("What to show the person") });

export const questionTools: readonly Tool[] = [
  askingTool("test_sampling", "Asks the client's model.", Prompt, ({ prompt }, { answers }) => {
    return `LLM response: ${answerOr(answers, "sample", Sampled, question(prompt)).content.text}`;
  }),
  askingTool("test_elicitation", "Asks the person.", Message, ({ message }, { answers }) => {
    const request = form(message, { username: text, email: text });
    const { action, content } = answerOr(answers, "form", Elicited, request);
    return `User response: action=${action}, content=${JSON.stringify(content ?? {})}`;
  }),
  formTool("test_elicitation_sep1034_defaults", "Asks with defaults.", form("Please review", defaults, [])),
  formTool("test_elicitation_sep1330_enums", "Asks with five kinds of lists.", form("Please select", enums, [])),
  askingTool("test_missing_capability", "Needs a client that can sample.", nothing, (_, { answers }) => {
    return `answered: ${answerOr(answers, "ping", Sampled, question("Reply with: pong", 16)).content.text}`;
  }),
  askingTool("test_input_required_result_elicitation", "Asks for a name.", nothing, (_, { answers }) => {
    return `Hello, ${answerOr(answers, "user_name", Named, yourName).content.name}!`;
  }),
  askingTool("test_input_required_result_sampling", "Asks the client's model.", nothing, (_, { answers }) => {
    const request = question("What is the capital of France?");
    return `Sampling response: ${answerOr(answers, "capital_question", Sampled, request).content.text}`;
  }),
  askingTool("test_input_required_result_list_roots", "Asks for the roots.", nothing, (_, { answers }) => {
    return answerOr(answers, "client_roots", Roots, roots)
      .roots.map(({ uri }) => uri)
      .join(", ");
  }),
  stateTool("test_input_required_result_request_state", "state-ok: the state came back unharmed"),
  stateTool("test_input_required_result_tampered_state", "integrity-ok: the state came back unharmed"),
  askingTool("test_input_required_result_multiple_inputs", "Asks three things.", nothing, (_, { answers }) => {
    const name = Named.safeParse(answers["user_name"]);
    const greeting = Sampled.safeParse(answers["greeting"]);
    const seen = Roots.safeParse(answers["client_roots"]);
    if (!name.success || !greeting.success || !seen.success) {
      const requests = { user_name: yourName, greeting: question("Generate a greeting", 50), client_roots: roots };
      throw new NeedsInput(requests, { asked: Object.keys(requests) });
    }
    return `${greeting.data.content.text} ${name.data.content.name}, ${seen.data.roots.length} roots`;
  }),
  askingTool("test_input_required_result_multi_round", "Asks in two rounds.", nothing, (_, { answers, state }) => {
    const name = Remembered.safeParse(state).data?.name ?? Named.safeParse(answers["step1"]).data?.content.name;
    if (name === undefined) throw new NeedsInput({ step1: form("Step 1: your name?", { name: text }) }, { round: 1 });
    const color = Colored.safeParse(answers["step2"]).data?.content.color;
    if (color === undefined) throw new NeedsInput({ step2: form("Step 2: your color?", { color: text }) }, { name });
    return `Multi-round complete: ${name} likes ${color}`;
  }),
  askingTool("test_input_required_result_capabilities", "Asks what the client can answer.", nothing, (_, context) => {
    const { answers, abilities } = context;
    if (Object.keys(answers).length > 0) return "answered";
    const possible = [
      ["user_name", "elicitation", yourName],
      ["greeting", "sampling", question("Generate a short greeting", 50)],
      ["client_roots", "roots", roots],
    ] as const;
    const asked = possible.filter(([, ability]) => abilities[ability] !== undefined);
    if (asked.length === 0) return "the client can answer nothing";
    throw new NeedsInput(Object.fromEntries(asked.map(([key, , request]) => [key, request])));
  }),
];

/** Ends only when the confirmation comes together with the state it was asked with. */
function stateTool(name: string, end: string): Tool {
  return askingTool(name, "Asks for a confirmation and remembers it.", nothing, (_, { answers, state }) => {
    if (state === undefined || !Confirmed.safeParse(answers["confirm"]).success)
      throw new NeedsInput({ confirm }, { name });
    return end;
  });
}
