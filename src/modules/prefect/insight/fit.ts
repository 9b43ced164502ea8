// An answer of many parts that together may be too large: the parts that are missed least give way first.
import { byteLength } from "../../../core/clip.ts";

const FRAME_BYTES = 400;

/** Where to cut a list. */
export type Side = "start" | "end";

/**
 * Halves the lists named in `order`, the first of them first and each down to `least`, until the JSON fits. What was cut stands in `cut`.
 * The value itself is not changed.
 */
export function fitParts<Value extends object>(
  value: Value,
  textBytes: number,
  order: readonly { readonly name: keyof Value & string; readonly from: Side; readonly least?: number }[],
): Value & { cut?: string[] } {
  const fits = (one: object) => byteLength(JSON.stringify(one)) <= textBytes - FRAME_BYTES;
  let shown: Value = value;
  const cut: string[] = [];
  for (const { name, from, least = 0 } of order) {
    for (let list = shown[name]; !fits(shown) && Array.isArray(list) && list.length > least; list = shown[name]) {
      const kept = Math.max(least, Math.floor(list.length / 2));
      shown = { ...shown, [name]: from === "start" ? list.slice(list.length - kept) : list.slice(0, kept) };
      if (!cut.includes(name)) cut.push(name);
    }
  }
  return cut.length === 0 ? shown : { ...shown, cut };
}
