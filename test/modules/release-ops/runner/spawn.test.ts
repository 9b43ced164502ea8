// The spawn runner: the common suite, with the stand-in as a process of its own each time.
import { createSpawnRunner } from "../../../../src/modules/release-ops/runner/spawn.ts";
import { clock } from "./ground.ts";
import { runnerSuite } from "./suite.ts";

runnerSuite("spawn", () => createSpawnRunner({ clock }));
