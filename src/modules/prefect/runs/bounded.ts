// Values of any size in an answer of limited size: whole when they fit, else the head of their JSON and how much there is.
import { byteLength, clipBytes } from "../../../core/clip.ts";

/** `value` must be cleaned already. */
export function bounded(value: unknown, maxBytes: number): unknown {
  const json = JSON.stringify(value) ?? "null";
  const total = byteLength(json);
  if (total <= maxBytes) return value;
  return `${clipBytes(json, maxBytes)}… [cut here: ${maxBytes} of ${total} bytes of JSON shown]`;
}
