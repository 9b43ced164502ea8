// Which part of the data a discovery question is about: match[], a time range, and the label in a path. Everything a caller gives
// is quoted or encoded here, so that it can only ever be what its field says.
import { z } from "zod";
import { oneLine } from "../../../core/clip.ts";
import { ToolFailure } from "../../../core/failure.ts";
import type { JsonObject } from "../../../core/json.ts";
import { formatMatchers, parseMatchers, quote, type Matcher } from "./matchers.ts";
import { compileWhole } from "./pattern.ts";
import { echoTime, resolveWindow } from "./time.ts";

const MAX_SELECTORS = 20;
const MAX_ECHO = 300;

/** One selector, or a JSON list of them. Prometheus reads what is in it. @throws ToolFailure INVALID_MATCH */
export function parseSelectors(match: string | undefined): readonly string[] {
  const text = match?.trim() ?? "";
  if (text === "") return [];
  const selectors = text.startsWith("[") ? parseList(text) : [text];
  if (selectors.length <= MAX_SELECTORS && selectors.every((selector) => selector.trim() !== "")) return selectors;
  throw badMatch(`match holds ${selectors.length} selectors; 1 to ${MAX_SELECTORS} are allowed, none of them empty`);
}

function parseList(text: string): string[] {
  const list = z.array(z.string());
  try {
    return list.parse(JSON.parse(text));
  } catch {
    throw badMatch("match starts like a JSON list but is no list of strings");
  }
}

/** Any text as a metric name; it cannot become more than a name. */
export const metricSelector = (name: string): string => `{__name__=${quote(name)}}`;

const SELECTOR = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)?\s*(?:\{([\s\S]*)\})?\s*$/;

/** The selector, only for this metric: several match[] would mean either, not both. @throws ToolFailure INVALID_MATCHER */
function narrowTo(name: string, selector: string): string {
  const [all, metric, matchers] = SELECTOR.exec(selector) ?? [];
  if (all === undefined) throw badMatch('with metric_name, match must be a plain selector such as {job="api"}');
  const parts = [`__name__=${quote(name)}`];
  if (metric !== undefined) parts.push(`__name__=${quote(metric)}`);
  if (matchers !== undefined) parts.push(formatMatchers(parseMatchers(matchers)));
  return `{${parts.filter((part) => part !== "").join(",")}}`;
}

const badMatch = (why: string): ToolFailure =>
  new ToolFailure("invalid", `INVALID_MATCH: ${why}`, {
    code: "INVALID_MATCH",
    hint: 'Write a series selector such as up{job="api"}, or a JSON list of them.',
  });

export interface ScopeInput {
  readonly metric_name?: string | undefined;
  readonly match?: string | undefined;
  readonly start?: string | undefined;
  readonly end?: string | undefined;
}

export interface Scope {
  readonly params: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  readonly selectors: readonly string[];
  /** `resolved` and `notes` of the answer. */
  readonly members: { readonly resolved: JsonObject; readonly notes?: string[] };
}

/** @throws ToolFailure INVALID_MATCH, INVALID_MATCHER, INVALID_TIME, INVALID_TIME_RANGE */
export function resolveScope({ metric_name: name, match, start, end }: ScopeInput, nowMs: number): Scope {
  const written = parseSelectors(match);
  const selectors =
    name === undefined || name === ""
      ? written
      : written.length === 0
        ? [metricSelector(name)]
        : written.map((selector) => narrowTo(name, selector));
  const window = resolveWindow({ start, end }, nowMs);
  return {
    params: { ...(selectors.length === 0 ? {} : { "match[]": selectors }), start: window.start, end: window.end },
    selectors,
    members: {
      resolved: {
        ...(selectors.length === 0 ? {} : { match: oneLine(selectors.join(" or "), MAX_ECHO) }),
        ...(window.start === undefined ? {} : { start: echoTime(window.start) }),
        ...(window.end === undefined ? {} : { end: echoTime(window.end) }),
      },
      ...(window.notes.length === 0 ? {} : { notes: window.notes }),
    },
  };
}

const TIME_FORMS = "RFC3339, a date, Unix seconds, now-1h, or 1h (= an hour ago); default all data";

/** Input members that make a scope. */
export const matchField = z
  .string()
  .max(10_000)
  .optional()
  .describe('Series selector such as {job="api"} or up{job=~"a.*"}; a JSON list of selectors means any of them');
export const windowFields = {
  start: z.string().max(64).optional().describe(`Only series with data since: ${TIME_FORMS}`),
  end: z.string().max(64).optional().describe("Only series with data until, in the same forms"),
};
export const metricNameField = z.string().max(1_000).describe("Exact metric name, for example up");

/** Letters of any script, digits and what OpenTelemetry names hold; nothing that means something in a URL but one slash. */
const UTF8_LABEL = /^[\p{L}\p{N}\p{M}_.:/@+ -]+$/u;
const LEGACY_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * A label name as one path segment. Other than legacy names are escaped as Prometheus 3 reads them:
 * https://prometheus.io/docs/prometheus/latest/querying/api/#querying-label-values (U__ prefix, `_` doubled, others `_HEX_`).
 * @throws ToolFailure INVALID_LABEL_NAME
 */
export function labelSegment(label: string): string {
  if (LEGACY_LABEL.test(label)) return label;
  if (label.trim() !== label || !UTF8_LABEL.test(label) || /\.\.|\/\/|^\/|\/$/.test(label)) {
    throw new ToolFailure("invalid", `INVALID_LABEL_NAME: "${oneLine(label, 80)}" is not a label name`, {
      code: "INVALID_LABEL_NAME",
      hint: "Use a name from get_metric_labels, for example job or instance.",
    });
  }
  const escaped = Array.from(label, (character, i) => {
    if (character === "_") return "__";
    const isPlain = i === 0 ? /[a-zA-Z]/.test(character) : /[a-zA-Z0-9]/.test(character);
    return isPlain ? character : `_${character.codePointAt(0)?.toString(16) ?? ""}_`;
  });
  return `U__${escaped.join("")}`;
}

/** @throws ToolFailure INVALID_MATCHER, `Invalid regex pattern: ...` */
export const parseLabelFilter = (text: string | undefined): Matcher[] =>
  text === undefined ? [] : parseMatchers(text);

/** Do labels meet all matchers? As in Prometheus a missing label is an empty one, and patterns are anchored. */
export function labelFilter(matchers: readonly Matcher[]): (labels: Readonly<Record<string, string>>) => boolean {
  const tests = matchers.map(({ label, op, value }) => {
    const isMet = op.endsWith("~") ? compileWhole(value) : (text: string) => text === value;
    const wanted = !op.startsWith("!");
    return (labels: Readonly<Record<string, string>>) => isMet(labels[label] ?? "") === wanted;
  });
  return (labels) => tests.every((test) => test(labels));
}
