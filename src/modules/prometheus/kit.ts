// What every tool of this module is made from, and the envelope they all speak: that of proms-mcp, its seed.
import { z } from "zod";
import { clipBytes } from "../../core/clip.ts";
import type { Clock } from "../../core/clock.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { defineTool, type FailureView, type Shown, type Tool, type ToolDefinition } from "../../core/tool.ts";
import type { ChartDrawer } from "./chart/drawer.ts";
import type { Client } from "./client.ts";
import type { Datasource, Datasources } from "./datasource.ts";

export interface Kit {
  readonly datasources: Datasources;
  readonly client: Client;
  readonly clock: Clock;
  readonly charts: ChartDrawer;
  /** QUERY_TIMEOUT: the default deadline of one query, in seconds. */
  readonly queryTimeoutSeconds: number;
}

/** The longest a caller may make one query wait, in seconds. */
export const MAX_QUERY_SECONDS = 180;

/** A failed query is repeated to this length only, so that the failure stays readable JSON within the text budget. */
const MAX_ECHO_BYTES = 10_000;

export const datasourceId = z
  .string()
  .max(200)
  .optional()
  .describe("Datasource name (or uid) from list_datasources; may be left out when there is exactly one");

/** The members every successful answer of this module has. Tools add theirs. */
export const envelope = <Shape extends z.ZodRawShape>(fields: Shape) =>
  z.looseObject({
    status: z.literal("success"),
    timestamp: z.string().describe("When the hub answered, RFC 3339 UTC"),
    datasource: z.string().optional().describe("Name of the datasource that was asked"),
    ...fields,
  });

/** The seed's frame around an answer. */
export const success = <Members extends JsonObject>(
  kit: Kit,
  datasource: Datasource | undefined,
  members: Members,
) => ({
  status: "success" as const,
  ...(datasource === undefined ? {} : { datasource: datasource.name }),
  timestamp: seedTimestamp(kit.clock.now()),
  ...members,
});

type Definition<Input extends z.ZodObject, Output extends z.ZodType<JsonObject>> = Omit<
  ToolDefinition<Input, Output>,
  "access" | "failure"
>;

/** A read-only tool whose failures are the seed's error envelope, in the text as JSON too. */
export const prometheusTool = <Input extends z.ZodObject, Output extends z.ZodType<JsonObject>>(
  definition: Definition<Input, Output>,
): Tool => defineTool({ ...definition, access: "read", failure: showFailure });

function showFailure(failure: FailureView, input: unknown): Shown {
  const given = isObject(input) ? input : {};
  const structured = {
    status: "error",
    error: failure.message,
    code: failure.code,
    ...(typeof given["datasource_id"] === "string" ? { datasource: given["datasource_id"] } : {}),
    ...(typeof given["promql"] === "string" ? { query: clipBytes(given["promql"], MAX_ECHO_BYTES) } : {}),
    retryable: failure.kind === "timeout" || failure.kind === "unavailable",
    ...failure.details,
    timestamp: seedTimestamp(Date.parse(failure.timestamp)),
  };
  return { text: JSON.stringify(structured), structured };
}

/** The seed's form of now: microseconds and a numeric offset. */
const seedTimestamp = (milliseconds: number): string => new Date(milliseconds).toISOString().replace("Z", "000+00:00");
