// Logs whose lines carry times and levels, and logs of several errors: which line is the cause.
import { describe, expect, it } from "vitest";
import type { Category } from "../../../src/agent/analysis.ts";
import { classify } from "../../../src/agent/classify/index.ts";
import { failedStep } from "../../support/evidence.ts";

const PREFIXES: readonly (readonly [name: string, prefix: (i: number) => string])[] = [
  ["a time", (i) => `2026-11-24T09:30:0${i}.123Z `],
  ["a time in brackets and a level", (i) => `[2026-11-24 09:30:0${i},123] ERROR `],
  ["a level", () => "ERROR: "],
  ["the container", () => "[step-build] "],
  ["a compose service", () => "web-1  | "],
  ["container, time and level", (i) => `[step-build] 2026/11/24 09:30:0${i} ERROR `],
  ["Spring's", (i) => `2026-11-24T09:30:0${i}.123Z ERROR 1 --- [main] o.s.boot.SpringApplication : `],
  ["a logger's", (i) => `09:30:0${i} [worker-3] ERROR com.acme.Orders - `],
  ["klog's", (i) => `E1124 09:30:0${i}.123456       7 main.go:42] `],
];
const PREFIXED: readonly (readonly [category: Category, cause: string, log: string])[] = [
  ["crash", "panic: assignment to entry in nil map", "panic: assignment to entry in nil map"],
  ["test-failure", "test TestTotal: want 3, got 4", "--- FAIL: TestTotal (0.00s)\n    total_test.go:12: want 3, got 4"],
  ["compile", "go: pool.go:41:18: undefined: NewWithLimits", "./pool.go:41:18: undefined: NewWithLimits"],
  ["application-error", "ValueError: no such rate", "Traceback (most recent call last):\nValueError: no such rate"],
];
describe.each(PREFIXES)("%s before each line", (_, prefix) => {
  it.each(PREFIXED)("hides no %s", (category, cause, log) => {
    const told = log.split("\n").map((line, at) => `${prefix(at)}${line}`);
    const { analysis } = classify(failedStep("build", told.join("\n")));
    expect(analysis.category).toBe(category);
    expect(analysis.cause).toContain(cause.replace("go: ", ""));
    expect(told).toContain(analysis.quotes[0]); // as it stands in the log
  });
});

describe("of several errors", () => {
  const causeOf = (...lines: string[]): string => classify(failedStep("build", lines.join("\n"))).analysis.cause;
  it("the first that names a cause counts, not what follows from it", () => {
    expect(causeOf("ERROR the widget is bent", "ERROR giving up after 3 attempts")).toBe(
      "exit 1: ERROR the widget is bent",
    );
    expect(causeOf("ERROR the widget is bent", "ERROR report failed after 5 retries")).toContain("widget is bent");
    expect(causeOf("ERROR the widget is bent", "fatal: agent could not start")).toContain("widget is bent");
    expect(causeOf("ERROR the widget is bent", "ERROR no widget, no report", "FATAL exiting")).toContain(
      "widget is bent",
    );
  });
  it("last words that name a reason are a cause", () => {
    expect(causeOf("WARN slow", "FATAL aborting: the widget is bent")).toContain("the widget is bent");
  });
  it("an error of long ago is not the first of those at the end", () => {
    const done = Array.from({ length: 100 }, (_, at) => `step ${at}`);
    expect(causeOf("ERROR cache is cold", ...done, "ERROR the widget is bent")).toContain("widget is bent");
  });
  it("a line that ends in a colon is told with the next", () => {
    expect(causeOf("ERROR cannot frob:", "  the widget is bent")).toBe("exit 1: ERROR cannot frob: the widget is bent");
  });
});

it("a numbered failure is of mocha only where mocha counts the failing", () => {
  const pact = classify(failedStep("pact", "1) stock of 8841: $.available: expected 3 but got '3'")).analysis;
  expect(pact.cause).toBe("test stock of 8841: $.available: expected 3 but got '3'");
  expect(pact.fixes.join()).not.toContain("mocha");
  const mocha = classify(failedStep("test", "  1 failing\n\n  1) cart adds\n     AssertionError: 1 == 2")).analysis;
  expect(mocha.cause).toBe("test cart adds: AssertionError: 1 == 2");
  expect(mocha.fixes[0]).toContain("mocha");
});

it("the names of exceptions are words enough", () => {
  for (const line of ["docker.ImageNotFound: 404 GET /v1/x", "shop.OrderDoesNotExist: 8841"])
    expect(classify(failedStep("build", `Traceback (most recent call last):\n${line}`)).analysis.cause).toBe(line);
});

it("a log of nothing but errors is searched at its start and its end", () => {
  const errors = Array.from({ length: 4_000 }, (_, at) => `ERROR request ${at} of user x${at.toString(36)} failed`);
  const with_ = (at: number): string =>
    classify(failedStep("build", errors.with(at, "panic: nil map").join("\n"))).analysis.cause;
  expect([with_(50), with_(3_500)]).toEqual(["panic: nil map", "panic: nil map"]);
});
