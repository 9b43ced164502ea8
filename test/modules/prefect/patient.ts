// The same start for tests in which Prefect answers: with a timeout that no busy machine meets. Where Prefect hangs, start.ts has 1 s.
import { startWithPrefect } from "./start.ts";

export const startPatiently: typeof startWithPrefect = (options, env) =>
  startWithPrefect(options, { PREFECT_TIMEOUT_SECONDS: "15", ...env });
