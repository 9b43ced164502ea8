// A model behind an OpenAI-compatible door, on loopback: it answers what a script says, refuses what OpenAI, LiteLLM or
// Bedrock refuse, and fails on cue.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import { goodAnalyst } from "./model-stand-in/analyst.ts";
import { checkRequest, type ChatBody } from "./model-stand-in/rules.ts";

export { goodAnalyst } from "./model-stand-in/analyst.ts";
export type { ChatBody, ChatMessage } from "./model-stand-in/rules.ts";

export interface ModelRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ChatBody;
  /** How many came before it. */
  readonly at: number;
}

export interface ModelCall {
  readonly name: string;
  /** Text goes as it is, so that it can be broken. */
  readonly arguments: string | object;
  readonly id?: string;
}

export type ModelReply = { readonly delayMs?: number } & (
  | {
      readonly content?: string | null;
      readonly calls?: readonly ModelCall[];
      readonly finish?: string;
      readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null;
    }
  /** An HTTP answer that is no completion; `body` text goes as it is. */
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly fault: "hang" | "reset" | "cut" }
);

/** A list is taken one by one; what comes after its end is refused. */
export type ModelScript = readonly ModelReply[] | ((request: ModelRequest) => ModelReply | Promise<ModelReply>);

export interface ModelOptions {
  /** Without it: 401, as LiteLLM says it. */
  readonly key?: string;
  /** Others get 404. As LiteLLM: with and without /v1. */
  readonly paths?: readonly string[];
  /** Before every answer. */
  readonly delayMs?: number;
  /** Longer requests get 400 context_length_exceeded. */
  readonly contextBytes?: number;
  /** false: 400 for a `temperature`, as reasoning models do. */
  readonly takesTemperature?: boolean;
}

export interface ModelStandIn {
  /** For LITELLM_URL. */
  readonly url: string;
  /** Accepted ones, in order; all that came are counted in `hits`. */
  readonly requests: ModelRequest[];
  readonly hits: number;
  /** Why requests were refused for their shape. A test of ours expects none. */
  readonly refusals: readonly string[];
  /** The most that were under way at once. */
  readonly mostAtOnce: number;
  script: ModelScript;
  close(): Promise<void>;
}

