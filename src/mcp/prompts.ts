// Prompts and their completions, from our plain values to the SDK's registry.
import {
  completable,
  ProtocolError,
  ProtocolErrorCode,
  type McpServer,
  type RequestStateCodec,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import { NeedsInput, type Caller, type OutputBudget } from "../core/context.ts";
import { ToolFailure } from "../core/failure.ts";
import type { Complete, Prompt, PromptArgument, ReadContext } from "../core/prompt.ts";
import type { RequestSpan } from "./request-span.ts";
import { contentBlock, inputRequiredResult } from "./result.ts";
import type { View } from "./view.ts";

const MAX_COMPLETIONS = 100;
/** A person is typing. */
const COMPLETION_LIMIT_MS = 3_000;

export interface ListedPrompt {
  readonly prompt: Prompt;
  readonly argsSchema: z.ZodObject<Record<string, z.ZodType<string | undefined>>>;
}

export interface PromptOptions {
  readonly caller: Caller;
  readonly codec: RequestStateCodec;
  readonly span: RequestSpan;
}

export function registerPrompts(mcp: McpServer, view: View, { caller, codec, span }: PromptOptions): void {
  for (const { prompt, argsSchema } of view.prompts) {
    const { name, title, description } = prompt;
    const render = async (given: Record<string, string | undefined>, ctx: ServerContext) => {
      try {
        const messages = await prompt.render(present(given), readContext(caller, ctx, view.registry.budget));
        return {
          description,
          messages: messages.map(({ role, content }) => ({ role, content: contentBlock(content) })),
        };
      } catch (error) {
        if (!(error instanceof NeedsInput)) throw protocolError(error);
        const asking = { ok: false as const, kind: "needs-input" as const, message: error.message };
        return inputRequiredResult({ ...asking, requests: error.requests, state: error.state }, (state) =>
          codec.mint(state, ctx),
        );
      }
    };
    const asked = { method: "prompts/get" as const, target: name, attributes: { "gen_ai.prompt.name": name } };
    mcp.registerPrompt(name, { title, description, argsSchema }, (given, ctx) =>
      span(asked, ctx, () => render(given, ctx)),
    );
  }
}

/** Done once per view: building a zod object for each request would cost more than the request. */
export function listPrompt(prompt: Prompt): ListedPrompt {
  const fields = Object.entries(prompt.arguments).map(([name, argument]) => [name, argumentField(argument)] as const);
  return { prompt, argsSchema: z.object(Object.fromEntries(fields)) };
}

/** The SDK looks for completions below `optional`, so the text itself carries them. */
function argumentField({ description, required, complete }: PromptArgument) {
  const text = z.string().max(1_000).describe(description);
  const field =
    complete === undefined
      ? text
      : completable(text, (value, context) => completions(complete, value, context?.arguments ?? {}));
  return required === true ? field : field.optional().describe(description);
}

/** Never throws: a completion that cannot be had is an empty one. */
export async function completions(
  complete: Complete,
  prefix: string,
  given: Record<string, string>,
): Promise<string[]> {
  try {
    const signal = AbortSignal.timeout(COMPLETION_LIMIT_MS);
    return (await complete(prefix, given, signal)).slice(0, MAX_COMPLETIONS);
  } catch {
    return [];
  }
}

const present = (given: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(given).filter((pair): pair is [string, string] => pair[1] !== undefined));

export const readContext = (caller: Caller, { mcpReq }: ServerContext, budget: OutputBudget): ReadContext => ({
  signal: mcpReq.signal,
  caller,
  answers: mcpReq.inputResponses ?? {},
  state: mcpReq.requestState(),
  budget,
});

/** What may be told of a failed prompt or resource; the text of a bug stays here. */
export function protocolError(error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error;
  if (error instanceof ToolFailure) return new ProtocolError(ProtocolErrorCode.InvalidParams, error.message);
  return new ProtocolError(ProtocolErrorCode.InternalError, "internal error in the hub");
}
