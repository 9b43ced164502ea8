// From a reply's bytes to what we show of it. Runs here for small replies and in parser-thread.ts for large ones.
import { z } from "zod";
import type { Projection } from "../projection.ts";

/** Why there is nothing to project. */
export type Broken =
  | { readonly problem: "no-json" | "no-frame" }
  /** The API's own error, though the status was that of a success. */
  | { readonly problem: "refused"; readonly body: unknown };

export type Projected<Result> = { readonly value: Result } | Broken;

const texts = z.array(z.string()).optional().catch(undefined);
const success = z.looseObject({
  status: z.literal("success"),
  data: z.unknown(),
  warnings: texts,
  infos: texts,
});
const refused = z.looseObject({ status: z.literal("error") });

/** Throws what the projection throws. */
export function projectReply<Options, Result>(
  bytes: Uint8Array,
  projection: Projection<Options, Result>,
  options: Options,
): Projected<Result> {
  const parsed = parse(bytes);
  if (parsed === undefined) return { problem: "no-json" };
  const frame = success.safeParse(parsed.json);
  if (frame.success) return { value: projection.project(frame.data, options) };
  if (refused.safeParse(parsed.json).success) return { problem: "refused", body: parsed.json };
  return { problem: "no-frame" };
}

function parse(bytes: Uint8Array): { json: unknown } | undefined {
  try {
    return { json: JSON.parse(new TextDecoder().decode(bytes)) };
  } catch {
    return undefined;
  }
}
