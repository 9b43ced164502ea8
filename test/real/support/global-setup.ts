// Starts the test ground once for a whole `npm run test:real`, and tells the tests where it is: inject("ground"). Prefect's is started
// when a test first wants it: prefectGround().
import type { TestProject } from "vitest/node";
import { startGround, type GroundFacts } from "./ground.ts";
import { createPrefectStarter } from "./prefect-start.ts";

declare module "vitest" {
  export interface ProvidedContext {
    ground: GroundFacts;
    prefectStarter: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const ground = await startGround();
  const prefect = await createPrefectStarter();
  project.provide("ground", ground.facts);
  project.provide("prefectStarter", prefect.address);
  return async () => {
    await Promise.all([ground.close(), prefect.close()]);
  };
}
