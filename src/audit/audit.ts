// The audit: one line of JSON for each tool call, report and refusal. Who, through which door, what, and how it ended.
import { LRUCache } from "lru-cache";
import { addressKey } from "../core/address-key.ts";
import { byteLength, oneLine } from "../core/clip.ts";
import { rfc3339, type Clock } from "../core/clock.ts";
import { NO_AUDIT, type Audit } from "../core/audit.ts";
import type { Caller } from "../core/caller.ts";
import { ConfigError } from "../core/config-error.ts";
import type { Log } from "../core/log.ts";
import type { Redactor } from "../core/redact.ts";
import type { FinishedCall } from "../core/registry.ts";
import { shownArguments } from "./arguments.ts";
import { openFile, OutputSink, type Output, type Sink } from "./sink.ts";

export interface AuditOptions {
  /** AUDIT_LOG: a path, `stdout` or `off`. */
  readonly target: string;
  /** Standard output; undefined when it belongs to a client (--stdio). */
  readonly stdout: Output | undefined;
  readonly redactor: Redactor;
  readonly clock: Clock;
  readonly log: Log;
  /** Of one file. */
  readonly fileSize?: string;
}

/** Whoever is told 429 may go on for long: one line a minute says so, and nobody fills a disk by being refused. */
const TOO_MANY = 429;
const FLOOD_MS = 60_000;
const MAX_FLOODS = 20_000;

export type OpenAudit = Audit & { close(): Promise<void> };

/** @throws ConfigError when the target cannot be written */
export async function createAudit(options: AuditOptions): Promise<OpenAudit> {
  const { target } = options;
  if (target.toLowerCase() === "off") return { ...NO_AUDIT, close: () => Promise.resolve() };
  const lines = new Lines(options, await openSink(options));
  const isFlood = floodFilter(options.clock);
  return {
    call: (record, { tool, input, outcome, caller }) =>
      lines.add("call", caller, () => ({
        caller: record.caller,
        door: record.door,
        module: record.module,
        tool: lines.clean(tool),
        arguments: lines.arguments(input),
        outcome: record.outcome,
        duration_ms: record.durationMs,
        bytes: bytesOf(outcome),
        call_id: record.callId,
      })),
    report: ({ caller, route, status, address, durationMs, bytes, reportId, arguments: input }) =>
      lines.add("report", caller, () => ({
        door: "reports",
        route: lines.clean(route),
        arguments: lines.arguments(input),
        outcome: String(status),
        duration_ms: durationMs,
        bytes,
        report_id: reportId,
        address: lines.clean(address),
      })),
    refused: ({ caller, door, route, status, reason, address }) => {
      if (status === TOO_MANY && isFlood(`${door} ${caller?.id ?? addressKey(address)}`)) return;
      lines.add("refused", caller, () => ({
        door,
        route: lines.clean(route),
        outcome: String(status),
        reason: lines.clean(reason),
        address: lines.clean(address),
      }));
    },
    close: () => lines.close(),
  };
}

/** Whether somebody had a line of this kind within the minute. */
function floodFilter(clock: Clock): (who: string) => boolean {
  const known = new LRUCache<string, true>({ max: MAX_FLOODS, ttl: FLOOD_MS, ttlResolution: 0, perf: clock });
  return (who) => {
    if (known.has(who)) return true;
    known.set(who, true);
    return false;
  };
}

async function openSink({ target, stdout, clock, log, fileSize = "64M" }: AuditOptions): Promise<Sink> {
  if (target.toLowerCase() !== "stdout") return openFile({ path: target, size: fileSize, log, clock });
  if (stdout !== undefined) return new OutputSink(stdout, log, clock);
  throw new ConfigError(["AUDIT_LOG=stdout does not go with --stdio: standard output belongs to the client"]);
}

class Lines {
  readonly #options: AuditOptions;
  readonly #sink: Sink;

  constructor(options: AuditOptions, sink: Sink) {
    this.#options = options;
    this.#sink = sink;
  }

  /** Members that are undefined are left out. */
  add(event: string, caller: Caller | undefined, members: () => Record<string, unknown>): void {
    try {
      const who =
        caller === undefined ? {} : { caller: caller.name, caller_id: caller.id, address: this.#address(caller) };
      const line = { time: rfc3339(this.#options.clock.now()), event, ...who, ...members() };
      this.#sink.write(`${JSON.stringify(line)}\n`);
    } catch (error) {
      this.#options.log.error({ err: error, event }, "a line of the audit could not be written");
    }
  }

  arguments(input: unknown): unknown {
    return shownArguments(input, this.#options.redactor);
  }

  /** Text from outside, short and without secrets. */
  clean(text: string): string {
    return oneLine(this.#options.redactor.redact(text.slice(0, 2_000)).text, 200);
  }

  /** Behind a trusted proxy it is what the proxy's client said. */
  #address({ address }: Caller): string | undefined {
    return address === undefined ? undefined : this.clean(address);
  }

  close(): Promise<void> {
    return this.#sink.close();
  }
}

/** Of the answer: its value as JSON, or what is said of the failure. */
const bytesOf = (outcome: FinishedCall["outcome"]): number =>
  byteLength(outcome.ok ? JSON.stringify(outcome.value) : outcome.message);
