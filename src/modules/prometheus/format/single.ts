// Answers without series: a scalar or a string, in every format.
import { byteLength, clipBytes } from "../../../core/clip.ts";
import { rfc3339 } from "../../../core/clock.ts";
import type { Envelope } from "../projection.ts";
import { jsonBytes, type Answer } from "./draft.ts";
import { toMs } from "./grid.ts";
import { rawFrame } from "./raw.ts";
import type { Sample } from "./reply.ts";
import { show, toNumber } from "./value.ts";

export function singleAnswer(
  envelope: Envelope,
  type: "scalar" | "string",
  sample: Sample,
  format: string,
  budgetBytes: number,
): Answer {
  const [seconds, text] = sample;
  const time = rfc3339(toMs(seconds));
  const head = { result_type: type, total: 1, returned: 1, truncated: false, has_more: false } as const;
  if (format === "raw" || format === "auto") {
    const data = { ...rawFrame(envelope), data: { resultType: type, result: [...sample] } };
    const raw = { ...head, format: "raw" as const, data };
    if (jsonBytes(raw) <= budgetBytes) return raw;
  }
  const shownFormat = format === "summary" ? "summary" : "compact";
  const answer = (value: unknown): Answer => ({
    ...head,
    format: shownFormat,
    data: { resultType: type, time, value },
  });
  if (type === "scalar") return answer(show(toNumber(text)));
  const whole = answer(text);
  if (jsonBytes(whole) <= budgetBytes) return whole;
  // A character may weigh six bytes in JSON (\u0001).
  const start = clipBytes(text, Math.max(0, Math.floor((budgetBytes - 512) / 6)));
  return {
    ...answer(start),
    truncated: true,
    truncated_by: "bytes",
    how_to_see_more: `The string has ${byteLength(text)} bytes; only its start is shown.`,
  };
}
