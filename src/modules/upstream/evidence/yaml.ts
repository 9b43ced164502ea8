// YAML of another server, read as data alone: no aliases, no dates, no more than an object of Kubernetes can weigh, and lists in
// slices, since a megabyte of it takes 150 ms.
import { setImmediate } from "node:timers/promises";
import { CORE_SCHEMA, load } from "js-yaml";

/** etcd refuses objects above 1.5 MiB, and those that come near are none of ours. */
const MAX_OBJECT_CHARS = 1024 * 1024;
const MAX_LIST_CHARS = 8 * 1024 * 1024;
const SLICE_CHARS = 64 * 1024;

/** Undefined for what is no YAML, or too much of it. */
export function readYaml(text: string): unknown {
  if (text.length > MAX_OBJECT_CHARS) return undefined;
  try {
    return load(text, { schema: CORE_SCHEMA, maxAliases: 0 });
  } catch {
    return undefined;
  }
}

/** The entries of a list, as many as may be read. Each starts with a dash in the first column. Undefined for what is no list. */
export async function readYamlList(text: string): Promise<readonly unknown[] | undefined> {
  const entries: unknown[] = [];
  const end = text.length > MAX_LIST_CHARS ? text.lastIndexOf("\n- ", MAX_LIST_CHARS) : text.length;
  for (let at = 0; at < end;) {
    const next = text.indexOf("\n- ", at + SLICE_CHARS);
    const stop = next < 0 || next > end ? end : next + 1;
    const slice = readYaml(text.slice(at, stop));
    if (!Array.isArray(slice)) return undefined;
    for (const entry of slice) entries.push(entry);
    at = stop;
    // oxlint-disable-next-line no-await-in-loop -- lets the event loop turn between slices
    await setImmediate();
  }
  return entries;
}
