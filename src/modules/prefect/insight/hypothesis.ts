// What insight tools conclude: a cause, in words, with the ids that show it; and what could not be read on the way.
import { z } from "zod";
import { ToolFailure } from "../../../core/failure.ts";

export type Hypothesis = {
  readonly cause: string;
  readonly text: string;
  /** Flow runs that wait because of it, of those that were looked at. Only in answers about waiting. */
  readonly holds_back?: number;
  /** Ids and names of what shows it. */
  readonly evidence: string[];
};

export type Missing = {
  readonly what: string;
  readonly why: string;
};

export const insightOutput = {
  verdict: z.string().describe("The answer in one line"),
  hypothesis: z
    .array(
      z.looseObject({
        cause: z.string(),
        text: z.string(),
        holds_back: z.number().optional().describe("How many waiting flow runs it concerns"),
        evidence: z.array(z.string()),
      }),
    )
    .describe("Likely causes, the likeliest first, with ids as evidence"),
  missing: z.array(z.looseObject({ what: z.string(), why: z.string() })).describe("Parts that could not be read"),
};

/** The rest is still worth having: what cannot be read is told. Undefined then. A cancelled call still ends. */
export async function part<T>(missing: Missing[], what: string, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof ToolFailure) || error.kind === "cancelled") throw error;
    missing.push({ what, why: error.message });
    return undefined;
  }
}

const MAX_EVIDENCE = 10;

export const idsOf = (rows: readonly { readonly id: string }[]): string[] =>
  rows.slice(0, MAX_EVIDENCE).map(({ id }) => id);

export const unique = (texts: readonly (string | undefined)[]): string[] => [
  ...new Set(texts.filter((text) => text !== undefined)),
];
