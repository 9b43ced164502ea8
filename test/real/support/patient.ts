// A real Prefect keeps all in one SQLite file, and answers 503 when it is locked: asked again, it is well.
import { setTimeout } from "node:timers/promises";

const TRIES = 5;

/** Asks again while the answer is Prefect's 503; any other answer counts. */
export async function patient<T extends { isError: boolean; text: string }>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const answer = await ask();
    if (tries === TRIES || !answer.isError || !answer.text.includes("(503: ")) return answer;
    await setTimeout(500);
  }
}
