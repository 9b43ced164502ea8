// What every driver of the report store must do. Each test has a place of its own: a file, or a database.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Clock } from "../../../src/core/clock.ts";
import type { Claim, NewReport, Report, ReportChange, ReportStore, Wanted } from "../../../src/agent/store/contract.ts";
import { LeaseLost } from "../../../src/agent/store/contract.ts";
import { pack } from "../../../src/agent/store/evidence-blob.ts";
import { evidenceOf } from "./evidence.ts";

export interface Place {
  open(clock: Clock): Promise<ReportStore>;
  remove(): Promise<void>;
}

const START = Date.parse("2026-11-25T10:00:00Z");
const DAY = 86_400_000;
const REPO = { owner: "ops", repo: "failures" };
const ISSUE = { ...REPO, number: 7, url: "https://git.example/ops/failures/issues/7" };

export function newReport(id: string, more: Partial<NewReport> & { namespace?: string } = {}): NewReport {
  const { namespace = "shop", ...rest } = more;
  return { id, key: `key-${id}`, target: { namespace, podName: `pod-${id}`, links: {}, metadata: {} }, ...rest };
}

export function storeSuite(name: string, makePlace: () => Promise<Place>): void {
  describe(`the report store in ${name}`, () => {
    let place: Place;
    let store: ReportStore;
    let now: number;
    const clock = { now: () => now };

    beforeEach(async () => {
      now = START;
      place = await makePlace();
      store = await place.open(clock);
    });
    afterEach(async () => {
      await store.close().catch(() => undefined);
      await place.remove();
    });

    const accept = async (id: string, more: Parameters<typeof newReport>[1] = {}): Promise<Report> =>
      (await store.accept(newReport(id, more), { now, sinceMs: now - DAY })).report;
    const claim = (states: Wanted["states"], more: Partial<Wanted> = {}): Promise<Claim[]> =>
      store.claim({ states, limit: 10, owner: "worker", now, leaseMs: 60_000, ...more });
    const claimOne = async (id: string, more: Partial<Wanted> = {}): Promise<Claim> => {
      const report = await store.get(id);
      const claims = await claim([report!.state], { limit: 1_000, ...more });
      for (const other of claims) if (other.report.id !== id) await store.release(other);
      const found = claims.find((one) => one.report.id === id);
      if (found === undefined) throw new Error(`${id} was not to be had`);
      return found;
    };
    const save = (one: Claim, change: ReportChange, keep = false): Promise<Report> =>
      store.save(one, change, { now, note: `to ${change.state ?? "the same"}`, keep });
    /** Accepts a report and brings it to `collected` in this group. */
    const collect = async (id: string, group: string, more: Parameters<typeof newReport>[1] = {}): Promise<Report> => {
      await accept(id, more);
      return save(await claimOne(id), { state: "collected", group, fingerprint: group });
    };
    const ids = (reports: readonly Report[]): string[] => reports.map((report) => report.id);
    const claimed = (claims: readonly Claim[]): string[] => claims.map((one) => one.report.id);

    describe("accepting", () => {
      it("keeps the trace that a report came with; one of before there were traces has none", async () => {
        const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        const target = { ...newReport("a").target, traceparent };
        await accept("a", { target });
        await accept("b");
        expect((await store.get("a"))?.target).toEqual(target);
        expect((await store.get("b"))?.target).not.toHaveProperty("traceparent");
      });

      it("stores a report whole, and tells it as stored", async () => {
        const target = {
          cluster: "prod",
          namespace: "shop",
          podName: "build-1",
          container: "step-build",
          pipelineRun: "build",
          taskRun: "build-task",
          pipelineTask: "task",
          links: { log: "https://ci.example/1" },
          metadata: { team: "müller 測試" },
        };
        const accepted = await store.accept({ id: "a", key: "k", target, identity: "uid/3" }, { now, sinceMs: 0 });
        expect(accepted.isNew).toBe(true);
        expect(accepted.report).toEqual({
          seq: 1,
          id: "a",
          key: "k",
          state: "received",
          createdAt: START,
          updatedAt: START,
          stateAt: START,
          dueAt: START,
          attempts: 0,
          target,
          identity: "uid/3",
          tokens: 0,
          violations: [],
          isCancelling: false,
        });
        expect(await store.get("a")).toEqual(accepted.report);
        expect(await store.timeline("a")).toEqual([{ at: START, state: "received", note: "accepted" }]);
        expect(await store.get("b")).toBeUndefined();
      });

      it("answers the same key with the same report inside the window, and with a new one after it", async () => {
        const first = await accept("a", { key: "k" });
        now += DAY;
        expect(await store.accept(newReport("b", { key: "k" }), { now, sinceMs: now - DAY })).toEqual({
          report: first,
          isNew: false,
        });
        now += 1;
        expect(await store.accept(newReport("c", { key: "k" }), { now, sinceMs: now - DAY })).toMatchObject({
          report: { id: "c" },
          isNew: true,
        });
        expect(await store.get("b")).toBeUndefined();
      });

      it.each(["dead", "cancelled"] as const)("makes a new report for the key of a %s one", async (state) => {
        await accept("a", { key: "k" });
        await store.change("a", { state }, { now, note: "end" });
        expect(await accept("b", { key: "k" })).toMatchObject({ id: "b" });
        expect(await accept("c", { key: "k" })).toMatchObject({ id: "b" });
      });

      it("makes one report of 200 that arrive together with one key", async () => {
        const all = await Promise.all(
          Array.from({ length: 200 }, (_, i) =>
            store.accept(newReport(`r${i}`, { key: "same" }), { now, sinceMs: now - DAY }),
          ),
        );
        expect(new Set(all.map(({ report }) => report.id)).size).toBe(1);
        expect(all.filter(({ isNew }) => isNew)).toHaveLength(1);
        expect((await store.list({ limit: 5 })).total).toBe(1);
      });

      it("takes 500 different reports together, and refuses the one whose id is taken without harm to the others", async () => {
        const started = performance.now();
        const all = await Promise.all(Array.from({ length: 500 }, (_, i) => accept(`r${i}`)));
        console.log(`${name}: ${Math.round(500_000 / (performance.now() - started))} accepts per second, 500 at once`);
        expect(new Set(all.map(({ seq }) => seq)).size).toBe(500);
        const mixed = await Promise.allSettled([accept("new1"), accept("r7", { key: "other" }), accept("new2")]);
        expect(mixed.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
        expect((await store.list({ limit: 1 })).total).toBe(502);
      });

      it("keeps hostile text, or replaces what a column cannot hold, alike in each driver", async () => {
        const hostile = `'; drop table hub_reports; -- "$1" ? \\u0000 \u{1F600} %s\n`;
        const nul = "a\0b \uD800 c";
        const target = {
          namespace: hostile,
          podName: nul,
          links: { [nul]: "https://x.example/'" },
          metadata: { __proto__x: hostile },
        };
        const report = await accept("a", { key: nul, identity: nul, target });
        expect(report).toMatchObject({ key: "a\uFFFDb \uFFFD c", identity: "a\uFFFDb \uFFFD c", target });
        expect(await accept("b", { key: nul })).toEqual(report);
        const draft = { title: hostile, body: nul, labels: [nul, hostile] };
        const saved = await save(await claimOne("a"), { draft, cause: nul, lastError: hostile, violations: [nul] });
        expect(saved).toMatchObject({ draft, cause: "a\uFFFDb \uFFFD c", lastError: hostile, violations: [nul] });
        expect((await store.list({ namespace: hostile, limit: 5 })).total).toBe(1);
        expect(await store.get("a\0")).toBeUndefined();
      });
    });

    describe("claiming and saving", () => {
      it("gives a report to one worker, counts the try, and gives it again once the lease is over", async () => {
        await accept("a");
        const [first] = await claim(["received"]);
        expect(first).toMatchObject({ report: { id: "a", attempts: 1, state: "received" } });
        expect(await claim(["received"])).toEqual([]);
        now += 59_999;
        expect(await claim(["received"])).toEqual([]);
        now += 1;
        const [second] = await claim(["received"]);
        expect(second).toMatchObject({ report: { id: "a", attempts: 2 } });
        await expect(save(first!, { state: "collecting" })).rejects.toThrow(LeaseLost);
        await expect(store.renew(first!, now + 1)).rejects.toThrow(LeaseLost);
        await store.release(first!);
        expect(await save(second!, { state: "collecting" })).toMatchObject({ state: "collecting", attempts: 0 });
        await expect(save(second!, { state: "collected" })).rejects.toThrow(LeaseLost);
        expect((await store.timeline("a")).map(({ state }) => state)).toEqual(["received", "collecting"]);
      });

      it("lets a worker that overslept save, as long as nobody else took the report", async () => {
        await accept("a");
        const [one] = await claim(["received"]);
        now += DAY;
        expect(await save(one!, { state: "collected" })).toMatchObject({ state: "collected", stateAt: now });
      });

      it("renews a lease and keeps it over a step", async () => {
        await accept("a");
        const [one] = await claim(["received"]);
        await store.renew(one!, now + 120_000);
        now += 100_000;
        expect(await claim(["received"])).toEqual([]);
        const kept = await save(one!, { state: "collecting" }, true);
        expect(kept).toMatchObject({ state: "collecting", attempts: 1, stateAt: now, dueAt: now });
        expect(await claim(["collecting"])).toEqual([]);
        expect(await save(one!, { state: "collected" })).toMatchObject({ state: "collected", attempts: 0 });
        expect(claimed(await claim(["collected"]))).toEqual(["a"]);
      });

      it("keeps attempts and stateAt when the state stays, adds tokens and violations, clears what is null", async () => {
        await accept("a");
        const intent = { action: "create", at: now } as const;
        const draft = { title: "t", body: "b", labels: ["x"] };
        await save(await claimOne("a"), {
          tokens: 5,
          violations: ["one"],
          lastError: "down",
          intent,
          draft,
          commentId: 4,
          dueAt: now + 10,
        });
        expect(await claim(["received"])).toEqual([]);
        now += 10;
        const report = await save(await claimOne("a"), {
          tokens: 7,
          violations: ["two"],
          lastError: null,
          intent: null,
          commentId: null,
          category: "crash",
          outcome: "created",
          issue: ISSUE,
        });
        expect(report).toMatchObject({
          attempts: 2,
          state: "received",
          stateAt: START,
          dueAt: START + 10,
          updatedAt: now,
          tokens: 12,
          violations: ["one", "two"],
          draft,
          category: "crash",
          outcome: "created",
          issue: ISSUE,
        });
        expect(report).toMatchObject({ lastError: undefined, intent: undefined, commentId: undefined });
        expect(await store.get("a")).toEqual(report);
      });

      it("does not give reports that are not due, and honours stateBefore", async () => {
        await accept("a");
        expect(await claim(["received"], { stateBefore: START })).toEqual([]);
        expect(claimed(await claim(["received"], { stateBefore: START + 1 }))).toEqual(["a"]);
        await save(await claimOne("a", { now: now + 60_000 }), { state: "waiting_llm", dueAt: now + 500 });
        expect(await claim(["waiting_llm"])).toEqual([]);
        now += 500;
        expect(claimed(await claim(["waiting_llm", "drafted"]))).toEqual(["a"]);
      });

      it("gives what a clock that went wrong put days ahead", async () => {
        const before = now;
        now += 3 * DAY;
        await accept("due");
        await accept("leased");
        await claimOne("leased");
        now = before;
        expect(ids((await claim(["received"])).map(({ report }) => report))).toEqual(["due", "leased"]);
      });

      it("serves one namespace after the other, in one claim and over many", async () => {
        for (let i = 0; i < 6; i++) await accept(`a${i}`, { namespace: "a" });
        for (let i = 0; i < 2; i++) await accept(`b${i}`, { namespace: "b" });
        await accept("c0", { namespace: "c" });
        const claims = await claim(["received"], { limit: 5 });
        expect(claimed(claims)).toEqual(["a0", "b0", "c0", "a1", "b1"]);
        for (const one of claims) await store.release(one);
        const single: string[] = [];
        for (let i = 0; i < 9; i++) single.push(...claimed(await claim(["received"], { limit: 1 })));
        expect(single).toEqual(["c0", "a0", "b0", "a1", "b1", "a2", "a3", "a4", "a5"]);
      });

      it("never gives one report to two of many workers", async () => {
        await Promise.all(Array.from({ length: 120 }, (_, i) => accept(`r${i}`, { namespace: `n${i % 7}` })));
        const taken: string[] = [];
        const work = async (worker: number) => {
          for (;;) {
            const claims = await claim(["received"], { limit: 3, owner: `w${worker}` });
            if (claims.length === 0) return;
            taken.push(...claimed(claims));
            await Promise.all(claims.map((one) => save(one, { state: "collecting" })));
          }
        };
        await Promise.all(Array.from({ length: 8 }, (_, worker) => work(worker)));
        expect(taken).toHaveLength(120);
        expect(new Set(taken).size).toBe(120);
        expect((await store.stats()).byState).toEqual({ collecting: 120 });
      });

      it("releases without a trace", async () => {
        const before = await accept("a");
        const [one] = await claim(["received"]);
        await store.release(one!);
        await store.release(one!);
        expect(await store.get("a")).toEqual(before);
        expect(await store.timeline("a")).toHaveLength(1);
        expect(await claim(["received"])).toHaveLength(1);
      });

      it("tells at most the newest 200 rows of a timeline, oldest first", async () => {
        await accept("a");
        for (let i = 0; i < 205; i++) await store.change("a", {}, { now: now + i, note: `note ${i}` });
        const rows = await store.timeline("a");
        expect(rows).toHaveLength(200);
        expect([rows[0]!.note, rows[199]!.note]).toEqual(["note 5", "note 204"]);
      });

      it("keeps evidence exactly: 2 MiB, non-ASCII, NUL; the newest replaces it", async () => {
        await accept("a");
        const evidence = evidenceOf(`müller 測試 \u{1F600} \0 \u001b[31m ${"x".repeat(2 * 1024 * 1024)}`);
        expect(await store.evidence("a")).toBeUndefined();
        await save(await claimOne("a"), { state: "collected", evidence });
        expect(await store.evidence("a")).toEqual(evidence);
        await save(await claimOne("a"), { evidence: evidenceOf("short") });
        expect(await store.evidence("a")).toEqual(evidenceOf("short"));
        expect(await store.evidence("b")).toBeUndefined();
      });
    });

    describe("changing and cancelling", () => {
      it("changes what nobody works on, and nothing else", async () => {
        await accept("a");
        const [one] = await claim(["received"]);
        expect(await store.change("a", { dueAt: now }, { now, note: "retry" })).toBeUndefined();
        expect(await store.change("b", {}, { now, note: "retry" })).toBeUndefined();
        now += 60_000;
        const changed = await store.change("a", { state: "collected" }, { now, note: "retry" });
        expect(changed).toMatchObject({ state: "collected", attempts: 0 });
        await expect(save(one!, {})).rejects.toThrow(LeaseLost);
      });

      it("cancels at once when nobody works on it, and not when it has ended", async () => {
        await accept("a");
        expect(await store.cancel("a", now)).toMatchObject({ state: "cancelled", isCancelling: false });
        expect(await store.cancel("a", now)).toBeUndefined();
        expect(await store.cancel("b", now)).toBeUndefined();
        expect(await claim(["received"])).toEqual([]);
        expect((await store.timeline("a")).at(-1)).toMatchObject({ state: "cancelled" });
      });

      it("tells the worker at its next save, and counts what it spent", async () => {
        await accept("a");
        const [one] = await claim(["received"]);
        expect(await store.cancel("a", now)).toMatchObject({ state: "received", isCancelling: true });
        expect(await store.cancel("a", now)).toMatchObject({ isCancelling: true });
        await store.renew(one!, now + 120_000);
        await expect(save(one!, { state: "collected", tokens: 9, cause: "not kept" })).rejects.toThrow(LeaseLost);
        expect(await store.get("a")).toMatchObject({
          state: "cancelled",
          tokens: 9,
          cause: undefined,
          isCancelling: false,
        });
        expect(await store.tokensSince(0)).toBe(9);
      });

      it("leaves a report filed whose new analysis is cancelled: its issue is there", async () => {
        const filed = { state: "filed", issue: ISSUE, outcome: "created", analysis: "fallback" } as const;
        for (const id of ["a", "b"]) {
          await accept(id);
          await save(await claimOne(id), filed);
          await store.change(id, { state: "waiting_llm" }, { now, note: "again" });
        }
        const stays = { ...filed, isCancelling: false, lastError: expect.stringContaining("cancelled by an operator") };
        expect(await store.cancel("a", now)).toMatchObject(stays);
        const one = await claimOne("b");
        await store.cancel("b", now);
        await expect(save(one, { state: "drafted", analysis: "llm" })).rejects.toThrow(LeaseLost);
        expect(await store.get("b")).toMatchObject(stays);
        expect(await store.cancel("b", now)).toBeUndefined();
      });

      it("cancels too when the worker stops or vanishes", async () => {
        await accept("a");
        await accept("b");
        const claims = await claim(["received"]);
        await store.cancel("a", now);
        await store.cancel("b", now);
        await store.release(claims[0]!);
        expect(await store.get("a")).toMatchObject({ state: "cancelled" });
        now += 60_000;
        expect(await claim(["received"])).toEqual([]);
        expect(await store.get("b")).toMatchObject({ state: "cancelled", isCancelling: false });
      });
    });

    describe("groups", () => {
      it("gives only the leader of a group, until that has its issue or has ended", async () => {
        for (const id of ["a", "b", "c"]) await collect(id, "v1:x");
        await collect("other", "v1:y");
        const first = await claim(["collected"], { isLeader: true });
        expect(claimed(first).toSorted()).toEqual(["a", "other"]);
        expect(await claim(["collected"], { isLeader: true })).toEqual([]);
        await save(first[0]!, { state: "waiting_llm" });
        expect(await claim(["collected"], { isLeader: true })).toEqual([]);
        await store.change("a", { state: "dead" }, { now, note: "gave up" });
        const [next] = await claim(["collected"], { isLeader: true });
        expect(next!.report.id).toBe("b");
        await save(next!, { state: "filing", issue: ISSUE });
        expect(claimed(await claim(["collected"], { isLeader: true }))).toEqual(["c"]);
      });

      it("counts as earlier who came first to be on its way, not who was accepted first", async () => {
        await accept("slow");
        await accept("quick");
        const slow = await claimOne("slow");
        await save(await claimOne("quick"), { state: "collected", group: "g" });
        const [leader] = await claim(["collected"], { isLeader: true });
        expect(leader!.report.id).toBe("quick");
        await save(slow, { state: "collected", group: "g" });
        expect(await claim(["collected"], { isLeader: true })).toEqual([]);
        await save(leader!, { state: "drafted" });
        await store.change("slow", { state: "drafted" }, { now, note: "both" });
        expect(claimed(await claim(["drafted"], { isLeader: true }))).toEqual(["quick"]);
      });

      it("puts a report that comes back, or moves to another group, behind those on their way", async () => {
        await collect("a", "g");
        await collect("b", "g");
        await store.change("a", { state: "dead" }, { now, note: "gave up" });
        await store.change("a", { state: "collected" }, { now, note: "retry" });
        const [b] = await claim(["collected"], { isLeader: true });
        expect(b!.report.id).toBe("b");
        await store.release(b!);
        await collect("c", "storm");
        await store.change("b", { group: "storm" }, { now, note: "storm" });
        expect(claimed(await claim(["collected"], { isLeader: true })).toSorted()).toEqual(["a", "c"]);
        expect(ids(await store.followers("storm", 10))).toEqual(["b"]);
      });

      it("does not hold back a report that has its issue, nor is held back by one", async () => {
        await collect("a", "g");
        await store.file(
          await claimOne("a"),
          { outcome: "created", issue: ISSUE, followers: [], isNewIssue: true },
          { now, note: "filed" },
        );
        await collect("b", "g");
        await store.change("a", { state: "collected" }, { now, note: "again" });
        expect(claimed(await claim(["collected"], { isLeader: true })).toSorted()).toEqual(["a", "b"]);
      });

      it("tells followers that wait, oldest first", async () => {
        for (const id of ["a", "b", "c", "d"]) await collect(id, "g");
        await store.change("b", { state: "drafted" }, { now, note: "on" });
        const c = await claimOne("c");
        expect(ids(await store.followers("g", 10))).toEqual(["a", "d"]);
        expect(ids(await store.followers("g", 1))).toEqual(["a"]);
        now += 60_000;
        expect(ids(await store.followers("g", 10))).toEqual(["a", "c", "d"]);
        await expect(save(c, {})).resolves.toMatchObject({ id: "c" });
      });
    });

    describe("filing", () => {
      const filed = { outcome: "created", issue: ISSUE, followers: [], isNewIssue: true } as const;

      it("ends a report, its followers and the group's issue in one step", async () => {
        for (const id of ["a", "b", "c", "d", "e"]) {
          now += 1_000;
          await collect(id, id === "e" ? "elsewhere" : "g");
        }
        const claimA = await claimOne("a");
        await claimOne("c", { leaseMs: 600_000 });
        now += 1_000;
        const report = await store.file(
          claimA,
          { ...filed, analysis: "llm", comment: { id: 31, isNew: true }, followers: ["b", "c", "d", "e", "none"] },
          { now, note: "issue created" },
        );
        expect(report).toMatchObject({
          state: "filed",
          outcome: "created",
          issue: ISSUE,
          analysis: "llm",
          commentId: undefined,
          stateAt: now,
        });
        expect(await store.get("b")).toMatchObject({
          state: "filed",
          outcome: "commented",
          issue: ISSUE,
          analysis: "llm",
          commentId: 31,
        });
        expect(await store.get("d")).toMatchObject({ state: "filed" });
        expect(await store.get("c")).toMatchObject({ state: "collected" });
        expect(await store.get("e")).toMatchObject({ state: "collected" });
        expect((await store.timeline("b")).at(-1)).toEqual({
          at: now,
          state: "filed",
          note: "occurrence of #7, filed with report a",
        });
        expect(await store.groupIssue(REPO, "g")).toEqual({
          ...ISSUE,
          group: "g",
          reportId: "a",
          firstAt: START + 1_000,
          lastAt: START + 4_000,
          occurrences: 3,
          commentId: 31,
          commentAt: now,
        });
        expect(await store.groupIssue({ ...REPO, repo: "other" }, "g")).toBeUndefined();
        const told = await store.commented(31, 1);
        expect({ ids: ids(told.reports), total: told.total }).toEqual({ ids: ["d"], total: 2 });
      });

      it("counts recurrences, edits the comment, begins a new one, and moves to a new issue", async () => {
        await collect("a", "g");
        await store.file(await claimOne("a"), filed, { now, note: "1" });
        const recur = async (id: string, more: object) => {
          now += 1_000;
          await collect(id, "g");
          const end = { outcome: "commented", issue: ISSUE, followers: [], isNewIssue: false, ...more } as const;
          return store.file(await claimOne(id), end, { now, note: id });
        };
        await recur("b", { comment: { id: 1, isNew: true } });
        const begun = now;
        expect(await recur("c", { comment: { id: 1, isNew: false } })).toMatchObject({ commentId: 1 });
        expect(await store.groupIssue(REPO, "g")).toMatchObject({
          occurrences: 3,
          commentId: 1,
          commentAt: begun,
          firstAt: START,
          lastAt: now,
          reportId: "a",
        });
        await recur("d", { outcome: "recorded" });
        expect(await store.groupIssue(REPO, "g")).toMatchObject({ occurrences: 4, commentId: 1, commentAt: begun });
        await recur("e", { comment: { id: 2, isNew: true } });
        expect(await store.groupIssue(REPO, "g")).toMatchObject({ occurrences: 5, commentId: 2, commentAt: now });
        await recur("f", { outcome: "created", isNewIssue: true, issue: { ...ISSUE, number: 8, url: "u8" } });
        expect(await store.groupIssue(REPO, "g")).toEqual({
          ...ISSUE,
          number: 8,
          url: "u8",
          group: "g",
          reportId: "f",
          firstAt: now,
          lastAt: now,
          occurrences: 1,
          commentId: undefined,
          commentAt: undefined,
        });
      });

      it("counts a report once when its issue is edited later", async () => {
        await collect("a", "g");
        await store.file(await claimOne("a"), filed, { now, note: "1" });
        await store.change("a", { state: "filing" }, { now, note: "again" });
        await store.file(await claimOne("a"), { ...filed, isNewIssue: false, analysis: "llm" }, { now, note: "2" });
        expect(await store.groupIssue(REPO, "g")).toMatchObject({ occurrences: 1 });
      });

      it("is refused to a worker that lost its lease, and changes nothing", async () => {
        await collect("a", "g");
        await collect("b", "g");
        const late = await claimOne("a");
        now += 60_000;
        await claimOne("a");
        await expect(store.file(late, { ...filed, followers: ["b"] }, { now, note: "late" })).rejects.toThrow(
          LeaseLost,
        );
        expect(await store.get("b")).toMatchObject({ state: "collected" });
        expect(await store.groupIssue(REPO, "g")).toBeUndefined();
      });

      it("stands although an operator wished to cancel: the issue is there", async () => {
        await collect("a", "g");
        const one = await claimOne("a");
        await store.cancel("a", now);
        expect(await store.file(one, filed, { now, note: "filed" })).toMatchObject({
          state: "filed",
          isCancelling: false,
        });
        expect(await store.groupIssue(REPO, "g")).toMatchObject({ number: 7 });
      });
    });

    describe("looking", () => {
      it("knows the namespaces of its own cluster, and lists some of them alone", async () => {
        const target = { podName: "p", links: {}, metadata: { cluster: "mine" } };
        await accept("a", { target: { ...target, namespace: "b" } });
        await accept("b", { target: { ...target, namespace: "a" } });
        await accept("c", { target: { ...target, namespace: "a" } });
        await accept("d", { target: { ...target, namespace: "c", cluster: "east" } });
        expect(await store.namespaces(9)).toEqual(["a", "b"]);
        expect(await store.namespaces(1)).toEqual(["a"]);
        const { reports, total } = await store.list({ namespaces: ["a", "c"], limit: 1 });
        expect([ids(reports), total]).toEqual([["c"], 2]);
        expect((await store.list({ namespaces: [], limit: 1 })).total).toBe(0);
      });

      it("lists newest first, in pages, with the total of all pages", async () => {
        for (let i = 0; i < 5; i++) {
          now += 1_000;
          await accept(`r${i}`, { namespace: i === 2 ? "other" : "shop" });
        }
        await store.cancel("r4", now);
        const page = async (filter: object) => {
          const { reports, total } = await store.list({ limit: 2, ...filter });
          return { ids: ids(reports), total, last: reports.at(-1)?.seq };
        };
        const first = await page({});
        expect(first).toMatchObject({ ids: ["r4", "r3"], total: 5 });
        expect(await page({ beforeSeq: first.last })).toMatchObject({ ids: ["r2", "r1"], total: 5 });
        expect(await page({ namespace: "shop", state: "received" })).toMatchObject({ ids: ["r3", "r1"], total: 3 });
        expect(await page({ sinceMs: START + 4_000 })).toMatchObject({ ids: ["r4", "r3"], total: 2 });
        expect(await page({ state: "dead" })).toMatchObject({ ids: [], total: 0 });
      });

      it("counts fingerprints and finds the newest group of a namespace", async () => {
        await collect("a", "v1:x");
        now += 10;
        await collect("b", "v1:y");
        await collect("c", "v1:y");
        await collect("d", "v1:z", { namespace: "other" });
        expect(await store.countFingerprints("shop", START)).toBe(2);
        expect(await store.countFingerprints("shop", START + 1)).toBe(1);
        expect(await store.countFingerprints("nobody", 0)).toBe(0);
        expect(await store.newestGroup("shop", "storm:", 0)).toBeUndefined();
        await store.change("b", { group: "storm:测1" }, { now, note: "storm" });
        await store.change("a", { group: "storm:测2" }, { now, note: "storm" });
        expect(await store.newestGroup("shop", "storm:测", 0)).toBe("storm:测2");
        expect(await store.newestGroup("shop", "storm:", START + 1)).toBe("storm:测1");
        expect(await store.newestGroup("shop", "storm_", 0)).toBeUndefined();
        expect(await store.newestGroup("other", "storm:", 0)).toBeUndefined();
      });

      it("finds what was filed without an analysis, newest first", async () => {
        for (const [id, outcome, analysis] of [
          ["a", "created", "fallback"],
          ["b", "created", "llm"],
          ["c", "commented", "fallback"],
          ["d", "created", "fallback"],
        ] as const) {
          now += 10;
          await collect(id, id);
          await store.file(
            await claimOne(id),
            { outcome, analysis, issue: ISSUE, followers: [], isNewIssue: true },
            { now, note: "f" },
          );
        }
        expect(ids(await store.unanalysed(0, 10))).toEqual(["d", "a"]);
        expect(ids(await store.unanalysed(0, 1))).toEqual(["d"]);
        expect(ids(await store.unanalysed(START + 11, 10))).toEqual(["d"]);
      });

      it("counts tokens when they are spent, not when the report came", async () => {
        await accept("a");
        now += DAY;
        await store.change("a", { tokens: 40 }, { now, note: "x" });
        await store.change("a", { tokens: 2 }, { now: now + 10, note: "x" });
        expect(await store.tokensSince(now)).toBe(42);
        expect(await store.tokensSince(now + 1)).toBe(2);
        expect(await store.tokensSince(now + 11)).toBe(0);
      });

      it("counts states, and since when the outbox waits after a failed try", async () => {
        expect(await store.stats()).toEqual({ byState: {}, outboxSince: undefined });
        await accept("a");
        await accept("b");
        now += 10;
        await store.change("a", { state: "filing" }, { now, note: "x" });
        const [one] = await claim(["filing"]);
        expect(await store.stats()).toEqual({ byState: { filing: 1, received: 1 }, outboxSince: undefined });
        now += 10;
        await save(one!, { lastError: "503", dueAt: now + 5_000 });
        expect((await store.stats()).outboxSince).toBe(START + 10);
      });
    });

    describe("upkeep", () => {
      it("deletes what ended long ago, and only that", async () => {
        await accept("old");
        await save(await claimOne("old"), { state: "filed", evidence: evidenceOf("x"), tokens: 3 });
        await accept("waiting");
        now += 1_000;
        await accept("fresh");
        await store.cancel("fresh", now);
        expect(await store.purge(now, 1e9)).toBe(1);
        expect(await store.get("old")).toBeUndefined();
        expect(await store.evidence("old")).toBeUndefined();
        expect(await store.timeline("old")).toEqual([]);
        expect(await store.tokensSince(0)).toBe(0);
        expect(ids((await store.list({ limit: 9 })).reports)).toEqual(["fresh", "waiting"]);
        expect(await store.purge(now, 1e9)).toBe(0);
      });

      it("goes on where it stopped when there is much to delete", async () => {
        await Promise.all(Array.from({ length: 620 }, (_, i) => accept(`r${i}`)));
        const all = await store.list({ limit: 1_000 });
        await Promise.all(all.reports.map((report) => store.cancel(report.id, now)));
        const first = await store.purge(now + 1, 1e9);
        expect(first).toBeGreaterThan(0);
        expect(first).toBeLessThanOrEqual(500);
        expect(first + (await store.purge(now + 1, 1e9))).toBe(620);
        expect((await store.list({ limit: 1 })).total).toBe(0);
      });

      it("keeps the issue of a group whose reports are gone", async () => {
        await collect("a", "g");
        await store.file(
          await claimOne("a"),
          { outcome: "created", issue: ISSUE, followers: [], isNewIssue: true },
          { now, note: "f" },
        );
        expect(await store.purge(now + 1, 1e9)).toBe(1);
        expect(await store.groupIssue(REPO, "g")).toMatchObject({ number: 7 });
        await store.purge(now + 366 * DAY, 1e9);
        expect(await store.groupIssue(REPO, "g")).toBeUndefined();
      });

      it("deletes the oldest evidence of ended reports beyond its limit", async () => {
        for (const id of ["a", "b", "c", "d"]) {
          await accept(id);
          const state = id === "b" ? "collected" : "filed";
          await save(await claimOne(id), { state, evidence: evidenceOf(id) });
        }
        const present = async () => {
          const all: string[] = [];
          for (const id of ["a", "b", "c", "d"]) if ((await store.evidence(id)) !== undefined) all.push(id);
          return all.join("");
        };
        await store.purge(0, 1e9);
        expect(await present()).toBe("abcd");
        // They are of one size: room for three, but not for four.
        const one = (await pack(evidenceOf("a"))).byteLength;
        await store.purge(0, Math.floor(one * 3.5));
        expect(await present()).toBe("bcd");
        await store.purge(0, 0);
        expect(await present()).toBe("b");
        expect(await store.get("a")).toMatchObject({ state: "filed" });
      });

      it("says that it can be written, and not after it was closed", async () => {
        await store.probe();
        await store.close();
        await expect(store.probe()).rejects.toThrow(/closed|after calling end/);
        await expect(accept("a")).rejects.toThrow(/closed|after calling end/);
      });

      it("keeps everything over a restart", async () => {
        await collect("a", "g");
        await store.change("a", { tokens: 4 }, { now, note: "x" });
        await accept("b");
        await store.file(
          await claimOne("a"),
          { outcome: "created", issue: ISSUE, followers: [], isNewIssue: true },
          { now, note: "f" },
        );
        const look = async () => ({
          list: await store.list({ limit: 9 }),
          timeline: await store.timeline("a"),
          issue: await store.groupIssue(REPO, "g"),
          tokens: await store.tokensSince(0),
        });
        const before = await look();
        await store.close();
        store = await place.open(clock);
        expect(await look()).toEqual(before);
        expect(await accept("c")).toMatchObject({ seq: 3 });
      });
    });
  });
}
