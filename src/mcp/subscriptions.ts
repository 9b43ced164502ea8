// Subscriptions of 2025-era sessions to resources that can tell of their changes.
import { ResourceNotFoundError, UriTemplate, type McpServer } from "@modelcontextprotocol/server";
import type { Resource } from "../core/prompt.ts";
import { Refusal } from "./errors.ts";
import { decoded } from "./resources.ts";
import type { View } from "./view.ts";

const MAX_SUBSCRIPTIONS = 100;

export function serveSubscriptions({ server }: McpServer, { resources }: View): void {
  if (resources.every((resource) => resource.watch === undefined)) return;
  const open = new Map<string, AbortController>();
  server.setRequestHandler("resources/subscribe", ({ params: { uri } }) => {
    const found = find(resources, uri);
    if (found === undefined) throw new ResourceNotFoundError(uri);
    if (!open.has(uri) && open.size >= MAX_SUBSCRIPTIONS)
      throw new Refusal(400, -32_000, `at most ${MAX_SUBSCRIPTIONS} subscriptions`);
    open.get(uri)?.abort();
    const ended = new AbortController();
    open.set(uri, ended);
    found.resource.watch?.(
      () => void server.sendResourceUpdated({ uri }).catch(() => undefined),
      ended.signal,
      found.variables,
    );
    return {};
  });
  server.setRequestHandler("resources/unsubscribe", ({ params: { uri } }) => {
    open.get(uri)?.abort();
    open.delete(uri);
    return {};
  });
  server.onclose = () => {
    for (const ended of open.values()) ended.abort();
  };
}

function find(resources: readonly Resource[], uri: string) {
  for (const resource of resources.filter((resource) => resource.watch !== undefined)) {
    const match = new UriTemplate(resource.uri).match(uri);
    if (match !== null) return { resource, variables: decoded(match) };
  }
  return undefined;
}
