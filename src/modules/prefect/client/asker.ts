// One tool call's way to one Prefect: its requests share a deadline, four go out at once, and lists come in the pages that this
// server allows.
import { z } from "zod";
import { ToolFailure } from "../../../core/failure.ts";
import { Limiter } from "../../../core/limiter.ts";
import type { UpstreamReply } from "../../../core/upstream.ts";
import type { ApiRequest, PrefectHttp } from "./http.ts";

/** What to read of a list: `limit` rows from `offset` on. */
export interface Window {
  readonly limit: number;
  readonly offset?: number;
}

export interface Asker {
  /** @throws ToolFailure */
  readonly ask: <Schema extends z.ZodType>(request: ApiRequest, schema: Schema) => Promise<z.output<Schema>>;
  /** Any success, unread. @throws ToolFailure */
  readonly send: (request: ApiRequest) => Promise<UpstreamReply>;
  /** As many rows of a `/filter` endpoint as the window wants, in as many pages as the server needs. @throws ToolFailure */
  readonly rows: <Schema extends z.ZodType>(
    request: ApiRequest,
    row: Schema,
    window: Window,
  ) => Promise<z.output<Schema>[]>;
  /** A `/count` endpoint. @throws ToolFailure */
  readonly count: (request: ApiRequest) => Promise<number>;
}

const CONCURRENCY = 4;
const QUEUE = 1_000;

/** PREFECT_SERVER_API_DEFAULT_LIMIT: the default page and the largest; an operator may lower it. Kept for the server's life. */
export interface PageCap {
  rows: number;
}

export const newPageCap = (): PageCap => ({ rows: 200 });

const refuse = (): ToolFailure => new ToolFailure("too-large", "this call needs too many requests; ask for less");

export function createAsker(http: PrefectHttp, cap: PageCap, signal: AbortSignal, deadlineMs: number): Asker {
  const deadline = AbortSignal.timeout(deadlineMs);
  const either = AbortSignal.any([signal, deadline]);
  const limiter = new Limiter({ concurrency: CONCURRENCY, queue: QUEUE, refuse });
  const turn = async <T>(request: ApiRequest, work: () => Promise<T>): Promise<T> => {
    try {
      return await limiter.run(work, either);
    } catch (error) {
      if (signal.aborted || !deadline.aborted) throw error;
      const message = `could not ${request.doing}: Prefect took more than ${deadlineMs / 1_000} s for the whole call; ask for less`;
      throw new ToolFailure("timeout", message, { code: "TIMEOUT" }, { cause: error });
    }
  };
  const ask: Asker["ask"] = (request, schema) => turn(request, () => http.ask(request, schema, either));
  return {
    ask,
    send: (request) => turn(request, () => http.send(request, either)),
    count: (request) => ask(request, z.number()),
    rows: (request, row, window) => readPages(ask, cap, request, z.array(row), window),
  };
}

async function readPages<Row extends z.ZodType>(
  ask: Asker["ask"],
  cap: PageCap,
  request: ApiRequest,
  schema: z.ZodArray<Row>,
  { limit, offset = 0 }: Window,
): Promise<z.output<Row>[]> {
  const found: z.output<Row>[] = [];
  while (found.length < limit) {
    const size = Math.min(cap.rows, limit - found.length);
    const json = { ...bodyOf(request), limit: size, offset: offset + found.length };
    try {
      const page = await ask({ ...request, json }, schema);
      found.push(...page);
      if (page.length < size) break;
    } catch (error) {
      const allowed = allowedIn(error);
      if (allowed === undefined || allowed < 1 || allowed >= size) throw error;
      cap.rows = allowed;
    }
  }
  return found;
}

const bodyOf = ({ json }: ApiRequest): object => (typeof json === "object" && json !== null ? json : {});

/** Of `Invalid limit: must be less than or equal to 200.` */
function allowedIn(error: unknown): number | undefined {
  if (!(error instanceof ToolFailure) || error.details["http_status"] !== 422) return undefined;
  const allowed = /limit: must be less than or equal to (\d{1,6})/.exec(error.message)?.[1];
  return allowed === undefined ? undefined : Number(allowed);
}
