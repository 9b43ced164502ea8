// prefect_get_flow_run_logs: what a run or a task wrote, from its end unless told otherwise.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import type { LogFilter } from "../filters/runs.ts";
import { prefectTool, type Kit } from "../kit.ts";
import { LINE_CHARS, levelInput, levelNumber, showLine } from "../logs/line.ts";
import { endOf, openPlace, placeAfter } from "../logs/place.ts";
import { MAX_SCANNED, scanLog, type Scan } from "../logs/scan.ts";
import { subjectOf } from "../logs/subject.ts";
import { pageInput, pageOutput } from "../paging.ts";
import { some } from "../runs/row.ts";
import { readTime, time } from "../times.ts";
import { uuid } from "../uuid.ts";

const NAME = "prefect_get_flow_run_logs";
/** Everything but the lines. */
const FRAME_BYTES = 1_200;

const input = z.strictObject({
  flow_run_id: uuid("Id of the flow run; its tasks' lines are among its own").optional(),
  task_run_id: uuid("Id of a task run, for its lines only").optional(),
  order: z
    .enum(["tail", "head"])
    .default("tail")
    .describe("Which end of the log to read from: tail, the newest lines, or head, the oldest"),
  min_level: levelInput,
  contains: z.string().min(1).max(200).optional().describe("Only lines that hold this text, in any case"),
  since: time("Only lines after it"),
  until: time("Only lines before it"),
  ...pageInput(100, 1_000, "lines"),
});

export const getFlowRunLogs = (kit: Kit): Tool =>
  prefectTool(kit, {
    name: NAME,
    title: "Read the log of a run",
    description:
      "Reads the log of a flow run (with its tasks) or of one task run: the newest lines unless order is head, shown oldest first. " +
      `Filters by level, text and time. Identical lines in a row come once, with how often. Lines are cut at ${LINE_CHARS} ` +
      `characters, secrets masked; contains looks through ${MAX_SCANNED} lines a call (scanned says how many) and the first ` +
      "64 KB of each. has_more_before and has_more_after say whether there are older and newer lines; next_cursor goes on.",
    input,
    output: z.looseObject({
      flow_run_id: z.string().optional(),
      task_run_id: z.string().optional(),
      name: z.string(),
      state: z.string(),
      logs: z.array(
        z.looseObject({
          timestamp: z.string(),
          level: z.string(),
          message: z.string(),
          repeated: z.number().optional().describe("Identical lines in a row"),
        }),
      ),
      ...pageOutput,
      total: z
        .number()
        .optional()
        .describe("Lines that match; only when all of them are shown, since Prefect cannot count them"),
      scanned: z.number().describe("Lines looked at in this call"),
      has_more_before: z.boolean().describe("There are older lines"),
      has_more_after: z.boolean().describe("There are newer lines"),
    }),
    run: async (given, call) => {
      const place = openPlace(NAME, given, call.nowMs);
      const { page } = place;
      const { filter, facts } = subjectOf(call, given.flow_run_id, given.task_run_id);
      const isTask = given.task_run_id !== undefined; // then its id stands at the top
      const isTail = given.order === "tail";
      const logs: LogFilter = { ...filter, ...narrowed(given, page.nowMs, isTail ? endOf(place) : undefined) };
      const [subject, scan] = await Promise.all([
        facts(),
        scanLog({
          read: (offset, size) =>
            call.api.logs.filter({ logs }, isTail ? "TIMESTAMP_DESC" : "TIMESTAMP_ASC", { limit: size, offset }),
          show: (log) => showLine(call.clean, isTask ? { ...log, task_run_id: undefined } : log, given.contains),
          offset: page.offset,
          maxEntries: page.limit,
          maxBytes: call.context.budget.textBytes - FRAME_BYTES,
        }),
      ]);
      const next = page.offset + scan.scanned;
      const newest = isTail ? scan.first : undefined;
      return {
        ...subject,
        logs: isTail ? scan.entries.toReversed() : scan.entries,
        ...some("total", scan.hasMore || page.offset > 0 ? undefined : linesIn(scan)),
        returned: linesIn(scan),
        truncated: scan.hasMore,
        scanned: scan.scanned,
        has_more_before: isTail ? scan.hasMore : page.offset > 0,
        has_more_after: isTail ? page.offset > 0 : scan.hasMore,
        ...(scan.stoppedBy === undefined
          ? {}
          : { next_cursor: placeAfter(place, next, newest), truncated_reason: scan.stoppedBy }),
        ...(scan.entries.length === 0 && !scan.hasMore ? { note: noteOn(subject.state, scan.scanned) } : {}),
      };
    },
  });

function narrowed(given: z.output<typeof input>, nowMs: number, end: string | undefined): LogFilter {
  const since = readTime("since", given.since, nowMs);
  const until = readTime("until", given.until, nowMs);
  const before = until === undefined || (end !== undefined && end < until) ? end : until;
  const timestamp = {
    ...(since === undefined ? {} : { after_: since }),
    ...(before === undefined ? {} : { before_: before }),
  };
  return {
    ...(Object.keys(timestamp).length === 0 ? {} : { timestamp }),
    ...(given.min_level === undefined ? {} : { level: { ge_: levelNumber(given.min_level) } }),
  };
}

/** Lines, not the entries that stand for several. */
const linesIn = ({ entries }: Scan): number => entries.reduce((sum, { repeated = 1 }) => sum + repeated, 0);

const noteOn = (state: string, scanned: number): string =>
  scanned > 0
    ? `none of the ${scanned} lines matches`
    : `no lines: nothing was logged that matches, or the run has not begun (it is ${state})`;
