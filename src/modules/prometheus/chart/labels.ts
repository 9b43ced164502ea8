// Series names for a legend. They are hostile text: one line, no control or direction marks, clipped. What all share is said once.
import { oneLine } from "../../../core/clip.ts";

export const MAX_LABEL = 60;

/** `text` on one line with at most `max` characters, free of what could break a picture or its reading order. */
export function cleanText(text: string, max: number): string {
  const head = text.slice(0, max * 4).toWellFormed(); // hostile text may be megabytes
  return oneLine(head.replace(/[\p{Cf}\p{Cn}\p{Co}]/gu, ""), max);
}

/** Cuts the middle, since names of pods and hosts differ at their ends. */
export function clipMiddle(text: string, max: number): string {
  const points = Array.from(text);
  if (points.length <= max) return text;
  const tail = Math.floor((max - 1) / 2);
  return `${points.slice(0, max - 1 - tail).join("")}…${tail > 0 ? points.slice(-tail).join("") : ""}`;
}

export interface Legend {
  /** One name per series, in order. */
  readonly names: readonly string[];
  /** What all series share, as `job="api", zone="a"`; empty when nothing is. */
  readonly shared: string;
}

/** Names for `labels`. Prometheus' own form, `name{key="value"}`, is reduced to the pairs in which the series differ. */
export function legendNames(labels: readonly string[]): Legend {
  const parsed = labels.map(parsePairs);
  const first = parsed[0];
  const whole = labels.map((label) => clipMiddle(cleanText(label, 1000), MAX_LABEL));
  if (labels.length < 2 || first === undefined || !parsed.every((pairs) => pairs !== undefined)) {
    return { names: whole, shared: "" };
  }
  const shared = [...first].filter(([key, value]) => parsed.every((pairs) => pairs.get(key) === value));
  const differing = new Set(parsed.flatMap((pairs) => [...pairs.keys()]));
  for (const [key] of shared) differing.delete(key);
  const names = parsed.map((pairs, i) => {
    const own = [...pairs].filter(([key]) => differing.has(key));
    if (own.length === 0) return whole[i] ?? "";
    const text =
      differing.size === 1 ? own.map(([, value]) => value).join() : own.map(([k, v]) => `${k}=${v}`).join(", ");
    return clipMiddle(cleanText(text, 1000), MAX_LABEL);
  });
  return {
    names,
    shared: shared.map(([key, value]) => (key === "" ? value : `${key}="${cleanText(value, 200)}"`)).join(", "),
  };
}

/** The pairs of `name{key="value",...}`, the name under the key "". Undefined when the label has another form. */
function parsePairs(label: string): ReadonlyMap<string, string> | undefined {
  const text = label.slice(0, 4000);
  const head = /^([\w:.]*)\{/u.exec(text);
  if (head === null || !text.endsWith("}")) return undefined;
  const pairs = new Map<string, string>();
  if (head[1]) pairs.set("", head[1]);
  const pair = /\s*([\w.]+)="((?:[^"\\]|\\.)*)"\s*(?:,|(?=\}$))/uy;
  pair.lastIndex = head[0].length;
  while (pair.lastIndex < text.length - 1) {
    const found = pair.exec(text);
    if (found === null) return undefined;
    const [, key = "", value = ""] = found;
    pairs.set(key === "__name__" ? "" : key, unescape(value));
  }
  return pairs;
}

const unescape = (value: string): string => value.replace(/\\(.)/gu, (_, sign: string) => (sign === "n" ? " " : sign));
