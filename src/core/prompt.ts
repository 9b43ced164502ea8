// Prompts and resources: what people pick by hand in a client. Never the only way to the data.
import type { Attachment, CallContext } from "./context.ts";

/** Offers values for what was typed so far; at most 100 are shown. */
export type Complete = (
  prefix: string,
  given: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<string[]> | string[];

export interface PromptArgument {
  readonly description: string;
  readonly required?: boolean;
  readonly complete?: Complete;
}

export interface PromptMessage {
  readonly role: "user" | "assistant";
  readonly content: Attachment;
}

/** What prompts and resources may know of their request. */
export type ReadContext = Pick<CallContext, "signal" | "caller" | "answers" | "state" | "budget">;

export interface Prompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly arguments: Readonly<Record<string, PromptArgument>>;
  render(given: Readonly<Record<string, string>>, context: ReadContext): Promise<PromptMessage[]> | PromptMessage[];
}

export interface ResourceContent {
  readonly mimeType: string;
  readonly body: string | Uint8Array;
}

export interface Resource {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
  /** A URI, or an RFC 6570 template such as `prometheus://{datasource}/alerts`. */
  readonly uri: string;
  readonly complete?: Readonly<Record<string, Complete>>;
  /** The template's present members, for `resources/list`. */
  list?(context: ReadContext): Promise<{ uri: string; name: string }[]> | { uri: string; name: string }[];
  /** Calls `changed` whenever the content may differ, until the signal fires; resources that have it can be subscribed to. */
  watch?(changed: () => void, signal: AbortSignal, variables: Readonly<Record<string, string>>): void;
  /** Throws ToolFailure("not-found") for a URI that fits the template but names nothing. */
  read(variables: Readonly<Record<string, string>>, context: ReadContext): Promise<ResourceContent> | ResourceContent;
}
