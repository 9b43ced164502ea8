// A container's log as pods_log gives it: plain text, the newest lines, with no time and no limit of its own.
import { collectLog } from "../../../core/container-log/index.ts";
import { ToolFailure } from "../../../core/failure.ts";
import type { ContainerLog, LogQuestion } from "../../../core/inquiry/reader.ts";

/** Asks for a tail of so many lines. */
export type AskLog = (tail: number) => Promise<string>;

const EMPTY = /^The pod \S+ in namespace \S* has not logged any message yet$/;

/** More than one answer may hold: again with a quarter of the lines, so that the newest are always seen. */
export async function readLog(ask: AskLog, question: LogQuestion, signal: AbortSignal): Promise<ContainerLog> {
  const { tail, maxTries, maxBytes, redactor } = question;
  for (let lines = tail, tries = 1; ; lines = Math.max(1, Math.floor(lines / 4)), tries += 1) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- each try depends on the last
      const text = await ask(lines);
      const source = chunksOf(EMPTY.test(text) ? "" : text);
      // oxlint-disable-next-line no-await-in-loop
      const log = await collectLog(source, { maxBytes, tailLines: tail, redactor, signal });
      return lines === tail ? log : { ...log, truncated: true, tail_asked: lines };
    } catch (error) {
      if (!(error instanceof ToolFailure && error.kind === "too-large") || tries === maxTries) throw error;
    }
  }
}

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  if (text !== "") yield Buffer.from(text);
}
