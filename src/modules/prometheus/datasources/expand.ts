// Grafana's placeholders in provisioning files: $VAR, ${VAR}, $__env{VAR}, $__file{/path}, and $$ for a dollar sign.
// https://grafana.com/docs/grafana/latest/administration/provisioning/#use-environment-variables
import { oneLine } from "../../../core/clip.ts";

/** Where placeholders get their values from. */
export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a file. Throws an Error that may be shown. */
  readonly readFile: (path: string) => Promise<string>;
}

export interface Expanded {
  readonly text: string;
  /** One clause for each placeholder without a value, for example `${TOKEN} is not set`. */
  readonly missing: readonly string[];
  /** The same for those whose value is the empty text: fine in a url's suffix, a mistake in a password. */
  readonly empty: readonly string[];
}

// Groups: 1 the function of $__function{argument}, 2 its argument, 3 the name in ${name}, 4 a bare name. Whatever else
// opens a brace is unclosed. $1 and $? are variables to Grafana too (Go's os.Expand).
const PLACEHOLDER = /\$\$|\$__(\w+)\{([^}]*)\}|\$\{([^}]*)\}|\$(?:__\w+)?\{|\$([A-Za-z_]\w*|[\d*#@!?-])/g;

/** Replaces every placeholder in `text`. One without a value is left out and named in `missing`. */
export async function expand(text: string, sources: Sources): Promise<Expanded> {
  const missing: string[] = [];
  const empty: string[] = [];
  let result = "";
  let from = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    result += text.slice(from, match.index);
    from = match.index + match[0].length;
    const { label, value, problem } = await lookUp(match, sources);
    result += value ?? "";
    if (value === undefined) missing.push(`${label} ${problem ?? "is not set"}`);
    else if (value === "") empty.push(`${label} is empty`);
  }
  return { text: result + text.slice(from), missing, empty };
}

interface Found {
  /** The placeholder as it may be shown. */
  readonly label: string;
  readonly value?: string | undefined;
  readonly problem?: string;
}

async function lookUp(match: RegExpExecArray, { env, readFile }: Sources): Promise<Found> {
  const [whole, call, argument = "", braced, bare] = match;
  if (whole === "$$") return { label: whole, value: "$" };
  if (call === "file") return contentOf(argument.trim(), readFile);
  if (call !== undefined && call !== "env") return { label: `$__${oneLine(call, 40)}{}`, problem: "is not known here" };
  const name = call === "env" ? argument.trim() : (braced?.trim() ?? bare);
  if (name === undefined) return { label: "a ${", problem: "is not closed (write $$ for a dollar sign)" };
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  return { label: shownName(name, bare !== undefined), value };
}

async function contentOf(path: string, readFile: Sources["readFile"]): Promise<Found> {
  const label = `$__file{${oneLine(path, 200)}}`;
  try {
    return { label, value: (await readFile(path)).trim() };
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unreadable";
    return { label, problem: `cannot be read (${oneLine(reason, 80)})` };
  }
}

/** A bare name that does not look like a variable may be a piece of a password with a dollar sign in it. */
function shownName(name: string, isBare: boolean): string {
  if (isBare && !/^[A-Z][A-Z0-9_]+$/.test(name)) return "a variable in it (write $$ for a dollar sign)";
  return `\${${oneLine(name, 80)}}`;
}
