// How the stand-in reads a request and refuses it: Go's types, known names, Gitea's filters.
import type { IncomingHttpHeaders } from "node:http";
import type { IssueState, LabelState, Reply } from "./state.ts";

export class Refusal extends Error {
  readonly reply: Reply;
  constructor(status: number, message?: string) {
    super(message);
    const body = message === undefined ? "" : { message, url: "http://gitea.test/api/swagger" };
    this.reply = { status, body };
  }
}

export type Json = Record<string, unknown>;
export interface Call {
  method: string;
  url: URL;
  headers: IncomingHttpHeaders;
  text: string;
}

export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Body members with their Go types, as the API reads them. */
const BODIES = {
  CreateIssueOption: { title: "string", body: "string", labels: "[]int64", assignees: "[]string", milestone: "int64" },
  EditIssueOption: { title: "string", body: "string", state: "string", assignees: "[]string", milestone: "int64" },
  CommentOption: { body: "string" },
  IssueLabelsOption: { labels: "[]any" },
  CreateLabelOption: { name: "string", color: "string", description: "string" },
} as const;

const isGo = (type: string, value: unknown): boolean => {
  if (type.startsWith("[]")) return Array.isArray(value) && value.every((one) => isGo(type.slice(2), one));
  if (type === "any") return true;
  return type === "int64" ? Number.isInteger(value) : typeof value === type;
};

export const ok = (body: unknown): Reply => ({ status: 200, body });

export function only(call: Call, handlers: Record<string, () => Reply>): Reply {
  return handlers[call.method]?.() ?? { status: 405, headers: { allow: Object.keys(handlers).join(", ") } };
}

/** A reader of the query, which may hold only these names. */
export function query({ url }: Call, names?: readonly string[]): (name: string) => string | undefined {
  const unknown = [...url.searchParams.keys()].filter((name) => names?.includes(name) === false);
  if (unknown.length > 0) throw new Refusal(422, `stand-in: unknown parameters ${unknown.join(", ")}`);
  return (name) => url.searchParams.get(name) ?? undefined;
}

export function bodyOf({ headers, text }: Call, option: keyof typeof BODIES): Json {
  if (!/\bjson\b/.test(headers["content-type"] ?? "")) throw new Refusal(422, "[]: Unsupported Content-Type");
  const value = parse(text);
  if (typeof value !== "object" || value === null) throw new Refusal(422, "[]: invalid character in JSON");
  const types: Record<string, string> = BODIES[option];
  for (const [key, member] of Object.entries(value)) {
    const type = types[key];
    if (type === undefined) throw new Refusal(422, `stand-in: ${option} has no ${key}`);
    if (!isGo(type, member)) {
      throw new Refusal(
        422,
        `[]: json: cannot unmarshal ${typeof member} into Go struct field ${option}.${key} of type ${type}`,
      );
    }
  }
  return { ...value };
}

/** PostgreSQL's refusal; who is no administrator gets no message. */
export function refuseNul(...texts: readonly unknown[]): void {
  if (texts.some((text) => typeof text === "string" && text.includes("\0"))) throw new Refusal(500, "");
}

export const users = (logins: unknown): { login: string }[] =>
  Array.isArray(logins) ? logins.map((login) => ({ login: String(login) })) : [];

export const milestoneOf = (id: unknown) =>
  typeof id === "number" && id > 0 ? { milestone: { id, title: `Milestone ${id}` } } : { milestone: null };

/** Names that do not exist are discarded; without any left there is no filter at all. */
export const known = (names: string | undefined, labels: readonly LabelState[]): string[] =>
  (names ?? "").split(",").filter((name) => labels.some((label) => label.name === name));

export function matches(
  issue: IssueState,
  asked: (name: string) => string | undefined,
  labels: readonly string[],
): boolean {
  const [state = "open", type] = [asked("state"), asked("type")];
  if (state !== "all" && issue.state !== state) return false;
  if (type !== undefined && (type === "pulls") !== (issue.pull_request !== null)) return false;
  return labels.length === 0 || issue.labels.some(({ name }) => labels.includes(name));
}
