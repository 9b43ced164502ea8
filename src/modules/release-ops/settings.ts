// The module's variables. What its programs need stands in the catalogue, not here.
import { count, list, setting, type Section } from "../../core/settings.ts";

export const SETTINGS = {
  catalog: setting(
    "RELEASE_OPS_CATALOG",
    list(),
    "Comma list of catalogue files, or names of shipped ones: `oar`, `example`. It switches the module on.",
  ),
  concurrency: setting(
    "MCP_THREAD_POOL_SIZE",
    count(0, 1_000, 0),
    "Most commands at a time; 0 or unset: what the catalogue says, else twice the processors, at least 4.",
  ),
} satisfies Section;
