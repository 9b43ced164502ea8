// One upstream MCP server as it is configured.
import type { Secret } from "../../core/secret.ts";

export type Place =
  | {
      readonly transport: "streamable-http" | "sse";
      /** Without a fragment; no user or password stands in it. */
      readonly url: string;
      readonly headers: Readonly<Record<string, Secret>>;
      /** PEM file of the authority that signed its certificate. */
      readonly caFile: string | undefined;
    }
  | {
      readonly transport: "stdio";
      readonly command: string;
      readonly args: readonly string[];
      /** All that the child gets, beside PATH. */
      readonly env: Readonly<Record<string, Secret>>;
    };

export interface Server {
  /** Also its module's name. */
  readonly name: string;
  /** Its tools are called `<prefix>_<tool>`. */
  readonly prefix: string;
  readonly place: Place;
  /** Globs of the server's own tool names; empty: every tool. */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  /** Whether tools that may write are offered; ALLOW_WRITES must name the server too. */
  readonly writes: boolean;
  readonly timeoutMs: number;
}
