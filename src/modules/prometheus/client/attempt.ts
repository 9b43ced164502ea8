// For the requests beside the main one (does the metric exist? how many series?), whose failure must not cost the answer.
import { ToolFailure } from "../../../core/failure.ts";

export type Attempt<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: ToolFailure };

/** A failure as a value. Bugs and the end of the call still throw. */
export async function attempt<T>(work: Promise<T>): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await work };
  } catch (error) {
    if (error instanceof ToolFailure && error.kind !== "cancelled") return { ok: false, failure: error };
    throw error;
  }
}