export async function startModel(script: ModelScript = goodAnalyst, options: ModelOptions = {}): Promise<ModelStandIn> {
  const world = new World(script, options);
  const server = createServer((incoming, response) => {
    void world.serve(incoming, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  world.url = `http://127.0.0.1:${port}`;
  world.close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return world;
}

class World implements ModelStandIn {
  url = "";
  close: () => Promise<void> = async () => undefined;
  script: ModelScript;
  hits = 0;
  mostAtOnce = 0;
  readonly requests: ModelRequest[] = [];
  readonly refusals: string[] = [];
  readonly #options: ModelOptions;
  #busy = 0;

  constructor(script: ModelScript, options: ModelOptions) {
    this.script = script;
    this.#options = options;
  }

  async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    this.hits += 1;
    this.#busy += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#busy);
    let isCounted = true;
    const leave = (): void => {
      if (isCounted) this.#busy -= 1;
      isCounted = false;
    };
    response.on("close", leave);
    response.on("error", leave);
    const raw = await readText(incoming).catch(() => undefined);
    if (raw === undefined) return;
    const refusal = this.#door(incoming, raw);
    if (refusal !== undefined) return send(response, refusal.status, refusal.body);
    const checked = checkRequest(parse(raw));
    if ("problem" in checked) {
      this.refusals.push(checked.problem);
      return send(response, 400, problem("invalid_request_error", checked.problem));
    }
    const path = incoming.url ?? "";
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
    const request: ModelRequest = { path, headers, body: checked.body, at: this.requests.length };
    this.requests.push(request);
    const reply = await this.#next(request);
    const delayMs = reply.delayMs ?? this.#options.delayMs ?? 0;
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    answer(reply, request, raw.length, incoming, response);
  }

  #door(incoming: IncomingMessage, raw: string): { status: number; body: unknown } | undefined {
    const { key, paths = ["/chat/completions", "/v1/chat/completions"] } = this.#options;
    if (!paths.includes(incoming.url ?? "")) return { status: 404, body: { detail: "Not Found" } };
    if (incoming.method !== "POST") return { status: 405, body: { detail: "Method Not Allowed" } };
    if (!/^Bearer \S+$/.test(incoming.headers.authorization ?? "") || wrongKey(incoming, key)) {
      const given = incoming.headers.authorization ?? "none"; // LiteLLM's text names the key it got
      return {
        status: 401,
        body: problem(
          "auth_error",
          `Authentication Error, Invalid proxy server token passed. Received API Key = ${given}`,
        ),
      };
    }
    const body = parse(raw);
    if (
      this.#options.takesTemperature === false &&
      typeof body === "object" &&
      body !== null &&
      "temperature" in body
    ) {
      return {
        status: 400,
        body: problem(
          "unsupported_value",
          "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.",
        ),
      };
    }
    if (raw.length > (this.#options.contextBytes ?? Infinity)) {
      const message = `litellm.ContextWindowExceededError: This model's maximum context length is exceeded: ${raw.length} bytes`;
      return { status: 400, body: problem("context_length_exceeded", message) };
    }
    return undefined;
  }

  async #next(request: ModelRequest): Promise<ModelReply> {
    if (typeof this.script === "function") return this.script(request);
    const [first, ...rest] = this.script;
    this.script = rest;
    return first ?? { status: 400, body: problem("script", "the script of the stand-in is over") };
  }
}

const wrongKey = (incoming: IncomingMessage, key: string | undefined): boolean =>
  key !== undefined && incoming.headers.authorization !== `Bearer ${key}`;

function answer(
  reply: ModelReply,
  request: ModelRequest,
  bytes: number,
  incoming: IncomingMessage,
  response: ServerResponse,
): void {
  if (response.destroyed) return;
  if ("fault" in reply) {
    if (reply.fault === "reset") incoming.socket.destroy();
    if (reply.fault === "cut") {
      response.writeHead(200, { "content-type": "application/json", "content-length": "9999" });
      response.write('{"id":"chatcmpl-1","choices":[{"mess', () => incoming.socket.destroy());
    }
    return;
  }
  if ("status" in reply) return send(response, reply.status, reply.body ?? problem("error", "scripted"), reply.headers);
  send(response, 200, completion(reply, request, bytes));
}

type Completion = Extract<ModelReply, { content?: string | null }>;

function completion({ content = null, calls, finish, usage }: Completion, request: ModelRequest, bytes: number) {
  const tool_calls = calls?.map((call, at) => ({
    id: call.id ?? `call_${request.at}_${at}`,
    type: "function",
    function: {
      name: call.name,
      arguments: typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments),
    },
  }));
  const said = JSON.stringify(tool_calls ?? content).length;
  const counted = usage ?? { prompt_tokens: Math.ceil(bytes / 4), completion_tokens: Math.ceil(said / 4) };
  return {
    id: `chatcmpl-${request.at}`,
    object: "chat.completion",
    created: 1_795_000_000,
    model: request.body.model,
    choices: [
      {
        index: 0,
        finish_reason: finish ?? (tool_calls === undefined ? "stop" : "tool_calls"),
        message: { role: "assistant", content, ...(tool_calls === undefined ? {} : { tool_calls }) },
      },
    ],
    ...(usage === null
      ? {}
      : { usage: { ...counted, total_tokens: counted.prompt_tokens + counted.completion_tokens } }),
  };
}

function send(response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const isText = typeof body === "string";
  response.writeHead(status, { "content-type": isText ? "text/html" : "application/json", ...headers });
  response.end(isText ? body : JSON.stringify(body));
}

const problem = (code: string, message: string) => ({ error: { message, type: code, param: null, code } });

function parse(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}
