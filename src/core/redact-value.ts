// Whether what stands after a secret's name is one: not prose, a placeholder, a path, an object's name or a digest.
import type { Name } from "./redact-names.ts";
import { isBasicPair, looksRandom } from "./redact-rules.ts";

export interface Value {
  readonly start: number;
  readonly text: string;
  readonly isQuoted: boolean;
  /** What stands between the name and the value, blanks included. */
  readonly separator: string;
}

/** Words that stand after a name in prose and in code, and are no secret. */
const PROSE =
  /^(?:an?|and|are|as|at|be|been|by|can|cannot|changed?|could|created?|default|deleted?|denied|empty|enabled|disabled|error|expired?|expires|failed|failure|false|file|for|found|from|has|have|if|in|incorrect|invalid|is|length|loaded|malformed|may|mismatch|missing|must|never|new|nil|no|none|not|null|of|ok|on|optional|or|path|prompt|provided|read|rejected|required?|reset|rotated|set|should|string|the|to|true|undefined|unset|unknown|updated|using|valid|was|were|will|with|without|wrong|yes|your|you)$/i;
const PLACEHOLDER = new RegExp(
  [
    String.raw`^\[REDACTED:`,
    String.raw`^\$(?:[({]|[A-Za-z_]+$|[A-Z_][A-Z0-9_]*$)`, // shell
    String.raw`^%(?:[sdvqr]$|\w+%$|[({])|^\{\{|^<[\w ._-]{0,64}>?$`, // templates and usage texts
    String.raw`^[*•.xX_-]+$|^\(?(?:REDACTED|[Rr]edacted|[Mm]asked|[Hh]idden|[Ff]iltered|[Ss]ensitive)\W?$`,
    String.raw`^(?:process\.env|env|secrets?|vars)\.[\w.]+$|^os\.environ|^vault:[\w/#.-]+$`, // code and references
  ].join("|"),
);

/** A variable, a template, stars, or a tag of ours: not the secret itself. */
export const isPlaceholder = (text: string): boolean => PLACEHOLDER.test(text);

/** @param hasPrefix the name has words before it, as DB_TOKEN has */
export function isSecret(value: Value, { kind, trust, words }: Name, hasPrefix: boolean): boolean {
  const { text, isQuoted, separator } = value;
  if (text === "" || isPlaceholder(text) || PROSE.test(text.replace(/[.!?:]$/, ""))) return false;
  if (words.includes("pwd") && text.startsWith("/")) return false; // PWD is a directory
  if (trust === "pair" && isBasicPair(text)) return true;
  if (!isQuoted && isCall(text)) return false;
  if (trust === "long" || trust === "pair")
    return text.length >= 32 && looksRandom(text) && !isFingerprint(text) && entropy(text) > 3.5;
  if (isLiteral(text) || isPath(text)) return false;
  if (trust === "strict") return true;
  const isAssigned = separator.endsWith("=") || isQuoted;
  if (isKubernetesName(text) && (kind === "secret" || !isAssigned)) return false;
  return text.length >= 6 && (looksRandom(text) || (isAssigned && hasPrefix));
}

const isLiteral = (text: string): boolean =>
  /^(?:-?\d{1,3}(?:\.\d+)?|\d{1,5}(?:ms|s|m|h|d)|\d{4}-\d\d-\d\dT.*)$/.test(text);
const isPath = (text: string): boolean =>
  /^(?:\.{0,2}\/|~\/|file:)[\w./-]*$/.test(text) && !/[A-Za-z0-9+]{40}/.test(text);
/** Code that gets the value: `getPassword()`, `os.Getenv(`. */
const isCall = (text: string): boolean => /^[A-Za-z_$][\w.$]*\((?:.*\)|[\w.]*)$/.test(text);
/** A name of an object, alone or after its namespace: `shop/db-credentials`. Random suffixes are short. */
function isKubernetesName(text: string): boolean {
  const parts = text.split(/[-./]/);
  return (
    parts.length > 1 && parts.every((part, at) => /^[a-z]+$/.test(part) || (at > 0 && /^[a-z0-9]{1,5}$/.test(part)))
  );
}
/** A digest, a UUID or a checksum with its algorithm. */
const isFingerprint = (text: string): boolean =>
  /^(?:(?:md5|sha\d{1,3})[:-])?(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/i.test(text) ||
  /^(?:sha\d{3}-|SHA256:)[A-Za-z0-9+/]{40,90}={0,2}$/.test(text) ||
  /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

/** Shannon's, in bits a character. */
function entropy(text: string): number {
  const seen = new Map<string, number>();
  for (const letter of text) seen.set(letter, (seen.get(letter) ?? 0) + 1);
  return [...seen.values()].reduce((sum, n) => sum - (n / text.length) * Math.log2(n / text.length), 0);
}
