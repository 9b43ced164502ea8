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
  /** Which labels the names consist of, when they are values alone: `pod · code`; else empty. */
  readonly keys: string;
}

type Pairs = ReadonlyMap<string, string>;

const SEPARATOR = " · ";

/** Names for `labels`. Prometheus' own form, `name{key="value"}`, is reduced to what tells the series apart. */
export function legendNames(labels: readonly string[]): Legend {
  const whole = labels.map((label) => clipMiddle(cleanText(label, 1000), MAX_LABEL));
  const parsed = labels.map(parsePairs).filter((pairs) => pairs !== undefined);
  const [first] = parsed;
  if (labels.length < 2 || first === undefined || parsed.length < labels.length) {
    return { names: whole, shared: "", keys: "" };
  }
  const shared = [...first].filter(([key, value]) => parsed.every((pairs) => pairs.get(key) === value));
  const telling = tellingKeys(parsed, new Set(shared.map(([key]) => key)));
  const isFull = parsed.every((pairs) => telling.every((key) => pairs.has(key)));
  const names = parsed.map((pairs, i) => {
    const own = telling.filter((key) => pairs.has(key)).map((key) => [key, pairs.get(key) ?? ""] as const);
    if (own.length === 0) return whole[i] ?? "";
    const text = isFull ? own.map(([, value]) => value).join(SEPARATOR) : own.map(([k, v]) => `${k}=${v}`).join(", ");
    return clipMiddle(cleanText(text, 1000), MAX_LABEL);
  });
  return {
    names,
    shared: shared.map(([key, value]) => (key === "" ? value : `${key}="${cleanText(value, 200)}"`)).join(", "),
    keys: isFull ? telling.map((key) => (key === "" ? "name" : key)).join(SEPARATOR) : "",
  };
}

/** The labels that tell the series apart, without those that follow from another one: of pod and instance one is enough. */
function tellingKeys(all: readonly Pairs[], shared: ReadonlySet<string>): string[] {
  let keys = [...new Set(all.flatMap((pairs) => [...pairs.keys()]))].filter((key) => !shared.has(key));
  const counts = new Map(keys.map((key) => [key, new Set(all.map((pairs) => pairs.get(key))).size]));
  for (const key of keys.toSorted((a, b) => (counts.get(a) ?? 0) - (counts.get(b) ?? 0))) {
    if (keys.some((other) => other !== key && decides(all, other, key))) keys = keys.filter((other) => other !== key);
  }
  return keys;
}

/** Whether each value of `key` comes with one value of `other` only. */
function decides(all: readonly Pairs[], key: string, other: string): boolean {
  const seen = new Map<string | undefined, string | undefined>();
  return all.every((pairs) => {
    const value = pairs.get(key);
    if (!seen.has(value)) seen.set(value, pairs.get(other));
    return seen.get(value) === pairs.get(other);
  });
}

/** The pairs of `name{key="value",...}`, the name under the key "". Undefined when the label has another form. */
function parsePairs(label: string): Pairs | undefined {
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
