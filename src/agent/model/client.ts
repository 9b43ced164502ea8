// The model behind its OpenAI-compatible door: one question, one answer, a few retries, and a breaker.
import type { ClientOptions as LibraryOptions, OpenAI } from "openai";
import type { ChatCompletionMessageParam, ChatCompletionTool } from "openai/resources/chat/completions";
import type { Clock } from "../../core/clock.ts";
import type { JsonObject } from "../../core/json.ts";
import { Secret } from "../../core/secret.ts";
import { createUpstream, type Upstream } from "../../core/upstream.ts";
import type { Watch } from "../../core/watch.ts";
import { Breaker } from "./breaker.ts";
import { explain, ModelFailure } from "./failure.ts";
import type { ModelReply } from "./reply.ts";
import type { Turns } from "./turn.ts";
import { waitFor } from "./wait.ts";

export interface ClientOptions {
  readonly baseUrl: string;
  readonly apiKey: Secret | undefined;
  readonly model: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly turns: Turns;
  readonly watch?: Watch | undefined;
}

export interface Question {
  readonly messages: readonly ChatCompletionMessageParam[];
  /** Undefined for a model that is asked without tools. */
  readonly tools: readonly ChatCompletionTool[] | undefined;
  /** In milliseconds of the clock. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

const MAX_REPLY_BYTES = 2 * 1024 * 1024;
const RETRIES = 2;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;
const LONGEST_WISH_MS = 20_000;
const AT_ONCE = 64; // the pipeline's lanes are narrower
/** The library's own timer would hang up without a word of why; ours comes first, told by a header that goes no further. */
const LIMIT = "x-ops-hub-timeout-ms";
const LATER_MS = 1_000;

export class ModelClient {
  readonly #options: ClientOptions;
  readonly #breaker: Breaker;
  readonly #upstream: Upstream;
  #openai: Promise<OpenAI> | undefined;
  /** Where completions are, below LITELLM_URL. As litellm does, first without /v1. */
  #path = "/chat/completions";
  #takesTemperature = true;

  constructor(options: ClientOptions) {
    const { baseUrl, apiKey = new Secret("none"), timeoutMs, watch } = options;
    this.#options = options;
    this.#breaker = new Breaker(options.clock);
    this.#upstream = createUpstream({
      baseUrl,
      headers: () => [["authorization", new Secret(`Bearer ${apiKey.reveal()}`)]],
      maxResponseBytes: MAX_REPLY_BYTES,
      timeoutMs,
      concurrency: AT_ONCE,
      watch,
    });
  }

  get isOpen(): boolean {
    return this.#breaker.isOpen;
  }

  /** @throws ModelFailure, or the signal's reason */
  async ask(question: Question): Promise<ModelReply> {
    for (let tries = 0; ; tries += 1) {
      if (this.#breaker.isOpen)
        throw new ModelFailure("down", `the model is left alone for a minute: ${this.#breaker.lastProblem}`);
      try {
        // oxlint-disable-next-line no-await-in-loop -- one try after the other is the point
        const reply = await this.#askKnowing(question);
        this.#breaker.succeeded();
        return reply;
      } catch (error) {
        const failure = this.#judge(error, question);
        const pause = this.#pauseBefore(tries, failure, question.deadline);
        if (pause === undefined) throw failure;
        // oxlint-disable-next-line no-await-in-loop
        await waitFor(pause, question.signal);
      }
    }
  }

  view(): JsonObject {
    return { model: this.#options.model, ...this.#breaker.view() };
  }

  close(): Promise<void> {
    return this.#upstream.close();
  }

  /** Learns what this server has and takes: its path, a changed key, no temperature. */
  async #askKnowing(question: Question): Promise<ModelReply> {
    try {
      return await this.#askOnce(question, this.#path);
    } catch (error) {
      const kind = error instanceof ModelFailure ? error.kind : undefined;
      if (kind === "temperature" && this.#takesTemperature) {
        this.#takesTemperature = false;
        return this.#askKnowing(question);
      }
      if (kind === "locked" && (await this.#options.apiKey?.refresh()) === true) {
        return this.#askOnce(question, this.#path);
      }
      if (kind !== "missing" || this.#path.startsWith("/v1")) throw error;
      const reply = await this.#askOnce(question, `/v1${this.#path}`);
      this.#path = `/v1${this.#path}`;
      return reply;
    }
  }

  async #askOnce({ messages, tools, deadline, signal }: Question, path: string): Promise<ModelReply> {
    const leftMs = deadline - this.#options.clock.now();
    if (leftMs <= 0) throw new ModelFailure("refused", "the report's time was over");
    const { baseUrl, turns, timeoutMs, clock } = this.#options;
    const model = this.#options.model.replace(/^openai\//, "");
    const body = {
      model,
      messages,
      ...(tools === undefined ? {} : { tools }),
      ...(this.#takesTemperature ? { temperature: 0 } : {}),
    };
    const timeout = Math.ceil(Math.min(timeoutMs, leftMs));
    this.#openai ??= openLibrary(this.#upstream, baseUrl);
    const openai = await this.#openai;
    return turns.take(model, baseUrl, async () => {
      try {
        const limits = { timeout: timeout + LATER_MS, headers: { [LIMIT]: String(timeout) } };
        const { data, response } = await openai.post<unknown>(path, { body, signal, ...limits }).withResponse();
        return { body: data, headers: response.headers };
      } catch (error) {
        signal.throwIfAborted();
        throw explain(error, timeout, clock.now()) ?? error;
      }
    });
  }

  /** Counts it. What is nobody's failure but ours, or the caller's end, goes on as it is. */
  #judge(error: unknown, { signal }: Question): ModelFailure {
    signal.throwIfAborted();
    if (!(error instanceof ModelFailure)) throw error;
    if (error.isModelDown) this.#breaker.failed(error.message, error.kind === "locked");
    return error;
  }

  /** Undefined when asking again is no use or comes too late. */
  #pauseBefore(tries: number, { mayRetry, waitMs }: ModelFailure, deadline: number): number | undefined {
    if (!mayRetry || tries >= RETRIES || this.#breaker.isOpen) return undefined;
    if (waitMs !== undefined && waitMs > LONGEST_WISH_MS) return undefined;
    const pause = waitMs ?? Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries) * (0.75 + Math.random() / 4);
    return this.#options.clock.now() + pause < deadline ? pause : undefined;
  }
}

/** Loaded at the first question: it takes 0.4 s, and many hubs never ask one. */
async function openLibrary(upstream: Upstream, baseUrl: string): Promise<OpenAI> {
  const { OpenAI } = await import("openai");
  const baseURL = baseUrl.replace(/\/+$/, "");
  return new OpenAI({
    baseURL,
    apiKey: "added-by-upstream", // without one it would read the environment
    organization: null,
    project: null,
    maxRetries: 0,
    logLevel: "off",
    fetch: throughUpstream(upstream, baseURL),
  });
}

/** The library's requests go through our pool: the key is added there, bytes and redirects are bounded there. */
function throughUpstream(upstream: Upstream, baseUrl: string): NonNullable<LibraryOptions["fetch"]> {
  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const { status, headers, body } = await upstream.send({
      method: "POST",
      path: url.slice(baseUrl.length),
      json: JSON.parse(typeof init?.body === "string" ? init.body : "null"),
      timeoutMs: Number(new Headers(init?.headers).get(LIMIT)),
      signal: init?.signal ?? new AbortController().signal,
    });
    const { "content-encoding": _, "content-length": __, ...rest } = headers; // of what came over the wire
    return new Response(body.length === 0 ? null : body, { status, headers: rest });
  };
}
