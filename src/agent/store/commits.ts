// Group commit: all work that is waiting runs in one SQLite transaction, each in a savepoint of its own, and one fsync ends it.
// 500 reports that arrive together so cost a few fsyncs, and nobody is told of success before it.
import type { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import type { Tx } from "./engine.ts";

/** Some ten milliseconds of work; then other events have their turn. */
const AT_ONCE = 64;

interface Job {
  /** Runs the work; what it returns tells the caller, after the commit. */
  work(tx: Tx): Promise<() => void>;
  fail(cause: unknown): void;
}

export class Commits {
  readonly #database: DatabaseSync;
  readonly #tx: Tx;
  #waiting: Job[] = [];
  #running: Promise<void> | undefined;
  #isEnded = false;

  constructor(database: DatabaseSync, tx: Tx) {
    this.#database = database;
    this.#tx = tx;
  }

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    if (this.#isEnded) return Promise.reject(new Error("the report store is closed"));
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({
        work: async (tx) => {
          const value = await work(tx);
          return () => resolve(value);
        },
        fail: reject,
      });
      this.#running ??= this.#runAll();
    });
  }

  /** Finishes what waits. */
  async end(): Promise<void> {
    this.#isEnded = true;
    await this.#running;
  }

  async #runAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      await setImmediate();
      await this.#commit(this.#waiting.splice(0, AT_ONCE));
    }
    this.#running = undefined;
  }

  async #commit(jobs: readonly Job[]): Promise<void> {
    const tell: (() => void)[] = [];
    try {
      this.#database.exec("begin immediate");
      for (const job of jobs) tell.push(await this.#inSavepoint(job));
      this.#database.exec("commit");
    } catch (cause) {
      // The disk is full, or worse: nothing of this transaction stays.
      this.#undo();
      for (const job of jobs) job.fail(cause);
      return;
    }
    for (const each of tell) each();
  }

  /** Never throws, for then nobody would be served any more. What it cannot undo the next `begin` stumbles over, and undoes. */
  #undo(): void {
    try {
      if (this.#database.isTransaction) this.#database.exec("rollback");
    } catch {
      // the cause is told by what failed before
    }
  }

  /** Work waits for nothing but this database, which answers at once: other events cannot come in between. */
  async #inSavepoint(job: Job): Promise<() => void> {
    this.#database.exec("savepoint job");
    try {
      const tell = await job.work(this.#tx);
      this.#database.exec("release job");
      return tell;
    } catch (cause) {
      if (!this.#database.isTransaction) throw cause;
      this.#database.exec("rollback to job; release job");
      return () => job.fail(cause);
    }
  }
}
