// What is left of a catalogue with mistakes in it, so that those in the rest of it are told in the same breath.
import type { z } from "zod";
import { isObject, type JsonObject } from "../../../core/json.ts";
import { catalogFile, type CatalogFile } from "./schema.ts";

/** What stands for a broken entry, so that who refers to it is not blamed. */
const STAND_INS: Readonly<Record<string, JsonObject>> = {
  env_sets: {},
  types: {},
  programs: { exec: "broken" },
  caches: {},
};

/** Undefined when nothing can be made of it. Only for finding mistakes: nothing of it may ever run. */
export function salvage(raw: unknown, issues: readonly z.core.$ZodIssue[]): CatalogFile | undefined {
  if (!isObject(raw)) return undefined;
  const left: JsonObject = { ...raw, version: 1 };
  for (const { code, path, ...issue } of issues) {
    const [section, name] = path.map(String);
    if (section === undefined) {
      if (code === "unrecognized_keys" && "keys" in issue) for (const key of issue.keys) delete left[key];
      continue;
    }
    const entries = left[section];
    const isEntry = name !== undefined && isObject(entries) && section !== "policy" && section !== "defaults";
    if (!isEntry) {
      if (section !== "version") delete left[section];
      continue;
    }
    const { [name]: _, ...others } = entries;
    const standIn = code === "invalid_key" ? undefined : STAND_INS[section];
    left[section] = standIn === undefined ? others : { ...others, [name]: standIn };
  }
  return catalogFile.safeParse(left).data;
}
