// The tracker over gitea-mcp of any generation, which stands before the stand-in of Gitea.
import { afterEach } from "vitest";
import { createMcpTracker } from "../../../../src/modules/upstream/tracker/index.ts";
import { giteaMcp, type Generation } from "../../../support/gitea-mcp.ts";
import { startGitea, type StandInOptions } from "../../../support/gitea-stand-in.ts";
import { fakePort } from "../../../support/tool-table.ts";

export const TOKEN = "0123456789abcdef-canary-0123456789abcdef";
export const AT = Date.parse("2026-11-25T12:00:00Z");
export const signal = new AbortController().signal;
export const text = { title: "build failed", body: "why\n<!-- hub:v1 fp=1 report=rpt_1 -->", labels: [] };
export const MARKED = { marker: "report=rpt_1 -->", sinceMs: AT };

export const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error as { kind: string; message: string; details: Record<string, unknown> },
  );

/** Closes what a test starts, after each test. */
export function useTracker() {
  const open: (() => Promise<void>)[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((close) => close()));
  });
  return async (generation: Generation, options: StandInOptions = {}) => {
    const server = await startGitea({ token: TOKEN, now: () => AT, ...options });
    open.push(() => server.close());
    const port = fakePort("gitea", giteaMcp(server, TOKEN, generation));
    const warnings: string[] = [];
    const log = { debug() {}, info() {}, error() {}, warn: (_: object, line: string) => void warnings.push(line) };
    const tracker = createMcpTracker(port, { owner: "ops", repo: "reports", log: log as never });
    const without = (...names: string[]) => {
      port.table = Object.fromEntries(Object.entries(port.table).filter(([name]) => !names.includes(name)));
    };
    return { server, port, tracker, warnings, without, repo: server.repo("ops/reports") };
  };
}
