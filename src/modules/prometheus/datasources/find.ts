// Which datasource a caller means.
import { oneLine } from "../../../core/clip.ts";
import { closest } from "../../../core/closest.ts";
import { ToolFailure } from "../../../core/failure.ts";
import type { Datasource } from "../datasource.ts";

const MAX_NAMES = 20;

/** By name, then by uid; without an id the only one there is. @throws ToolFailure with the names there are */
export function findDatasource(all: readonly Datasource[], id: string | undefined): Datasource {
  if (id === undefined) return theOnlyOne(all);
  const found = all.find(({ name }) => name === id) ?? all.find(({ uid }) => uid === id);
  if (found !== undefined) return found;
  throw new ToolFailure("not-found", `Datasource not found: ${oneLine(id, 200)}. ${available(all, id)}`, {
    code: "DATASOURCE_NOT_FOUND",
    hint: "Use a name from list_datasources.",
  });
}

function theOnlyOne(all: readonly Datasource[]): Datasource {
  const [first, ...others] = all;
  if (first !== undefined && others.length === 0) return first;
  if (first === undefined) throw new ToolFailure("not-found", available(all), { code: "DATASOURCE_NOT_FOUND" });
  const fallback = all.find(({ isDefault }) => isDefault);
  throw new ToolFailure("invalid", `datasource_id is needed: there are ${all.length} datasources. ${available(all)}`, {
    code: "INVALID_ARGUMENT",
    hint: `Name one of them${fallback === undefined ? "" : `; Grafana's default is ${fallback.name}`}.`,
  });
}

function available(all: readonly Datasource[], near = ""): string {
  if (all.length === 0) return "No datasource is configured; the operator finds the reason in /health.";
  const names = all.map(({ name }) => name);
  const ordered = [...new Set([...closest(near, names, MAX_NAMES), ...names])];
  const rest = ordered.length - MAX_NAMES;
  return `Available: ${ordered.slice(0, MAX_NAMES).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
