// A log of a test's own in the stand-in, and the tool that reads it.
import { expect } from "vitest";
import type { Started } from "../start.ts";

export const TOOL = "prefect_get_flow_run_logs";
export const START = Date.parse("2026-11-25T10:00:00Z");

/** Gives etl-ok this log, 10 ms apart, and returns its id. */
export function write({ server }: Started, messages: string[], more: object = {}): string {
  const flow_run_id = server.world.seeded.runs["etl-ok"]!;
  const rows = messages.map((message, i) => ({
    id: crypto.randomUUID(),
    name: "prefect.flow_runs",
    level: 20,
    message,
    timestamp: new Date(START + 10 * i).toISOString(),
    flow_run_id,
    task_run_id: null,
    ...more,
  }));
  server.world.logs = [...server.world.logs.filter((log) => log["flow_run_id"] !== flow_run_id), ...rows];
  return flow_run_id;
}

export const read = async ({ call }: Started, input: object): Promise<any> => {
  const { isError, text, structured } = await call(TOOL, input);
  expect([isError, text]).toEqual([false, expect.any(String)]);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(24 * 1024);
  return structured;
};
export const messages = ({ logs }: any): string[] => logs.map((line: any) => line.message);
