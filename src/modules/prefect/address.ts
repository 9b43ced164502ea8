// Where a Prefect is: its API's address without what people copy along, whether it is Cloud, and its pages for people.

export interface Address {
  /** Without user, password, query and trailing slash, so it may be shown. */
  readonly api: string;
  /** Present for a workspace of Prefect Cloud. */
  readonly cloud: { readonly account: string; readonly workspace: string; readonly root: string } | undefined;
  /** Where the web pages begin, without a trailing slash. */
  readonly ui: string;
}

const ID = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}";
const CLOUD = new RegExp(`^(.*/api)/accounts/(${ID})/workspaces/(${ID})$`, "i");

/** Thrown for an address that cannot be used; the message does not repeat it, since it may hold a password. */
export class BadAddress extends Error {}

/** @throws BadAddress */
export function parseAddress(text: string, ui?: string): Address {
  const url = URL.parse(text.trim());
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === "") {
    throw new BadAddress("must be an http or https URL, for example http://127.0.0.1:4200/api");
  }
  if (url.username !== "" || url.password !== "") {
    throw new BadAddress("must not contain a user or password; use PREFECT_API_AUTH_STRING");
  }
  const api = `${url.origin}${url.pathname}`.replace(/\/+$/, "");
  const [, root, account, workspace] = CLOUD.exec(api) ?? [];
  const cloud =
    root === undefined || account === undefined || workspace === undefined ? undefined : { root, account, workspace };
  return { api, cloud, ui: (ui ?? uiOf(api, cloud, url)).replace(/\/+$/, "") };
}

function uiOf(api: string, cloud: Address["cloud"], { protocol, host }: URL): string {
  if (cloud === undefined) return api.replace(/\/api$/, "");
  return `${protocol}//${host.replace(/^api\./, "app.")}/account/${cloud.account}/workspace/${cloud.workspace}`;
}

/** Links for people, as Prefect's own pages have them. */
export const links = ({ ui }: Address) => ({
  flowRun: (id: string) => `${ui}/runs/flow-run/${id}`,
  taskRun: (id: string) => `${ui}/runs/task-run/${id}`,
  flow: (id: string) => `${ui}/flows/flow/${id}`,
  deployment: (id: string) => `${ui}/deployments/deployment/${id}`,
  workPool: (name: string) => `${ui}/work-pools/work-pool/${encodeURIComponent(name)}`,
  automation: (id: string) => `${ui}/automations/automation/${id}`,
  artifact: (id: string) => `${ui}/artifacts/artifact/${id}`,
});

export type Links = ReturnType<typeof links>;
