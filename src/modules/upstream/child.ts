// An MCP server as a child process: messages over its standard input and output, one a line. It gets PATH and the variables that
// the file lists, nothing of ours; it leads a process group, which ends with it.
import { spawn, type ChildProcess } from "node:child_process";
import {
  deserializeMessage,
  serializeMessage,
  type JSONRPCMessage,
  type Transport,
} from "@modelcontextprotocol/client";
import { endGroup, signalGroup } from "../../core/process-group.ts";
import { UpstreamError } from "../../core/upstream-error.ts";
import { MAX_ANSWER_BYTES } from "./fetch.ts";

const STOP_GRACE_MS = 2_000;
/** A process that has left the group may hold the pipes open for ever. */
const LAST_WORDS_MS = 500;

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Pieces of its standard error, as they come. */
  readonly onStderr: (chunk: Buffer) => void;
}

export class ChildTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #options: ChildOptions;
  /** What has come of a line that is not whole yet. */
  readonly #pieces: Buffer[] = [];
  #piecesBytes = 0;
  #child: ChildProcess | undefined;

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  /** By this and `stderr` the SDK knows a pipe from HTTP: there, silence means an old server. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  get stderr(): null {
    return null;
  }

  start(): Promise<void> {
    const { command, args, env, onStderr } = this.#options;
    const child = spawn(command, args, { env, detached: true, shell: false, stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    child.stdin.on("error", () => undefined); // it is gone: `close` tells
    child.stdout.on("data", (chunk: Buffer) => this.#read(chunk));
    child.stderr.on("data", onStderr);
    child.once("exit", () => {
      if (child.pid !== undefined) signalGroup(child.pid, "SIGKILL"); // what it has left behind
      setTimeout(() => [child.stdout, child.stderr].forEach((pipe) => pipe.destroy()), LAST_WORDS_MS).unref();
    });
    child.once("close", () => {
      this.#child = undefined;
      this.onclose?.();
    });
    return new Promise((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (error) =>
        reject(new UpstreamError("refused", "the command cannot be started", {}, { cause: error })),
      );
    });
  }

  send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#child?.stdin;
    if (!stdin?.writable) return Promise.reject(new UpstreamError("reset", "the process has ended"));
    return new Promise((resolve, reject) => {
      stdin.write(serializeMessage(message), (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Ends its input, then the whole group: politely, and after two seconds for good. */
  async close(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const ended = new Promise<void>((resolve) => void child.once("close", () => resolve()));
    child.stdin?.end();
    if (child.pid !== undefined) await endGroup(child.pid, STOP_GRACE_MS);
    await ended;
  }

  #read(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf("\n"); end >= 0; end = chunk.indexOf("\n", from)) {
      const line = Buffer.concat([...this.#pieces.splice(0), chunk.subarray(from, end)]);
      this.#piecesBytes = 0;
      from = end + 1;
      this.#take(line.toString("utf8"));
    }
    this.#pieces.push(chunk.subarray(from));
    this.#piecesBytes += chunk.length - from;
    if (this.#piecesBytes <= MAX_ANSWER_BYTES) return;
    this.#pieces.length = 0;
    this.#piecesBytes = 0;
    this.onerror?.(new UpstreamError("too-large", `a message of more than ${MAX_ANSWER_BYTES} bytes`));
    void this.close();
  }

  /** A line that is no message is passed over: many servers print to their standard output. */
  #take(line: string): void {
    let message: JSONRPCMessage;
    try {
      message = deserializeMessage(line);
    } catch {
      return;
    }
    this.onmessage?.(message);
  }
}
