// One entry of the file as flat texts: `url`, `jsonData.httpMethod`, `secureJsonData.httpHeaderValue1`, placeholders
// replaced. Only members that mean something to us are read, so that other plugins' dollar signs do no harm.
import { z } from "zod";
import { expand, type Sources } from "./expand.ts";

/** Thrown for an entry that cannot be used; the message may be shown. */
export class BadEntry extends Error {}

export class Fields {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #unresolved: ReadonlySet<string>;

  constructor(texts: ReadonlyMap<string, string>, unresolved: ReadonlySet<string>) {
    this.#texts = texts;
    this.#unresolved = unresolved;
  }

  /** The member's text; undefined when it is absent, blank, or a placeholder in it has no value. */
  text(key: string): string | undefined {
    const text = this.#texts.get(key);
    return text === undefined || text.trim() === "" ? undefined : text;
  }

  /** Is it there, but with a placeholder that has no value? That has been told already. */
  isUnresolved(key: string): boolean {
    return this.#unresolved.has(key);
  }

  /** Go's strconv.ParseBool and YAML 1.1's words, as Grafana reads them. */
  flag(key: string): boolean {
    return /^\s*(?:1|t|true|yes|on|y)\s*$/i.test(this.text(key) ?? "");
  }

  /** The numbers N for which `<prefix>N` is there, ascending. */
  numbers(prefix: string): number[] {
    const keys = [...this.#texts.keys(), ...this.#unresolved].filter((key) => key.startsWith(prefix));
    const numbers = keys.map((key) => key.slice(prefix.length)).filter((rest) => /^\d{1,4}$/.test(rest));
    return [...new Set(numbers.map(Number))].sort((a, b) => a - b);
  }

  /** Equal exactly when all members are equal. Holds secrets: hash it. */
  canonical(): string {
    return JSON.stringify([...this.#texts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** file.ts reads every scalar as text; lists and mappings in a member are other plugins' business. */
const scalar = z.string().optional().catch(undefined);
const scalars = z.record(z.string(), scalar, { error: "must be a mapping" }).nullish();

const entrySchema = z
  .looseObject({ jsonData: scalars, secureJsonData: scalars }, { error: "is not a mapping" })
  .transform(({ jsonData, secureJsonData, ...top }) => ({
    top: z.record(z.string(), scalar).parse(top),
    jsonData,
    secureJsonData,
  }));

const HONOURED =
  /^(?:(?:name|uid|url|isDefault|basicAuth|basicAuthUser|basicAuthPassword)|jsonData\.(?:httpMethod|timeInterval|queryTimeout|customQueryParameters|prometheusType|tlsAuth|tlsAuthWithCACert|tlsSkipVerify|serverName|httpHeaderName\d+)|secureJsonData\.(?:basicAuthPassword|tlsCACert|tlsClientCert|tlsClientKey|httpHeaderValue\d+))$/;

/** Dashboards' own variables, such as $__rate_interval: not ours to resolve, and no mistake. */
const MACRO = /^\s*\$\{?__(?!env\{|file\{)\w+\}?\s*$/;

/**
 * Flattens and expands one raw entry; `warn` is told of every placeholder without a value.
 * Returns undefined for the entries of other plugins.
 * @throws BadEntry when it is no mapping
 */
export async function readFields(
  raw: unknown,
  sources: Sources,
  warn: (problem: string) => void,
): Promise<Fields | undefined> {
  const type = z.looseObject({ type: z.string() }).safeParse(raw);
  if (type.success && (await expand(type.data.type, sources)).text !== "prometheus") return undefined;
  const parsed = entrySchema.safeParse(raw);
  if (!parsed.success)
    throw new BadEntry(parsed.error.issues.map(({ path, message }) => [...path, message].join(" ")).join(", "));
  if (!type.success) throw new BadEntry("has no type");
  const { top, jsonData, secureJsonData } = parsed.data;
  const texts = new Map<string, string>();
  const unresolved = new Set<string>();
  for (const [prefix, members] of [
    ["", top],
    ["jsonData.", jsonData],
    ["secureJsonData.", secureJsonData],
  ] as const) {
    for (const [member, value] of Object.entries(members ?? {})) {
      const key = prefix + member;
      if (value === undefined || !HONOURED.test(key) || MACRO.test(value)) continue;
      const { text, missing, empty } = await expand(value, sources);
      const lacking = prefix === "secureJsonData." ? [...missing, ...empty] : missing;
      if (lacking.length === 0) texts.set(key, text);
      else {
        unresolved.add(key);
        warn(`${key} is left out: ${lacking.join(", ")}`);
      }
    }
  }
  return new Fields(texts, unresolved);
}
