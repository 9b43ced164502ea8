// Upstream replies are checked where they come in: loosely, since servers add members, and with one text when they are something else.
import type { z } from "zod";
import { ToolFailure } from "../../../core/failure.ts";

/** @throws ToolFailure INVALID_RESPONSE */
export function checkShape<Schema extends z.ZodType>(schema: Schema, data: unknown, what: string): z.output<Schema> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw wrongShape(what);
}

export const wrongShape = (what: string): ToolFailure =>
  new ToolFailure("unavailable", `INVALID_RESPONSE: expected ${what} from the datasource`, {
    code: "INVALID_RESPONSE",
    hint: "Is the datasource a Prometheus-compatible API? check_datasource tells.",
  });
