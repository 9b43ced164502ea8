// Calls the module's tools on a real Prefect: what must hold for every answer is checked here, and a locked database is asked again.
import { setTimeout } from "node:timers/promises";
import { expect } from "vitest";
import type { TestHub } from "../../support/modules.ts";

const TRIES = 5;

/** Its SQLite answers 503 while it is locked: any other answer counts. */
async function patient<T extends { isError: boolean; text: string }>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const answer = await ask();
    if (tries === TRIES || !answer.isError || !answer.text.includes("(503: ")) return answer;
    await setTimeout(500);
  }
}

/** `ask("get_flows", {...})` gives the structured answer, and throws a failure's text. */
export const asker =
  (hub: () => TestHub) =>
  async (tool: string, input: object = {}): Promise<any> => {
    const { isError, text, structured } = await patient(() => hub().call(`prefect_${tool}`, input));
    if (isError) throw new Error(text);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(24 * 1024);
    expect(text).not.toContain("canary");
    return structured;
  };
