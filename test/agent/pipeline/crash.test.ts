// Killed between any two steps and started again: every report ends filed, and nothing is written twice.
import { afterEach, expect, it } from "vitest";
import type { IssueTracker } from "../../../src/core/issue-tracker.ts";
import type { ReportStore } from "../../../src/agent/store/contract.ts";
import { closing, modelDown, type Ground } from "./ground.ts";

const start = closing(afterEach);

/** Steps that change something; the rest only looks. */
const STEPS = ["save", "change", "file", "create", "edit", "comment", "editComment"];

/** Lets so many steps happen, then everything fails as if the process were gone: before or after the step itself. */
class Death {
  readonly #steps: number;
  readonly #isAfter: boolean;
  #done = 0;
  isDead = false;
  readonly died = Promise.withResolvers<void>();

  constructor(steps: number, isAfter: boolean) {
    this.#steps = steps;
    this.#isAfter = isAfter;
  }

  store = (store: ReportStore): ReportStore => this.#around(store);
  tracker = (tracker: IssueTracker): IssueTracker => this.#around(tracker);

  #around<T extends object>(whole: T): T {
    return new Proxy(whole, {
      get: (target, name) => {
        const member = Reflect.get(target, name, target) as unknown;
        if (typeof member !== "function") return member;
        return (...given: unknown[]) => this.#call(String(name), () => member.apply(target, given) as unknown);
      },
    });
  }

  async #call(name: string, work: () => unknown): Promise<unknown> {
    this.#check();
    const isStep = STEPS.includes(name);
    if (isStep && !this.#isAfter) this.#count();
    const result = await work();
    if (isStep && this.#isAfter) this.#count();
    this.#check();
    return result;
  }

  #count(): void {
    this.#done += 1;
    if (this.#done > this.#steps) {
      this.isDead = true;
      this.died.resolve();
    }
    this.#check();
  }

  #check(): void {
    if (this.isDead) throw new Error("the process is gone");
  }
}

async function dieAndRise(ground: Ground, death: Death, live: () => Promise<unknown>): Promise<boolean> {
  await ground.shut();
  await ground.open(death);
  const lived = live().catch(() => undefined);
  await Promise.race([lived, death.died.promise]);
  const hasDied = death.isDead;
  await ground.restart();
  return hasDied;
}

/** Runs a story again and again, with the death one step later each time, until nobody dies. */
async function atEachStep(
  isAfter: boolean,
  story: (ground: Ground, death: Death) => Promise<boolean>,
): Promise<number> {
  for (let steps = 0; ; steps++) {
    const ground = await start();
    const hasDied = await story(ground, new Death(steps, isAfter));
    await ground.close();
    if (!hasDied) return steps;
  }
}

it.each([false, true])("a new failure is one issue (killed after the step: %s)", async (isAfter) => {
  const deaths = await atEachStep(isAfter, async (ground, death) => {
    await ground.pipeline.close();
    const { report } = await ground.report("ledger-1");
    const hasDied = await dieAndRise(ground, death, () => ground.settled(report.report_id));
    await drive(ground, report.report_id);
    expect(ground.issues.map(({ thread }) => thread.length)).toEqual([0]);
    expect(ground.labels(1)).toEqual(["ai-analyzed", "pipeline-failure"]);
    return hasDied;
  });
  expect(deaths).toBeGreaterThanOrEqual(7);
});

it.each([false, true])(
  "an occurrence with its followers is one comment (killed after the step: %s)",
  async (isAfter) => {
    const deaths = await atEachStep(isAfter, async (ground, death) => {
      await ground.settle("ledger-1");
      Object.assign(ground.issues[0]!, { state: "closed", closed_at: new Date(ground.clock.now()).toISOString() });
      await ground.pipeline.close();
      const ids = await Promise.all(
        [2, 3, 4].map(async (at) => (await ground.report(`ledger-${at}`)).report.report_id),
      );
      const hasDied = await dieAndRise(ground, death, () => Promise.all(ids.map((id) => ground.settled(id))));
      for (const id of ids) await drive(ground, id);
      const [issue] = ground.issues;
      expect(ground.issues).toHaveLength(1);
      expect(issue!.state).toBe("open");
      expect(issue!.thread).toHaveLength(1);
      expect([2, 3, 4].map((at) => issue!.thread[0]!.body.includes(`ledger-${at}`))).toEqual([true, true, true]);
      return hasDied;
    });
    expect(deaths).toBeGreaterThan(8);
  },
);

it.each([false, true])("an issue that is analysed again is one issue (killed after the step: %s)", async (isAfter) => {
  const deaths = await atEachStep(isAfter, async (ground, death) => {
    const behave = ground.model.behave;
    ground.model.behave = modelDown;
    const { report_id: id } = await ground.settle("ledger-1");
    await ground.pipeline.close();
    ground.model.behave = behave;
    const isAnalysed = () => ground.until(id, ({ state, analysis }) => state === "filed" && analysis === "llm");
    const hasDied = await dieAndRise(ground, death, isAnalysed);
    await isAnalysed();
    expect(ground.issues.map(({ thread }) => thread.length)).toEqual([0]);
    expect(ground.labels(1)).toEqual(["ai-analyzed", "pipeline-failure"]);
    expect(ground.issues[0]!.body).toContain("MODEL SAYS SO");
    return hasDied;
  });
  expect(deaths).toBeGreaterThanOrEqual(5);
});

async function drive(ground: Ground, id: string): Promise<void> {
  ground.clock.advance(61_000);
  expect(await ground.until(id, ({ state }) => state === "filed" || state === "dead")).toMatchObject({
    state: "filed",
  });
}
