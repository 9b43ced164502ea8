import { expect, test } from "vitest";
import { LABELS, writeIssue } from "../../../src/agent/issue/index.ts";
import { look } from "./oracle.ts";
import { byModel, byRules, inputOf, reportOf } from "./sample.ts";

const file = (name: string): string => `./snapshots/${name}.txt`;
const shown = ({ title, labels, body }: ReturnType<typeof writeIssue>): string =>
  `${title}\n[${labels.join("] [")}]\n\n${body}\n`;

test("a failure found by rules makes this issue", async () => {
  await expect(shown(writeIssue(inputOf()))).toMatchFileSnapshot(file("rules"));
});

test("a failure analysed by a model makes this issue", async () => {
  await expect(shown(writeIssue(inputOf({ analysis: byModel })))).toMatchFileSnapshot(file("model"));
});

test("the seed's template makes this issue", async () => {
  await expect(shown(writeIssue(inputOf({ analysis: byModel, template: "seed" })))).toMatchFileSnapshot(file("seed"));
});

test.each(["hub", "seed"] as const)("nothing in the sample's %s issue is alive", (template) => {
  for (const analysis of [byRules, byModel]) {
    expect(look(writeIssue(inputOf({ template, analysis })).body).problems).toEqual([]);
  }
});

test("the seed's headings are the seed's, and its links go only where they should", () => {
  const seen = look(writeIssue(inputOf({ template: "seed" })).body);
  expect(seen.headings).toEqual([
    "Cluster/namespace location",
    "Summary of the problem",
    "Detailed error/code",
    "Possible solutions",
  ]);
  const reports = `https://hub.example.com/reports/${reportOf().id}`;
  expect(seen.links).toEqual([reports, "https://console.example.com/k8s/ns/shop/pods?a=1&b=2"]);
});

test("a model's analysis keeps the marker and swaps one label", () => {
  const before = writeIssue(inputOf());
  const after = writeIssue(inputOf({ analysis: byModel }));
  expect(after.body.split("\n").at(-1)).toBe(before.body.split("\n").at(-1));
  expect(before.labels).toEqual([LABELS.failure, LABELS.unanalysed]);
  expect(after.labels).toEqual([LABELS.failure, LABELS.analysed]);
});

test("the same input gives the same issue", () => {
  expect(writeIssue(inputOf({ analysis: byModel }))).toEqual(writeIssue(inputOf({ analysis: byModel })));
});
