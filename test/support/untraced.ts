// What a module gets where nobody watches: no numbers of its upstreams, no spans.
import { Trail } from "../../src/core/trail.ts";
import { UNWATCHED } from "../../src/core/watch.ts";

export const untraced = { trail: new Trail(), watch: () => UNWATCHED };
