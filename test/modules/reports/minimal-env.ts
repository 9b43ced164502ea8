// The least environment in which this module is on. The folder is made by a hub that begins, and no two hubs share one.
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const minimalEnv = { DATA_DIR: join(tmpdir(), `ops-hub-law-${randomUUID()}`) };
