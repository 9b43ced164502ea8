// From who somebody is to what they may: the rules, narrowed by the credential's own limit. One caller for one identity,
// for as long as the rules stay the same.
import { EVERYTHING, type Caller } from "../core/caller.ts";
import type { Rules } from "./access.ts";
import type { Identity } from "./mode.ts";
import { ALL, intersect, isNothing, rightsOf } from "./rights.ts";
import type { WatchedFile } from "./watched-file.ts";

export class Callers {
  readonly #rules: WatchedFile<Rules> | undefined;
  readonly #identities = new WeakMap<Caller, Identity>();
  #known = new WeakMap<Identity, Caller>();

  /** Without rules everybody may what their credential allows. */
  constructor(rules: WatchedFile<Rules> | undefined) {
    this.#rules = rules;
  }

  /** Undefined when nothing is allowed. */
  of(identity: Identity): Caller | undefined {
    const known = this.#known.get(identity);
    if (known !== undefined) return known;
    const given = this.#rules === undefined ? ALL : this.#rules.value(identity);
    const allowed = intersect(given, identity.limit);
    if (isNothing(allowed)) return undefined;
    const { id, name, groups } = identity;
    const rights = rightsOf(allowed);
    const caller: Caller = { id, name, groups, rights: rights.key === EVERYTHING.key ? EVERYTHING : rights };
    this.#known.set(identity, caller);
    this.#identities.set(caller, identity);
    return caller;
  }

  identityOf(caller: Caller): Identity | undefined {
    return this.#identities.get(caller);
  }

  problems(): readonly string[] {
    return this.#rules?.problems ?? [];
  }

  async refresh(): Promise<void> {
    if ((await this.#rules?.refresh()) === true) this.#known = new WeakMap();
  }
}
