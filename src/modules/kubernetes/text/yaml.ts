// Objects as YAML, the way everybody reads them.
import { dump } from "js-yaml";

/** Without line folding and aliases, so that a value can be searched for and copied. */
export const toYaml = (value: unknown): string => dump(value, { lineWidth: -1, noRefs: true, skipInvalid: true });
