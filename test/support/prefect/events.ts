// Prefect's events: newest first, pages of at most 50, and a token for the next page that stands in an address of the server's own.
import type { Row, World } from "./world.ts";

interface Token {
  filter: Row;
  limit: number;
  offset: number;
}

const has = (list: string[] | null | undefined, test: (one: string) => boolean): boolean =>
  list === null || list === undefined || list.length === 0 || list.some(test);

export function eventPage(world: World, token: Token): Row {
  const { filter, limit, offset } = token;
  const found = world.events
    .filter((event) => passes(event, filter))
    .sort((a, b) => Date.parse(b["occurred"]) - Date.parse(a["occurred"]));
  if (filter["order"] === "ASC") found.reverse();
  const next = offset + limit;
  // Not the address that clients use, as behind a proxy.
  const next_page =
    next < found.length
      ? `http://prefect.internal:4200/api/events/filter/next?page-token=${encode({ ...token, offset: next })}`
      : null;
  return { events: found.slice(offset, next), total: found.length, next_page };
}

const encode = (token: Token): string => encodeURIComponent(Buffer.from(JSON.stringify(token)).toString("base64"));

/** Undefined for a token that is none: the server says 403. */
export function decodeToken(text: string): Token | undefined {
  try {
    const token = JSON.parse(Buffer.from(text, "base64").toString("utf8"));
    return typeof token.offset === "number" ? token : undefined;
  } catch {
    return undefined;
  }
}

function passes(event: Row, { occurred, event: name, resource, related, any_resource, id }: Row): boolean {
  const at = Date.parse(event["occurred"]);
  const ids = (one: Row) => one["prefect.resource.id"] as string;
  const anyOf = [related].flat().filter(Boolean) as Row[];
  const anywhere = [any_resource].flat().filter(Boolean) as Row[];
  return (
    (!occurred?.since || at >= Date.parse(occurred.since)) &&
    (!occurred?.until || at <= Date.parse(occurred.until)) &&
    has(name?.prefix, (prefix) => event["event"].startsWith(prefix)) &&
    !(name?.exclude_prefix ?? []).some((prefix: string) => event["event"].startsWith(prefix)) &&
    has(name?.name, (wanted) => event["event"] === wanted) &&
    !(name?.exclude_name ?? []).includes(event["event"]) &&
    passesResource(event["resource"], resource, ids) &&
    anyOf.every((want) => event["related"].some((one: Row) => passesResource(one, want, ids))) &&
    anywhere.every((want) =>
      [event["resource"], ...event["related"]].some((one: Row) => passesResource(one, want, ids)),
    ) &&
    has(id?.id, (wanted) => event["id"] === wanted)
  );
}

function passesResource(one: Row, want: Row | null | undefined, ids: (row: Row) => string): boolean {
  if (!want) return true;
  const labels = Object.entries(want["labels"] ?? {});
  return (
    has(want["id"], (id) => ids(one) === id) &&
    has(want["id_prefix"], (prefix) => ids(one).startsWith(prefix)) &&
    has(want["role"], (role) => one["prefect.resource.role"] === role) &&
    labels.every(([label, value]) => [value].flat().includes(one[label]))
  );
}
