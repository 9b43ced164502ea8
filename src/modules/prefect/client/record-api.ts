// Prefect's endpoints of events, automations and artifacts, and those that only Cloud has.
import type { EventFilter } from "../filters/infra.ts";
import type { Asker, Window } from "./asker.ts";
import * as infra from "./infra-shapes.ts";
import type { ArtifactsWhere, ArtifactSort, AutomationsWhere, LatestArtifactsWhere, NamedSort } from "./queries.ts";

const POST = { method: "POST" } as const;
const GET = { method: "GET" } as const;

/** The server refuses more for a page. */
export const MAX_EVENTS_PAGE = 50;

export const eventsApi = ({ ask }: Asker) => {
  const read = async (request: Parameters<Asker["ask"]>[0]) => {
    const { events, total, next_page: next } = await ask(request, infra.eventPage);
    return { events, total, next: next === undefined ? undefined : pageToken(next) };
  };
  return {
    /** The newest first unless filter.order says ASC. `next` is for `next()`. */
    filter: (filter: EventFilter, limit: number) =>
      read({
        ...POST,
        path: "events/filter",
        json: { filter, limit: Math.min(limit, MAX_EVENTS_PAGE) },
        doing: "read events",
      }),
    /** The page after, of the same size. */
    next: (token: string) =>
      read({ ...GET, path: "events/filter/next", query: [["page-token", token]], doing: "read more events" }),
  };
};

/** The address in it is the server's idea of itself, which behind a proxy is wrong. */
const pageToken = (url: string): string | undefined => /[?&]page-token=([^&#]+)/.exec(url)?.map(decodeURIComponent)[1];

export const automationsApi = ({ ask, rows, count }: Asker) => ({
  filter: (where: AutomationsWhere, sort: NamedSort, window: Window) =>
    rows(
      { ...POST, path: "automations/filter", json: { ...where, sort }, doing: "list automations" },
      infra.automation,
      window,
    ),
  /** Takes no filter before 3.9. */
  count: (where: AutomationsWhere) =>
    count({ ...POST, path: "automations/count", json: where, doing: "count automations" }),
  get: (id: string) =>
    ask(
      {
        ...GET,
        path: `automations/${id}`,
        doing: `read automation ${id}`,
        missing: `Automation ${id} not found (404).`,
      },
      infra.automation,
    ),
});

export const artifactsApi = ({ ask, rows, count }: Asker) => ({
  filter: (where: ArtifactsWhere, sort: ArtifactSort, window: Window) =>
    rows(
      { ...POST, path: "artifacts/filter", json: { ...where, sort }, doing: "list artifacts" },
      infra.artifact,
      window,
    ),
  count: (where: ArtifactsWhere) => count({ ...POST, path: "artifacts/count", json: where, doing: "count artifacts" }),
  latest: (where: LatestArtifactsWhere, sort: ArtifactSort, window: Window) =>
    rows(
      { ...POST, path: "artifacts/latest/filter", json: { ...where, sort }, doing: "list the latest artifacts" },
      infra.artifact,
      window,
    ),
  countLatest: (where: LatestArtifactsWhere) =>
    count({ ...POST, path: "artifacts/latest/count", json: where, doing: "count the latest artifacts" }),
  get: (id: string) =>
    ask(
      { ...GET, path: `artifacts/${id}`, doing: `read artifact ${id}`, missing: `Artifact ${id} not found (404).` },
      infra.artifact,
    ),
});

/** What the server says of itself, about half a megabyte; Cloud has none that is known. */
export const schemasApi = ({ ask }: Asker) => ({
  openApi: () => ask({ ...GET, path: "openapi.json", doing: "read the server's own API description" }, infra.openApi),
});

/** Only for a workspace of Prefect Cloud: its account's endpoints lie at the root. */
export const cloudApi = ({ ask }: Asker) => ({
  me: () => ask({ ...GET, atRoot: true, path: "me/", doing: "read who the key belongs to" }, infra.cloudUser),
  account: (id: string) =>
    ask({ ...GET, atRoot: true, path: `accounts/${id}`, doing: `read account ${id}` }, infra.cloudAccount),
  workspace: (account: string, id: string) =>
    ask(
      { ...GET, atRoot: true, path: `accounts/${account}/workspaces/${id}`, doing: `read workspace ${id}` },
      infra.cloudWorkspace,
    ),
  /** Times are RFC 3339. */
  rateUsage: (account: string, since: string, until: string, keys: readonly string[]) =>
    ask(
      {
        ...GET,
        atRoot: true,
        path: `accounts/${account}/rate-limits/usage`,
        query: [["since", since], ["until", until], ...keys.map((key) => ["keys", key] as const)],
        doing: "read the usage of rate limits",
      },
      infra.rateUsage,
    ),
});
