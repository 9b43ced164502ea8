// Whole objects of a list, page by page, up to a cap: for what no table shows (events, metrics, runs).
import { z } from "zod";
import type { Pairs } from "../../../core/upstream.ts";
import type { ApiRequest, Cluster } from "./cluster.ts";

const PAGE = 500;

export interface Items<T> {
  readonly items: readonly T[];
  /** False when there are more than `most`. */
  readonly isWhole: boolean;
}

export async function listItems<T>(
  cluster: Cluster,
  request: ApiRequest,
  item: z.ZodType<T>,
  most: number,
): Promise<Items<T>> {
  const shape = z.looseObject({
    metadata: z.looseObject({ continue: z.string().nullish() }).nullish(),
    items: z.array(item).nullish(),
  });
  const items: T[] = [];
  let next = "";
  do {
    const paging: Pairs = [["limit", String(PAGE)], ...(next === "" ? [] : [["continue", next] as const])];
    // oxlint-disable-next-line no-await-in-loop -- each page names the next one
    const reply = await cluster.get({ ...request, query: [...(request.query ?? []), ...paging] }, shape);
    items.push(...(reply.items ?? []));
    next = reply.metadata?.continue ?? "";
  } while (next !== "" && items.length < most);
  return { items, isWhole: next === "" };
}
