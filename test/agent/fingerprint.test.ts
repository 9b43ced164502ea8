// Two failures are the same one when only what differs from run to run differs.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classify } from "../../src/agent/classify/index.ts";
import { fingerprint, normalizeLine } from "../../src/agent/fingerprint.ts";
import type { Evidence } from "../../src/core/evidence.ts";
import {
  eventOf,
  evidenceOf,
  exited,
  failedStep,
  failedWith,
  podOf,
  taskRunOf,
  waitingFor,
} from "../support/evidence.ts";

const of = (evidence: Evidence): string => fingerprint(evidence, classify(evidence));
const line = (value: string): string => of(failedWith(value));

const hex = fc.stringMatching(/^[0-9a-f]{7,40}$/).filter((text) => /\d/.test(text));
const two = fc.integer({ min: 10, max: 59 }).map(String);
const time = fc
  .tuple(two, two, two)
  .map(([a, b, c]) => `2026-11-20T${(Number(a) % 24) + 10 > 23 ? "10" : "11"}:${b}:${c}.123Z`);

describe("normalizeLine", () => {
  it.each([
    ["\u001b[31mERROR\u001b[0m boom", "ERROR boom"],
    ["2026-11-20T10:00:00.123Z boom", "<time> boom"],
    ["2026/11/20 10:00:00 boom", "<time> boom"],
    ["[10:00:00] boom", "[<time>] boom"],
    ["id 5f0c9a52-52c4-4f6a-9a3e-0a6a2f0a9d11 gone", "id <id> gone"],
    ["image x@sha256:0a1b2c3d4e5f", "image x@#"],
    ["open /workspace/source/run-1/x.txt: boom", "open <path>: boom"],
    ["open /tmp/tmpab12/x: boom", "open <path>: boom"],
    ["dial 10.1.2.3:5432 refused", "dial <ip> refused"],
    ["pod shop-web-7d9c5b6f4d-x2x7k gone", "pod shop-web-<pod> gone"],
    ["token [REDACTED:github-token:ab12] bad", "token <redacted> bad"],
    ["took 12.5s, 3 of 7", "took #s, # of #"],
    ["cannot find module 'react-router'", "cannot find module 'react-router'"],
    ["src/cart.test.ts > adds up", "src/cart.test.ts > adds up"],
  ])("%j", (from, to) => {
    expect(normalizeLine(from)).toBe(to);
  });

  it("is idempotent on any text", () => {
    const parts = fc.array(
      fc.oneof(
        fc.constantFrom(
          "#",
          "<",
          ">",
          "/tmp/",
          "-",
          ":",
          ".",
          "[REDACTED:a:0000]",
          "2026-11-20",
          "\u001b[",
          "deadbee1",
          " ",
          "-bcdf2",
          "::",
        ),
        fc.string({ maxLength: 12 }),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(parts, (parts) => {
        const once = normalizeLine(parts.join(""));
        expect(normalizeLine(once)).toBe(once);
      }),
      { numRuns: 2_000 },
    );
  });

  it("looks at 500 characters only, and ends on hostile ones", () => {
    expect(normalizeLine(`${"b".repeat(500)}x`)).toBe(normalizeLine(`${"b".repeat(500)}y`));
    for (const bad of ["a:", "0", "1.", "-b", "/tmp/", "\u001b]", "[REDACTED:", "0:", "f".repeat(7)]) {
      expect(normalizeLine(bad.repeat(100_000)).length).toBeLessThanOrEqual(1_500);
    }
  });
});

describe("fingerprint", () => {
  it("times, ids and numbers do not matter", () => {
    fc.assert(
      fc.property(time, fc.uuid(), hex, fc.nat(), fc.ipV4(), time, fc.uuid(), hex, fc.nat(), fc.ipV4(), (...v) => {
        const [a, b, c, d, e, f, g, h, i, j] = v;
        const told = (...[at, id, sha, n, ip]: [string, string, string, number, string]): string =>
          line(`${at} ERROR: request ${id} of build ${sha} failed after ${n} ms at ${ip}: widget is frozen`);
        expect(told(a, b, c, d, e)).toBe(told(f, g, h, i, j));
      }),
      { numRuns: 200 },
    );
  });

  it("words do: another package, test or file is another failure", () => {
    const word = fc.stringMatching(/^[g-z]{4,10}$/);
    fc.assert(
      fc.property(word, word, (a, b) => {
        fc.pre(a !== b);
        expect(line(`ModuleNotFoundError: No module named '${a}'`)).not.toBe(
          line(`ModuleNotFoundError: No module named '${b}'`),
        );
        expect(line(`FAILED tests/test_x.py::test_${a} - assert 1 == 2`)).not.toBe(
          line(`FAILED tests/test_x.py::test_${b} - assert 1 == 2`),
        );
        expect(line(`src/${a}.ts(3,5): error TS2322: no`)).not.toBe(line(`src/${b}.ts(3,5): error TS2322: no`));
      }),
      { numRuns: 100 },
    );
  });

  it("another run of the same pipeline is the same failure; another step, namespace, cluster or task is not", () => {
    const first = failedStep("build", "2026-11-20T10:00:00Z ERROR: boom happened");
    const again = failedStep("build", "2026-11-21T11:12:13Z ERROR: boom happened", {
      pod: podOf({ name: "shop-build-run-9zzz2-build-pod", uid: "other" }),
      task_run: taskRunOf({ name: "shop-build-run-9zzz2-build" }),
    });
    expect(of(again)).toBe(of(first));
    expect(of(failedStep("test", "ERROR: boom happened"))).not.toBe(of(first));
    expect(of({ ...first, namespace: "other" })).not.toBe(of(first));
    expect(of({ ...first, cluster: "other" })).not.toBe(of(first));
    expect(of({ ...first, workload: { ...first.workload, task: "other" } })).not.toBe(of(first));
  });

  it("an image pull is one failure, whichever moment the look falls into", () => {
    const image = "quay.io/acme/shop-web:1.4.2";
    const answer = `Failed to pull image "${image}": rpc error: code = Unknown desc = reading manifest 1.4.2: manifest unknown`;
    const look = (reason: string, message: string): Evidence =>
      evidenceOf({
        pod: podOf({ phase: "Pending" }),
        containers: [waitingFor("app", reason, message, { image })],
        events: [eventOf("Failed", answer)],
      });
    expect(of(look("ErrImagePull", answer))).toBe(of(look("ImagePullBackOff", `Back-off pulling image "${image}"`)));
  });

  it("the exit code counts", () => {
    const ended = (code: number): Evidence => evidenceOf({ containers: [exited("app", code)] });
    expect(of(ended(1))).not.toBe(of(ended(3)));
  });
});
