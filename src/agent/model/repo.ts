// Where issues go is the server's choice. A draft may name the same place; another one is a violation, and changes nothing.
import { oneLine } from "../../core/clip.ts";
import type { JsonObject } from "../../core/json.ts";

export interface Repo {
  readonly owner: string;
  readonly repo: string;
}

/** What a draft asks for that is not ours, in words; undefined when it asks for nothing else. */
export function foreignRepo({ owner, repo }: JsonObject, ours: Repo | undefined): string | undefined {
  const isForeign = isOther(owner, [ours?.owner]) || isOther(repo, [ours?.repo, `${ours?.owner}/${ours?.repo}`]);
  return isForeign ? `asked to file the issue in ${word(owner)}/${word(repo)}` : undefined;
}

const isOther = (value: unknown, ours: readonly (string | undefined)[]): boolean =>
  value !== undefined &&
  value !== "" &&
  !ours.some((one) => one !== undefined && word(value).toLowerCase() === one.toLowerCase());

const word = (value: unknown): string => (typeof value === "string" && value !== "" ? oneLine(value, 80) : "?");
