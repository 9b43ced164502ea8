// RFC 9728: where an MCP client finds the authorization server of this hub.
import type { JsonObject } from "../core/json.ts";

const PATH = "/.well-known/oauth-protected-resource";

export interface Metadata {
  /** On the hub; the path of an MCP endpoint may stand behind it. */
  readonly path: string;
  /** Of the document, for challenges; undefined before the hub knows its own address. */
  url(): string | undefined;
  document(): JsonObject;
}

/** One document for all paths below PUBLIC_URL: clients take a resource that is a prefix of what they asked for. */
export const metadataOf = (issuer: string, publicUrl: () => string | undefined): Metadata => ({
  path: PATH,
  url: () => {
    const base = publicUrl();
    return base === undefined ? undefined : `${base.replace(/\/+$/, "")}${PATH}`;
  },
  document: () => ({
    resource: publicUrl() ?? "",
    authorization_servers: [issuer],
    bearer_methods_supported: ["header"],
    resource_name: "ops-hub",
  }),
});
