// What the classifier finds without any model: an analysis, and what of it tells this failure from others.
import type { Analysis } from "./analysis.ts";

export interface Finding {
  readonly analysis: Analysis;
  /** The cluster's word and the exit code, as far as known: `OOMKilled:137`, `ImagePullBackOff`, `Error:1`. */
  readonly reason: string;
  /** The container or step that it is about. */
  readonly container: string | undefined;
  /** At most three lines that say what went wrong, as they stand in the evidence; first the one that came first. */
  readonly signature: readonly string[];
}
