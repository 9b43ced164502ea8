import { expect, it } from "vitest";
import { createRedactor } from "../../../src/core/redact.ts";
import { analysisOf, isUsable, readMembers } from "../../../src/agent/model/draft.ts";
import { Quotable } from "../../../src/agent/model/quotes.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { draft, evidenceOf, finding } from "./ground.ts";

const read = (raw: JsonObject) =>
  analysisOf(readMembers(raw), {
    finding,
    quotable: new Quotable(evidenceOf()),
    redactor: createRedactor({ key: "test" }),
    model: "m",
    tokens: 7,
    limits: [],
    otherFindings: [],
  });

it("a whole draft becomes an analysis", () => {
  expect(read(draft)).toEqual({
    source: "llm",
    category: "dependency",
    cause: "npm ERESOLVE: react-dom@18.3.1 wants react 18",
    summary: "npm ci failed in step install.",
    failingStep: "install",
    rootCause: "react-dom@18.3.1 accepts only react ^18.3.1.",
    confidence: "high",
    side: "app",
    quotes: ["npm error ERESOLVE could not resolve"],
    fixes: ["Raise react-dom to 19."],
    otherFindings: [],
    freeText: undefined,
    limits: [],
    model: "m",
    tokens: 7,
  });
});

it("words that are not ours get the nearest of ours, or that of the rules", () => {
  const words = (over: JsonObject) => {
    const { category, confidence, side } = read({ ...draft, ...over });
    return [category, confidence, side];
  };
  expect(words({ category: "Out of memory", confidence: 0.9, app_or_infra: "Infrastructure" })).toEqual([
    "out-of-memory",
    "high",
    "infra",
  ]);
  expect(words({ category: "gremlins", confidence: "55%", app_or_infra: "both app and infra" })).toEqual([
    "dependency",
    "medium",
    "unknown",
  ]);
  expect(words({ category: ["tls"], confidence: "Very Low", app_or_infra: null })).toEqual(["tls", "low", "app"]);
});

it("one text does for a list, a list for a text, and bullets are no part of an item", () => {
  const analysis = read({
    ...draft,
    summary: ["one", "two"],
    suggested_fix: "- raise it\n2. run again",
    evidence: "npm error code ERESOLVE",
  });
  expect(analysis).toMatchObject({
    summary: "one\ntwo",
    fixes: ["raise it", "run again"],
    quotes: ["npm error code ERESOLVE"],
  });
});

it("names in other spellings are understood, and members without a place are kept as text", () => {
  const analysis = read({
    Title: "disk is full",
    rootCause: "no space left",
    "Suggested Fix": ["clean up"],
    Impact: "all builds wait",
    labels: ["x"],
  });
  expect(analysis).toMatchObject({
    cause: "disk is full",
    rootCause: "no space left",
    fixes: ["clean up"],
    freeText: "impact: all builds wait",
  });
});

it("a title loses our prefix, and one that says nothing is replaced by that of the rules", () => {
  const cause = (title: string) => read({ ...draft, title }).cause;
  expect(cause("[build] install: lockfile is stale")).toBe("lockfile is stale");
  expect(cause("[build] step-install: lockfile: stale")).toBe("lockfile: stale");
  expect(cause("npm: lockfile is stale")).toBe("npm: lockfile is stale");
  expect(cause("Issue with Agent pipeline")).toBe("npm ERESOLVE");
  expect(cause("Pipeline failed")).toBe("npm ERESOLVE");
  expect(Array.from(cause("x".repeat(300)))).toHaveLength(80);
});

it("a draft in the manner of the seed, title and body alone, is enough", () => {
  const analysis = read({
    owner: "ops",
    repo: "failures",
    title: "Registry says 401",
    body: "# Summary\nThe push was refused.\n\nMore.",
  });
  expect(analysis).toMatchObject({
    cause: "Registry says 401",
    summary: "The push was refused.",
    rootCause: "Two packages exclude each other.",
    confidence: "medium",
    freeText: "# Summary\nThe push was refused.\n\nMore.",
  });
  expect(analysis.limits).toEqual(["the model gave no root cause of its own: it is that of the rules"]);
});

it("quotes are held to the evidence, blanks and quotation marks aside; invented ones go and are counted", () => {
  const analysis = read({
    ...draft,
    evidence: [
      '"npm error   ERESOLVE could not resolve"',
      "npm error I made this up",
      "> npm error code ERESOLVE\ninvented",
      "step install ended with 1",
      "… from react-dom@18.3.1",
    ],
  });
  expect(analysis.quotes).toEqual([
    "npm error   ERESOLVE could not resolve",
    "npm error code ERESOLVE",
    "step install ended with 1",
    "from react-dom@18.3.1",
  ]);
  expect(analysis.limits).toEqual(["quotes left out because they did not stand in the evidence: 1"]);
});

it("a secret that the model wrote is taken out", () => {
  const token = ["ghp", "0123456789abcdefghijABCDEFGHIJ456789"].join("_");
  const analysis = read({ ...draft, root_cause: `the token ${token} is expired`, suggested_fix: [`renew ${token}`] });
  expect(JSON.stringify(analysis)).not.toContain(token);
  expect(analysis.rootCause).toContain("[REDACTED:");
});

it("long texts and lists are bounded", () => {
  const analysis = read({
    ...draft,
    summary: "s".repeat(50_000),
    root_cause: "r".repeat(50_000),
    suggested_fix: Array.from({ length: 99 }, (_, at) => `fix ${at}`),
    body: "b".repeat(99_000),
  });
  expect(JSON.stringify(analysis).length).toBeLessThan(20_000);
  expect(analysis.fixes).toHaveLength(10);
});

it("an empty draft is of no use", () => {
  for (const raw of [{}, { title: "" }, { summary: null }, { evidence: ["x"] }, { confidence: "high" }]) {
    expect(isUsable(readMembers(raw))).toBe(false);
  }
});
