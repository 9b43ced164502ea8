// Names under which an upstream's tools are offered: ours in form, and each only once.
import { createHash } from "node:crypto";

const MAX_NAME = 64;

/** `<prefix>_<tool>` in snake_case for each of the server's names, in their order. */
export function toolNames(prefix: string, remote: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const name of remote) {
    const plain = clip(`${prefix}_${snakeCase(name)}`.replace(/_+$/, ""), name);
    const ours = taken.has(plain) ? marked(plain, name) : plain;
    taken.add(ours);
    names.set(name, ours);
  }
  return names;
}

const snakeCase = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+/, "");

const clip = (name: string, remote: string): string => (name.length <= MAX_NAME ? name : marked(name, remote));

/** Two names may differ only in what we cannot write, or in what was cut: a piece of a digest keeps them apart. */
function marked(name: string, remote: string): string {
  const mark = createHash("sha256").update(remote).digest("hex").slice(0, 8);
  return `${name.slice(0, MAX_NAME - mark.length - 1).replace(/_+$/, "")}_${mark}`;
}
