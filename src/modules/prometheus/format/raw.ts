// The seed's form: Prometheus's whole envelope under `data`, so that the series stand at `data.data.result`. Values stay strings.
import type { JsonObject } from "../../../core/json.ts";
import type { Envelope } from "../projection.ts";
import { jsonBytes, type Draft } from "./draft.ts";
import type { Series } from "./reply.ts";

/** Members beside `data` (warnings, a backend's own) that weigh more than this are left out here; warnings are shown above. */
const MAX_MEMBER_BYTES = 2048;

export function rawDraft(envelope: Envelope, resultType: string, series: readonly Series[]): Draft {
  const frame = rawFrame(envelope);
  return {
    format: "raw",
    series,
    entry: (item) => item.raw,
    data: (entries) => ({ ...frame, data: { resultType, result: entries } }),
    extra: {},
    cutsPoints: false,
  };
}

/** The envelope without its data. */
export function rawFrame(envelope: Envelope): JsonObject {
  const { data: _, ...members } = envelope;
  return jsonBytes(members) <= MAX_MEMBER_BYTES ? members : { status: members.status };
}
