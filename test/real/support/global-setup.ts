// Starts the test ground once for a whole `npm run test:real`, and tells the tests where it is: inject("ground").
import type { TestProject } from "vitest/node";
import { startGround, type GroundFacts } from "./ground.ts";

declare module "vitest" {
  export interface ProvidedContext {
    ground: GroundFacts;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const ground = await startGround();
  project.provide("ground", ground.facts);
  return () => ground.close();
}
