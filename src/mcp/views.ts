// The views of a hub: one for each choice of modules that a URL can make, and for what its caller may see of them.
import { LRUCache } from "lru-cache";
import { EVERYTHING, type Rights } from "../core/caller.ts";
import type { Registry } from "../core/registry.ts";
import { makeView, type View, type ViewModule } from "./view.ts";

export interface ViewRequest {
  /** The module in the path. Undefined: every module. */
  readonly module: string | undefined;
  /** Those of ?modules=, which narrow further. */
  readonly among: readonly string[] | undefined;
  readonly readOnly: boolean;
}

/** Thrown for a module that does not exist, is off, or is not for this caller; the message names those that are there. */
export class UnknownModule extends Error {}

const MAX_VIEWS = 512;

interface Made {
  readonly view: View;
  readonly make: () => View;
}

export class Views {
  readonly #made = new LRUCache<string, Made>({ max: MAX_VIEWS });
  readonly #modules: readonly ViewModule[];
  #registry: Registry;

  constructor(registry: Registry, modules: readonly ViewModule[]) {
    this.#registry = registry;
    this.#modules = modules;
  }

  /** Computed at its first request and kept. @throws UnknownModule */
  of({ module: only, among, readOnly }: ViewRequest, rights: Rights = EVERYTHING): View {
    const modules = this.#modules.filter(({ name }) => rights.may(name, "read"));
    const names = modules.map((module) => module.name);
    const unknown = [...(only === undefined ? [] : [only]), ...(among ?? [])].find((name) => !names.includes(name));
    if (unknown !== undefined) {
      throw new UnknownModule(`no module "${unknown.slice(0, 64)}" here; there is: ${names.join(", ")}`);
    }
    const shown = modules.filter(
      ({ name }) => (only ?? name) === name && (among === undefined || among.includes(name)),
    );
    const access = `${readOnly ? ";readonly" : ""}${rights.key === "" ? "" : `;${rights.key}`}`;
    const key = `${shown.map((module) => module.name).join(",")}${access}`;
    const known = this.#made.get(key);
    if (known !== undefined) return known.view;
    const make = () => makeView(key, this.#registry.within(rights), shown, readOnly);
    const view = make();
    this.#made.set(key, { view, make });
    return view;
  }

  /** The hub's tools are others now: every view becomes what it would be if it were made today, for its sessions too. */
  refresh(registry: Registry): void {
    this.#registry = registry;
    for (const { view, make } of this.#made.values()) Object.assign(view, make());
  }
}
