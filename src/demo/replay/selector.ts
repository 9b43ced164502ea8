// The little PromQL that the stand-in reads: a metric name and equality matchers. Everything else it only recognises.

export interface Selector {
  readonly matchers: readonly (readonly [label: string, value: string])[];
}

const SELECTOR = /^([a-zA-Z_:][a-zA-Z0-9_:]*)?(?:\{([^{}]*)\})?$/;
const MATCHER = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"$/;
const PARTS = /(?:[^,"]|"(?:[^"\\]|\\.)*")+/g;

/** Undefined for anything but `name{label="value",...}`. */
export function parseSelector(text: string): Selector | undefined {
  const match = SELECTOR.exec(normalize(text));
  if (match === null) return undefined;
  const [, name, body = ""] = match;
  const matchers: (readonly [string, string])[] = name === undefined ? [] : [["__name__", name]];
  for (const part of body.match(PARTS) ?? []) {
    const [, label, value] = MATCHER.exec(part) ?? [];
    if (label === undefined || value === undefined) return undefined;
    matchers.push([label, value.replace(/\\(.)/g, "$1")]);
  }
  return matchers.length === 0 ? undefined : { matchers };
}

/** An absent label equals "", as in Prometheus. */
export const selects = ({ matchers }: Selector, labels: Readonly<Record<string, string>>): boolean =>
  matchers.every(([label, value]) => (labels[label] ?? "") === value);

const TOKENS = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|\w+|\s+|./g;
const isWord = (token: string | undefined): boolean => token !== undefined && /^\w/.test(token);

/** The same query however it is spaced: blanks stay only between two words. */
export function normalize(query: string): string {
  const tokens = (query.match(TOKENS) ?? []).filter((token) => token.trim() !== "");
  return tokens.map((token, index) => (isWord(token) && isWord(tokens[index - 1]) ? ` ${token}` : token)).join("");
}
