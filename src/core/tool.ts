// What a tool is: a value that describes itself and projects an upstream's data. See CONTRIBUTING.md for the five steps.
import type { z } from "zod";
import type { CallContext } from "./context.ts";
import type { FailureKind } from "./failure.ts";
import type { JsonObject } from "./json.ts";

export type Access = "read" | "write" | "destructive";

/** A failure as the caller will see it. `code` is the tool's own word for it or the kind in capitals. */
export interface FailureView {
  readonly kind: FailureKind;
  readonly message: string;
  readonly code: string;
  readonly details: Readonly<JsonObject>;
  readonly callId: string;
  /** RFC 3339, UTC. */
  readonly timestamp: string;
}

export interface Shown {
  readonly text: string;
  readonly structured: JsonObject;
}

export interface ToolDefinition<Input extends z.ZodObject, Output extends z.ZodType<JsonObject>> {
  /** snake_case, at most 64 characters, unique in the hub. */
  readonly name: string;
  readonly title: string;
  /** First sentence: what. Second: when to use it. Limits as numbers. At most 1,000 characters. */
  readonly description: string;
  readonly access: Access;
  /** Does it reach beyond the hub's own memory? Default true. */
  readonly openWorld?: boolean;
  /** Doing it twice is as doing it once. Default: true for reads. */
  readonly idempotent?: boolean;
  /** May run longer than a minute (with these arguments): its stream opens at once and is kept alive. */
  readonly long?: boolean | ((input: JsonObject) => boolean);
  /** May throw NeedsInput: it then runs again with the client's answers. */
  readonly asks?: boolean;
  /** z.strictObject with plain types; every field described and bounded. */
  readonly input: Input;
  /** JSON Schema that clients see in place of `input`'s own, of a tool that another server describes: it also checks what it is given. */
  readonly inputSchema?: JsonObject;
  /** z.looseObject: what clients may rely on. */
  readonly output: Output;
  run(input: z.output<Input>, context: CallContext): Promise<z.input<Output>> | z.input<Output>;
  /** The whole answer as text. Default: the value as JSON. */
  text?(value: z.output<Output>): string;
  /** How a failure reads. Default: the message, and its details as structured content. */
  failure?(failure: FailureView, input: unknown): Shown;
}

/** A tool with its types erased, as the registry keeps it. */
export type Tool = ToolDefinition<z.ZodObject, z.ZodType<JsonObject>>;

/** Whether a call with these raw arguments may take longer than a minute. */
export const isLong = ({ long }: Tool, input: JsonObject): boolean =>
  typeof long === "function" ? long(input) : long === true;

/** Checks the definition's types and erases them. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodType<JsonObject>>(
  definition: ToolDefinition<Input, Output>,
): Tool {
  return definition; // the registry parses input and output with these very schemas
}
