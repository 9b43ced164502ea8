// Labels by name. Gitea wants ids when an issue is made, ignores those it does not know, and drops all of them without a word
// where the token's user may not write to the repository. So names are resolved before, and looked for afterwards.
import { z } from "zod";
import { closest } from "../../../core/closest.ts";
import { oneLine } from "../../../core/clip.ts";
import { repoName, type Repo } from "../../../core/issue-repo.ts";
import { repoPath } from "../repo.ts";
import { GiteaFailure } from "./failures.ts";
import type { GiteaHttp } from "./http.ts";
import { label, type Label } from "./shapes.ts";

/** More labels than this in one repository are not read. */
const MAX_LABELS = 1_000;

/** The labels of the repository, then those of its organization, in Gitea's order; at most 1,000 of each. */
export async function readLabels(http: GiteaHttp, repo: Repo, signal: AbortSignal): Promise<Label[]> {
  const window = { offset: 0, count: MAX_LABELS };
  const doing = `list the labels of ${repoName(repo)}`;
  const own = await http.list(
    { method: "GET", path: repoPath(repo, "/labels"), doing, signal },
    z.array(label),
    window,
  );
  const path = `orgs/${encodeURIComponent(repo.owner)}/labels`;
  try {
    const shared = await http.list({ method: "GET", path, doing, signal }, z.array(label), window);
    return [...own.items, ...shared.items];
  } catch (error) {
    // The owner is a user, or the token has no scope for organizations.
    if (error instanceof GiteaFailure && (error.status === 404 || error.status === 403)) return [...own.items];
    throw error;
  }
}

/** The label called so, in any case when no other differs in case alone, or with this id. */
function findLabel(known: readonly Label[], wanted: string): Label | undefined {
  const exact = known.find(({ name }) => name === wanted);
  if (exact !== undefined) return exact;
  const similar = known.filter(({ name }) => name.toLowerCase() === wanted.toLowerCase());
  return similar.length === 1 ? similar[0] : known.find(({ id }) => String(id) === wanted);
}

/** @throws GiteaFailure not-found that names the labels there are */
export function resolveLabels(known: readonly Label[], wanted: readonly string[], repo: Repo): Label[] {
  const found = wanted.map((name) => [name, findLabel(known, name)] as const);
  const unknown = found.flatMap(([name, one]) => (one === undefined ? [name] : []));
  const labels = new Map(found.flatMap(([, one]) => (one === undefined ? [] : [[one.id, one] as const])));
  if (unknown.length === 0) return [...labels.values()];
  const names = [...new Set(known.map(({ name }) => name))];
  const near = [...new Set(unknown.flatMap((name) => closest(name, names, 3)))];
  const all = names.length === 0 ? "It has no labels." : `There is: ${quoted(names.slice(0, 20))}.`;
  const shown = near.length > 0 ? `Did you mean ${quoted(near)}?` : all;
  throw new GiteaFailure("not-found", `no label ${quoted(unknown)} in ${repoName(repo)}; nothing was written`, {
    code: "UNKNOWN_LABEL",
    hint: `${shown} list_repo_labels shows all.`,
  });
}

/** Those of `wanted` that are not on the issue. */
export const missingLabels = (wanted: readonly Label[], present: readonly Label[]): Label[] =>
  wanted.filter(({ id }) => !present.some((one) => one.id === id));

export const quoted = (names: readonly string[]): string => names.map((name) => `"${oneLine(name, 80)}"`).join(", ");
