// What a caller may: how far in which module. Rules add up, a token's own limits narrow, and equal rights have equal keys.
import type { Rights } from "../core/caller.ts";
import type { Access } from "../core/tool.ts";

const LEVELS = ["none", "read", "write", "destructive"] as const;

/** 0 nothing, 1 read, 2 write, 3 destructive: each includes those below. */
type Level = number;

export interface Grant {
  readonly everywhere: Level;
  /** Where it is more than that. */
  readonly modules: ReadonlyMap<string, Level>;
}

export const NOTHING: Grant = { everywhere: 0, modules: new Map() };
export const ALL: Grant = { everywhere: 3, modules: new Map() };

const levelOf = (access: Access): Level => LEVELS.indexOf(access);

/** `modules` undefined: in every module. */
export function grant(modules: readonly string[] | undefined, access: Access): Grant {
  const level = levelOf(access);
  if (modules === undefined) return { everywhere: level, modules: new Map() };
  return { everywhere: 0, modules: new Map(modules.map((name) => [name, level])) };
}

/** What either allows. */
export const union = (a: Grant, b: Grant): Grant => combine(a, b, Math.max);

/** What both allow. */
export const intersect = (a: Grant, b: Grant): Grant => combine(a, b, Math.min);

export const isNothing = ({ everywhere, modules }: Grant): boolean => everywhere === 0 && modules.size === 0;

export function rightsOf(grant: Grant): Rights {
  return { key: keyOf(grant), may: (module, access) => levelIn(grant, module) >= levelOf(access) };
}

function combine(a: Grant, b: Grant, pick: (x: Level, y: Level) => Level): Grant {
  const everywhere = pick(a.everywhere, b.everywhere);
  const names = new Set([...a.modules.keys(), ...b.modules.keys()]);
  const levels = [...names].map((name) => [name, pick(levelIn(a, name), levelIn(b, name))] as const);
  return { everywhere, modules: new Map(levels.filter(([, level]) => level > everywhere)) };
}

const levelIn = ({ everywhere, modules }: Grant, name: string): Level => Math.max(everywhere, modules.get(name) ?? 0);

/** Empty for all rights, as that of EVERYTHING. */
function keyOf({ everywhere, modules }: Grant): string {
  if (everywhere === LEVELS.length - 1) return "";
  const parts = [...modules]
    .filter(([, level]) => level > everywhere)
    .map(([name, level]) => `${name}:${LEVELS[level]}`)
    .sort();
  return [`*:${LEVELS[everywhere]}`, ...parts].join(",");
}
