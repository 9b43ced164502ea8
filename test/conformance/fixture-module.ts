// An ordinary hub module with the tools, prompts and resources that the official conformance suite calls by name.
import { z } from "zod";
import { defineModule } from "../../src/core/module.ts";
import type { Prompt, PromptMessage, Resource } from "../../src/core/prompt.ts";
import type { Tool } from "../../src/core/tool.ts";
import { PNG, contentTools } from "./fixture-content.ts";
import { questionTools } from "./fixture-questions.ts";
import { answerOr, fixtureTool, form, nothing } from "./fixture-tool.ts";

const say = (text: string): PromptMessage => ({ role: "user", content: { type: "text", text } });

const Context = z.looseObject({ action: z.literal("accept"), content: z.looseObject({ context: z.string() }) });
const whichContext = form("What context should the prompt use?", { context: { type: "string" } });

const prompts: readonly Prompt[] = [
  {
    name: "test_simple_prompt",
    title: "Simple prompt",
    description: "A prompt without arguments.",
    arguments: {},
    render: () => [say("This is a simple prompt for testing.")],
  },
  {
    name: "test_prompt_with_arguments",
    title: "Prompt with arguments",
    description: "A prompt that repeats its arguments.",
    arguments: {
      arg1: {
        description: "First argument",
        required: true,
        complete: (prefix) => ["testValue1", "other"].filter((value) => value.startsWith(prefix)),
      },
      arg2: { description: "Second argument", required: true },
    },
    render: ({ arg1, arg2 }) => [say(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)],
  },
  {
    name: "test_prompt_with_embedded_resource",
    title: "Prompt with a resource",
    description: "A prompt that embeds a resource.",
    arguments: { resourceUri: { description: "URI of the resource", required: true } },
    render: ({ resourceUri = "" }) => {
      const text = "Embedded resource content for testing.";
      return [
        { role: "user", content: { type: "resource", uri: resourceUri, mimeType: "text/plain", text } },
        say("Please process the embedded resource above."),
      ];
    },
  },
  {
    name: "test_prompt_with_image",
    title: "Prompt with an image",
    description: "A prompt that shows an image.",
    arguments: {},
    render: () => [
      { role: "user", content: { type: "image", mimeType: "image/png", bytes: PNG } },
      say("Please analyze the image above."),
    ],
  },
  {
    name: "test_input_required_result_prompt",
    title: "Prompt that asks",
    description: "A prompt that needs an answer before it can be rendered.",
    arguments: {},
    render: (_, { answers }) => {
      const { content } = answerOr(answers, "user_context", Context, whichContext);
      return [say(`Use the following context: ${content.context}`)];
    },
  },
];

const resources: readonly Resource[] = [
  {
    name: "static-text",
    title: "Static text",
    description: "A text that never changes.",
    mimeType: "text/plain",
    uri: "test://static-text",
    read: () => ({ mimeType: "text/plain", body: "This is the content of the static text resource." }),
  },
  {
    name: "static-binary",
    title: "Static image",
    description: "An image that never changes.",
    mimeType: "image/png",
    uri: "test://static-binary",
    read: () => ({ mimeType: "image/png", body: PNG }),
  },
  {
    name: "template",
    title: "Template",
    description: "Repeats the id in its URI.",
    mimeType: "application/json",
    uri: "test://template/{id}/data",
    read: ({ id }) => ({
      mimeType: "application/json",
      body: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
    }),
  },
  {
    name: "watched-resource",
    title: "Watched text",
    description: "A text that a client may subscribe to.",
    mimeType: "text/plain",
    uri: "test://watched-resource",
    read: () => ({ mimeType: "text/plain", body: "Watched resource content" }),
    watch: () => undefined, // it never changes; the suite only subscribes and unsubscribes
  },
];

const added = fixtureTool("test_added_tool", "Comes and goes.", nothing, () => "here");

export const fixture = defineModule({
  name: "conformance",
  title: "Conformance fixture",
  instructions: "What the official conformance suite calls by name.",
  settings: {},
  start: ({ changed }) => {
    const tools: Tool[] = [...contentTools, ...questionTools];
    const change = fixtureTool("test_trigger_tool_change", "Adds a tool, or removes it again.", nothing, () => {
      if (tools.at(-1) === added) tools.pop();
      else tools.push(added);
      changed();
      return "changed";
    });
    tools.push(change);
    return { tools, prompts, resources, check: () => Promise.resolve({ ok: true, message: "nothing to ask" }) };
  },
});
