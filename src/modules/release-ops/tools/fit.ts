// Output within the budget: of a text its head and its tail, of a JSON value all its members with the long texts shortened.
import { clipBytes, byteLength } from "../../../core/clip.ts";
import { ToolFailure } from "../../../core/failure.ts";
import { pythonJson } from "../runs/python-json.ts";

const NOTICE_BYTES = 120;
/** The end of an output says how it went. */
const HEAD_SHARE = 0.3;

export function fitText(text: string, maxBytes: number): string {
  const total = byteLength(text);
  if (total <= maxBytes) return text;
  const room = Math.max(0, maxBytes - NOTICE_BYTES);
  const head = clipBytes(text, Math.floor(room * HEAD_SHARE));
  const tail = clipTail(text, room - byteLength(head));
  const left = total - byteLength(head) - byteLength(tail);
  return `${head}\n[… ${left} of ${total} bytes left out here; the hub's MAX_OUTPUT_BYTES sets how much is shown …]\n${tail}`;
}

function clipTail(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text, "utf8");
  let from = Math.max(0, bytes.length - maxBytes);
  while (from < bytes.length && ((bytes[from] ?? 0) & 0xc0) === 0x80) from += 1; // not inside a character
  return bytes.subarray(from).toString("utf8");
}

/** @throws ToolFailure too-large when even short texts do not help */
export function fitJson(value: unknown, maxBytes: number): unknown {
  for (let longest = 4_096; longest >= 64; longest /= 2) {
    const short = shorten(value, longest);
    if (byteLength(pythonJson(short)) <= maxBytes) return short;
  }
  throw new ToolFailure(
    "too-large",
    `the answer does not fit into ${maxBytes} bytes; the hub's MAX_OUTPUT_BYTES sets it`,
  );
}

function shorten(value: unknown, longest: number): unknown {
  if (typeof value === "string")
    return value.length <= longest ? value : `${value.slice(0, longest)}… [${value.length - longest} characters cut]`;
  if (Array.isArray(value)) return value.map((item) => shorten(item, longest));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shorten(member, longest)]));
}
