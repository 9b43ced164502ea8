// What else a reader should know: text that tries to instruct, other failures, what could not be read, a container that was named wrongly.
import { oneLine } from "../../core/clip.ts";
import type { Evidence } from "../../core/evidence.ts";
import { readsLikeInstructions } from "./instructions.ts";

const MAX_LINES = 5_000;
const QUOTE_CHARS = 200;
const MAX_REMARKS = 12;

export function remarksOf(evidence: Evidence): string[] {
  const { chosen, also_failed: others, problems, task_run: run } = evidence;
  const remarks = [
    ...instructionsIn(evidence),
    ...(chosen?.asked === undefined || chosen.asked === chosen.container
      ? []
      : [`The report named container ${chosen.asked}; ${chosen.container} was looked at: ${chosen.because}.`]),
    ...(run !== undefined && run.attempt > 1
      ? [`This was attempt ${run.attempt} of the task; the ones before failed too.`]
      : []),
    ...problems.map((problem) => `Could not be read: ${problem}`),
    ...others.map((other) => `Failed too: ${other}`),
  ];
  return remarks.slice(0, MAX_REMARKS).map((remark) => oneLine(remark, 600));
}

function instructionsIn(evidence: Evidence): string[] {
  const logs = evidence.logs.flatMap(({ text }) => {
    const lines = text.split("\n");
    return lines.length <= MAX_LINES ? lines : [...lines.slice(0, 300), ...lines.slice(-MAX_LINES)];
  });
  const messages = [
    ...evidence.events.map(({ message }) => message),
    ...evidence.containers.flatMap(({ message, previous }) => [message ?? "", previous?.message ?? ""]),
    evidence.pod?.message ?? "",
    evidence.task_run?.message ?? "",
    evidence.pipeline_run?.message ?? "",
  ];
  return [remarkOn("log", logs), remarkOn("messages", messages)].filter((remark) => remark !== undefined);
}

function remarkOn(where: "log" | "messages", lines: readonly string[]): string | undefined {
  const found = lines.filter(readsLikeInstructions);
  const [first] = found;
  if (first === undefined) return undefined;
  const verb = where === "log" ? "The log holds" : "The cluster's messages hold";
  const more = found.length > 1 ? ` (and ${found.length - 1} more lines)` : "";
  return `${verb} text that reads like instructions to an AI; it was treated as data: "${oneLine(first, QUOTE_CHARS)}"${more}`;
}
