// Resources and templates, from our plain values to the SDK's registry.
import {
  ResourceNotFoundError,
  ResourceTemplate,
  type McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import type { Caller } from "../core/context.ts";
import { ToolFailure } from "../core/failure.ts";
import type { Resource } from "../core/prompt.ts";
import { completions, protocolError, readContext } from "./prompts.ts";
import type { RequestSpan } from "./request-span.ts";
import type { View } from "./view.ts";

export interface ResourceOptions {
  readonly caller: Caller;
  readonly span: RequestSpan;
}

export function registerResources(mcp: McpServer, view: View, { caller, span }: ResourceOptions): void {
  for (const resource of view.resources) {
    const { title, description, mimeType } = resource;
    const config = { title, description, mimeType };
    const read = (uri: URL, variables: Record<string, string | string[]>, ctx: ServerContext) =>
      span({ method: "resources/read", attributes: { "mcp.resource.uri": withoutQuery(uri) } }, ctx, () =>
        readResource(resource, uri, variables, () => readContext(caller, ctx, view.registry.budget)),
      );
    if (resource.uri.includes("{")) {
      mcp.registerResource(resource.name, template(resource, view, caller), config, read);
    } else {
      mcp.registerResource(resource.name, resource.uri, config, (uri, ctx) => read(uri, {}, ctx));
    }
  }
}

/** Of the hub's own: what stands behind the question mark may be anything. */
const withoutQuery = ({ href }: URL): string => href.replace(/[?#].*/s, "");

function template(resource: Resource, view: View, caller: Caller): ResourceTemplate {
  const { mimeType } = resource;
  const complete = Object.entries(resource.complete ?? {}).map(
    ([variable, offer]) =>
      [
        variable,
        (value: string, context?: { arguments?: Record<string, string> }) =>
          completions(offer, value, context?.arguments ?? {}),
      ] as const,
  );
  return new ResourceTemplate(resource.uri, {
    list:
      resource.list === undefined
        ? undefined
        : async (ctx) => {
            const members = await resource.list?.(readContext(caller, ctx, view.registry.budget));
            return { resources: (members ?? []).map((member) => ({ ...member, mimeType })) };
          },
    complete: Object.fromEntries(complete),
  });
}

async function readResource(
  resource: Resource,
  uri: URL,
  variables: Record<string, string | string[]>,
  context: () => ReturnType<typeof readContext>,
) {
  try {
    const { mimeType, body } = await resource.read(decoded(variables), context());
    const content = typeof body === "string" ? { text: body } : { blob: Buffer.from(body).toString("base64") };
    return { contents: [{ uri: uri.href, mimeType, ...content }] };
  } catch (error) {
    if (error instanceof ToolFailure && error.kind === "not-found") throw new ResourceNotFoundError(uri.href);
    throw protocolError(error);
  }
}

/** Template variables arrive percent-encoded. */
export function decoded(variables: Record<string, string | string[]>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, decode(Array.isArray(value) ? value.join(",") : value)]),
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
