// Which tools a server has: asked after every connect, when it says that they changed, and now and then.
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { messageOf } from "../../core/words.ts";
import { readTools, type RemoteTool } from "./remote-tool.ts";
import { MAX_TOOLS, type Session } from "./session.ts";

const LIST_MS = 30_000;
/** Lists may change without a word. */
const STALE_MS = 300_000;
/** A server that tells of changes without end is asked this often. */
const CHANGES_MS = 2_000;

export interface DiscoveryOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly closing: AbortSignal;
  /** Told when the list is another one. */
  readonly onTools: () => void;
}

export class Discovery {
  tools: readonly RemoteTool[] = [];
  /** Descriptions that could not be used. */
  refused = 0;
  readonly #options: DiscoveryOptions;
  #askedAt = 0;
  #isAsking = false;
  #isStale = false;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  isStale(now: number): boolean {
    return now - this.#askedAt >= STALE_MS;
  }

  /** @throws what the session throws */
  async ask(session: Session): Promise<void> {
    const { clock, log, closing, onTools } = this.#options;
    this.#askedAt = clock.now();
    const { tools: raw, more } = await session.listTools(AbortSignal.any([closing, AbortSignal.timeout(LIST_MS)]));
    const { tools, refused } = readTools(raw);
    if (more) log.warn(`the server has more than ${MAX_TOOLS} tools; the others are left out`);
    if (refused > 0) log.warn({ refused }, "some descriptions of tools could not be used");
    this.refused = refused;
    if (JSON.stringify(tools) === JSON.stringify(this.tools)) return;
    this.tools = tools;
    onTools();
  }

  /** Asks again in the background: one question at a time, and not more often than every two seconds. */
  askAgain(session: Session): void {
    if (this.#isAsking) {
      this.#isStale = true;
      return;
    }
    this.#isAsking = true;
    void this.#askAgain(session);
  }

  async #askAgain(session: Session): Promise<void> {
    const { log, closing } = this.#options;
    do {
      this.#isStale = false;
      // oxlint-disable-next-line no-await-in-loop -- one at a time is the point
      await this.ask(session).catch((error: unknown) => log.debug({ problem: messageOf(error) }, "tools not listed"));
      // oxlint-disable-next-line no-await-in-loop
      await delay(CHANGES_MS, undefined, { ref: false, signal: closing }).catch(() => undefined);
    } while (this.#isStale && !closing.aborted);
    this.#isAsking = false;
  }
}
