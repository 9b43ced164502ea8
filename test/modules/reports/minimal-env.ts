// The least environment in which this module is on, with a folder of its own: two hubs never share one.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const minimalEnv = { DATA_DIR: mkdtempSync(join(tmpdir(), "ops-hub-law-")) };
