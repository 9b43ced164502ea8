// The variables that name upstream MCP servers: a file for any number of them, and the seed's two servers.
import { z } from "zod";
import { choice, setting, type Section } from "../../core/settings.ts";

const address = z
  .url({ protocol: /^https?$/, error: "must be an http or https URL" })
  .max(2_048)
  .refine(
    (text) => !/^[^/]*\/\/[^/]*@/.test(text),
    "must not contain a user or password; use UPSTREAMS_PATH and headers",
  )
  .optional();

export const UPSTREAM_SETTINGS = {
  path: setting(
    "UPSTREAMS_PATH",
    z.string().max(4_096).optional(),
    "YAML file of the MCP servers whose tools the hub offers too; `${VAR}` in it is a variable of the hub's environment.",
  ),
  openshiftUrl: setting(
    "MCP_OPENSHIFT_URL",
    address,
    "Address of an OpenShift or Kubernetes MCP server: it becomes the upstream `openshift`, and failed pods are looked at through it.",
  ),
  openshiftTransport: setting(
    "MCP_OPENSHIFT_TRANSPORT",
    choice(["sse", "streamable-http"], "sse"),
    "How it speaks: `sse` or `streamable-http`.",
  ),
  giteaUrl: setting(
    "MCP_GITEA_URL",
    address,
    "Address of a Gitea MCP server: it becomes the upstream `gitea`, and issues are filed through it.",
  ),
  giteaTransport: setting(
    "MCP_GITEA_TRANSPORT",
    choice(["streamable-http", "sse"], "streamable-http"),
    "How it speaks: `streamable-http` or `sse`.",
  ),
} satisfies Section;
