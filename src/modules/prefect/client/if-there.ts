// Things that may be gone: that they are is an answer, not a failure.
import { ToolFailure } from "../../../core/failure.ts";

/** Undefined when Prefect says that there is no such thing; `statuses` may count others as that. */
export async function ifThere<Row>(asked: Promise<Row>, statuses: readonly number[] = [404]): Promise<Row | undefined> {
  try {
    return await asked;
  } catch (error) {
    const status = error instanceof ToolFailure ? error.details["http_status"] : undefined;
    if (typeof status === "number" && statuses.includes(status)) return undefined;
    throw error;
  }
}
