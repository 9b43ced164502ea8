// "Since" as people say it: 10m, 1h30m, or a moment.
import type { Pairs } from "../../../core/upstream.ts";
import { ToolFailure } from "../../../core/failure.ts";

const UNITS: Readonly<Record<string, number>> = { d: 86_400, h: 3_600, m: 60, s: 1 };

/** The query of the log API. @throws ToolFailure invalid */
export function sinceQuery(text: string): Pairs {
  const parts = /^(?:\d+[dhms])+$/.test(text) ? [...text.matchAll(/(\d+)([dhms])/g)] : [];
  const total = parts.reduce((sum, [, digits, unit = ""]) => sum + Number(digits) * (UNITS[unit] ?? 0), 0);
  if (total > 0) return [["sinceSeconds", String(total)]];
  const moment = /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(moment)) return [["sinceTime", new Date(moment).toISOString()]];
  throw new ToolFailure(
    "invalid",
    `since "${text}" is neither a duration such as 10m or 1h30m nor a time such as 2026-11-25T10:00:00Z`,
    {
      code: "INVALID_SINCE",
    },
  );
}
