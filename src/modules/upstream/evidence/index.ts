// Evidence of failures through a Kubernetes or OpenShift MCP server: the same inquiry as with a connection of our own.
import type { Clock } from "../../../core/clock.ts";
import type { EvidenceSource } from "../../../core/evidence.ts";
import { ToolFailure } from "../../../core/failure.ts";
import { createEvidenceSource } from "../../../core/inquiry/index.ts";
import type { Limits } from "../../../core/inquiry/inquiry.ts";
import type { Redactor } from "../../../core/redact.ts";
import type { UpstreamPort } from "../port.ts";
import { McpReader } from "./reader.ts";

export interface McpEvidenceOptions {
  readonly clock: Clock;
  readonly redactor: Redactor;
  readonly limits?: Partial<Limits>;
}

/** One more party stands in between, and some answers take several calls. */
const READ_MS = 10_000;
/** Listed only by a server that knows several clusters; only then is `context` understood. */
const SEVERAL = ["configuration_contexts_list", "targets_list"];

export function createMcpEvidence(port: UpstreamPort, { clock, redactor, limits }: McpEvidenceOptions): EvidenceSource {
  const readerFor = (cluster: string | undefined) => {
    if (cluster === undefined || cluster === port.name) return new McpReader(port, undefined);
    if (SEVERAL.some((tool) => port.has(tool))) return new McpReader(port, cluster);
    // the server would ignore the name, and look into another cluster
    throw new ToolFailure("not-found", `the MCP server ${port.name} knows one cluster alone, not "${cluster}"`, {
      code: "UNKNOWN_CONTEXT",
    });
  };
  return createEvidenceSource({ readerFor, redactor, clock, limits: { readMs: READ_MS, ...limits } });
}
