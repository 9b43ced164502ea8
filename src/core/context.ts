// What a tool may know about its call and say while it runs. Doors (MCP, the agent) fill it; tools know no transport.
import type { Caller } from "./caller.ts";
import type { Carrier } from "./trail.ts";

export { ANONYMOUS, type Caller } from "./caller.ts";

export type Door = "mcp" | "agent" | "internal";

/** Media or a link beside the structured value. Never the only way to the data: several clients read text alone. */
export type Attachment =
  | { readonly type: "image" | "audio"; readonly mimeType: string; readonly bytes: Uint8Array }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "resource_link"; readonly uri: string; readonly name: string; readonly mimeType?: string }
  | { readonly type: "resource"; readonly uri: string; readonly mimeType: string; readonly text: string };

export type LogLevel = "debug" | "info" | "warning" | "error";

/** A request to the person or client behind the call, in MCP's words (`elicitation/create`, `sampling/createMessage`). */
export interface InputRequest {
  readonly method: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** Thrown by a tool that cannot go on before the client answers; the tool then runs again with `context.answers`. */
export class NeedsInput extends Error {
  readonly requests: Readonly<Record<string, InputRequest>>;
  readonly state: unknown;

  constructor(requests: Record<string, InputRequest>, state?: unknown) {
    super(`input needed: ${Object.keys(requests).join(", ")}`);
    this.name = "NeedsInput";
    this.requests = requests;
    this.state = state;
  }
}

/** The most a result may weigh, in UTF-8 bytes of JSON or text. */
export interface OutputBudget {
  readonly textBytes: number;
  readonly structuredBytes: number;
}

/** The program that asks, as it calls itself; untrusted. */
export interface ClientInfo {
  readonly name: string;
  readonly version: string;
  /** Of a 2025-era client. */
  readonly session?: string | undefined;
}

/** How a call came in, for its span. */
export interface CallOrigin {
  /** Of the JSON-RPC request. */
  readonly requestId?: string | undefined;
  readonly transport: "tcp" | "pipe";
  /** Of the protocol, where it is known. */
  readonly version?: string | undefined;
  /** Traces that the client, and then its HTTP request, belong to. Untrusted. */
  readonly carriers: readonly Carrier[];
}

/** What a door hands to `registry.call`. */
export interface CallRequest {
  readonly signal: AbortSignal;
  readonly caller: Caller;
  readonly door: Door;
  /** Tells the client how far the call is. `done` and `total` share a unit of the tool's choice. */
  progress?(message: string, done?: number, total?: number): void;
  /** Sends a log line to the client, where the protocol has a place for it. */
  log?(level: LogLevel, message: string): void;
  /** Answers to an earlier NeedsInput, by the tool's own keys; untrusted. */
  readonly answers?: Readonly<Record<string, unknown>>;
  /** The state of an earlier NeedsInput, already verified by the door. */
  readonly state?: unknown;
  /** Of the HTTP request, those that a module asked for (RunningModule.requestHeaders), in lower case; untrusted. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Undefined where nobody said: calls of the agent, and those of 2025-era clients without a session. */
  readonly client?: ClientInfo | undefined;
  /** Undefined for calls of the agent, which go on from where they are made. */
  readonly origin?: CallOrigin;
  /** What the client on the other side said it can do, for example `elicitation`. */
  readonly abilities?: Readonly<Record<string, unknown>>;
}

/** What a tool's `run` gets: the request made whole. */
export interface CallContext extends Required<Omit<CallRequest, "state" | "client" | "origin">> {
  readonly state: unknown;
  readonly client: ClientInfo | undefined;
  readonly callId: string;
  readonly budget: OutputBudget;
  /** Adds media or a link to the result. */
  attach(attachment: Attachment): void;
}
