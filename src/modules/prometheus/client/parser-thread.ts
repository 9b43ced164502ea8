// The parsing thread: takes a reply's bytes and the name of a projection, answers with what is shown of it.
import { parentPort } from "node:worker_threads";
import { ToolFailure, type FailureKind } from "../../../core/failure.ts";
import { PROJECTIONS } from "../projections/index.ts";
import { projectReply, type Projected } from "./project.ts";

export interface Job {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly projection: string;
  readonly options: unknown;
}

export type Finished<Result> =
  | Projected<Result>
  /** A ToolFailure, whose class does not survive the way between threads. */
  | { readonly failure: { kind: FailureKind; message: string; details: Record<string, unknown> } }
  | { readonly bug: string };

parentPort?.on("message", (job: Job) => parentPort?.postMessage(finish(job), []));

function finish({ bytes, projection: name, options }: Job): Finished<unknown> {
  try {
    const projection = PROJECTIONS.find((known) => known.name === name);
    if (projection === undefined) return { bug: `the projection ${name} is missing in projections/index.ts` };
    return projectReply(bytes, projection, options);
  } catch (error) {
    if (error instanceof ToolFailure) {
      return { failure: { kind: error.kind, message: error.message, details: { ...error.details } } };
    }
    return { bug: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
