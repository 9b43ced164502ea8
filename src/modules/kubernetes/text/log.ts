// Logs as text: the plain lines when there is one log and nothing to add, else with a line of ours in brackets above each.
import { z } from "zod";
import type { ContainerLog } from "../../../core/inquiry/reader.ts";
import type { LogRequest } from "../objects/read-log.ts";

export const logEntry = z.looseObject({
  container: z.string(),
  previous: z.boolean().optional(),
  text: z.string(),
  lines_total: z.number().optional().describe("Lines read from Kubernetes"),
  lines_returned: z.number().optional().describe("Lines shown; a line that repeats is one"),
  lines_matched: z.number().optional().describe("Lines that matched grep"),
  truncated: z.boolean().describe("True when lines that were asked for are not shown"),
  redacted: z.number().optional().describe("Secrets taken out"),
  waiting: z.string().optional().describe("Why there is no log"),
});

export type LogEntry = z.output<typeof logEntry>;

export function showLog(container: string, { previous }: Pick<LogRequest, "previous">, log: ContainerLog): LogEntry {
  const { redactions: _, unavailable, ...rest } = log;
  return {
    container,
    ...(previous === true ? { previous } : {}),
    ...rest,
    ...(unavailable === undefined ? {} : { waiting: unavailable }),
  };
}

export const waitingEntry = (container: string, waiting: string): LogEntry => ({
  container,
  text: "",
  truncated: false,
  waiting,
});

/** `whose` stands in the words for an empty log: `pod web-1 in namespace shop`. */
export function logText(whose: string, logs: readonly LogEntry[], notes: readonly string[]): string {
  const head = notes.map((note) => `[${note}]\n`).join("");
  const [only] = logs;
  if (logs.length === 1 && only !== undefined) return `${head}${bodyOf(whose, only)}`;
  const parts = logs.map((log) => `[container: ${log.container}]\n${bodyOf(`container ${log.container}`, log)}`);
  return `${head}${parts.join("\n\n")}`;
}

export function bodyOf(whose: string, log: LogEntry): string {
  const { text, lines_total: total = 0, lines_matched: matched, waiting } = log;
  if (waiting !== undefined) return `[no log: ${waiting}]`;
  const early =
    log["ended_early"] === true ? ["[the log stalled or broke off: newer lines may be missing; ask again]"] : [];
  if (text !== "") return [...early, text].join("\n");
  if (matched === 0 && total > 0) return [...early, `[none of the last ${total} lines matches]`].join("\n");
  return [...early, `The ${whose} has not logged any message yet`].join("\n");
}
