// Every manifest of every installation, and Tekton's, against the schemas of an API server; and that these schemas let no slip pass.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { CHART, manifest, render, type Manifest } from "./support/helm.ts";
import { MATRIX } from "./support/helm-matrix.ts";
import { checkAgainst, kubernetesVersions } from "./support/helm-schemas.ts";

const versions = await kubernetesVersions();
const checks = await Promise.all(versions.map(async (version) => [version, await checkAgainst(version)] as const));
const rendered = await Promise.all(
  Object.entries(MATRIX).map(async ([name, row]) => [name, await render(row.values, row)] as const),
);
const tekton = await Promise.all(
  ["task", "pipeline", "stepaction"].map(async (name) =>
    manifest.parse(load(await readFile(join(CHART, "tekton", `${name}.yaml`), "utf8"))),
  ),
);

describe.each(checks)("Kubernetes %s", (_, check) => {
  const wrong = (manifests: readonly Manifest[]) =>
    manifests.flatMap((one) => check(one).map((problem) => `${one.kind} ${one.metadata.name}: ${problem}`));

  it.each(rendered)("takes %s", (_, manifests) => {
    expect(wrong(manifests)).toEqual([]);
  });

  it.each(tekton.map((one) => [one.kind, one] as const))("takes Tekton's %s", (_, one) => {
    expect(wrong([one])).toEqual([]);
  });
});

/** Maps whose keys are the user's; what stands below them is not misspelt. */
const FREE = /^(labels|annotations|data|matchLabels|selector|limits|requests|nodeSelector)$/;

/** A Tekton parameter may have any value; helm-tekton.test.ts looks at ours. */
const ANY = /params\.\d+\.(default|value) (without|as)/;

/** The node once for each key that it has, this key misspelt, and once more with a value that no key takes. */
function* slips(node: unknown): Generator<[place: string, slip: unknown]> {
  if (Array.isArray(node)) {
    for (const [n, item] of node.entries()) {
      for (const [place, slip] of slips(item)) yield [`${n}.${place}`, node.with(n, slip)];
    }
  } else if (typeof node === "object" && node !== null) {
    for (const [key, value] of Object.entries(node)) {
      const { [key]: _, ...others } = { ...node } as Record<string, unknown>;
      yield [`${key} misspelt`, { ...others, [`${key}x`]: value }];
      yield [`${key} without a value`, { ...others, [key]: null }];
      if (typeof value !== "object") yield [`${key} as a list of maps`, { ...others, [key]: [{ slip: [] }] }];
      if (FREE.test(key)) continue;
      for (const [place, slip] of slips(value)) yield [`${key}.${place}`, { ...others, [key]: slip }];
    }
  }
}

/** Of each kind the manifest that says most. */
const fullest = new Map<string, Manifest>();
for (const one of [...rendered.flatMap(([, manifests]) => manifests), ...tekton]) {
  const before = fullest.get(one.kind);
  if (before === undefined || JSON.stringify(one).length > JSON.stringify(before).length) fullest.set(one.kind, one);
}

const check = await checkAgainst(versions.at(-1) ?? "");

it.each([...fullest])("nothing in a manifest of kind %s may be misspelt, empty or of another type", (_, one) => {
  const { metadata, apiVersion, kind, ...rest } = one;
  const places = [...slips(rest)].map(
    ([place, slip]) => [place, check({ apiVersion, kind, metadata, ...(slip as object) })] as const,
  );
  expect(places.length).toBeGreaterThan(1);
  const passed = places.filter(([place, problems]) => problems.length === 0 && !ANY.test(place));
  expect(passed).toEqual([]);
});

/** Manifests that were wrong in one way, and what is said of them. */
const BROKEN: Readonly<Record<string, readonly [kind: string, change: (text: string) => string, words: string]>> = {
  "a number as text": [
    "Deployment",
    (text) => text.replace('"replicas":1', '"replicas":"1"'),
    "replicas must be integer",
  ],
  "a selector that is missing": [
    "Deployment",
    (text) => text.replace(/"selector":\{"matchLabels":\{.*?\}\},/, ""),
    "must have required property 'selector'",
  ],
  "an API version that is gone": [
    "PodDisruptionBudget",
    (text) => text.replace("policy/v1", "policy/v1beta1"),
    "knows no policy/v1beta1 PodDisruptionBudget",
  ],
  "a Route with a termination that there is not": [
    "Route",
    (text) => text.replace('"edge"', '"egde"'),
    "/spec/tls/termination must be equal to one of the allowed values",
  ],
  "a misspelt script of a Task": ["Task", (text) => text.replace('"script"', '"scirpt"'), "scirpt"],
  "a volume of a Task that has no path for its token": [
    "Task",
    (text) => text.replace(',"path":"token"', ""),
    "must have required property 'path'",
  ],
  "a mount of a StepAction without a place": [
    "StepAction",
    (text) => text.replace(/"mountPath":"[^"]*",/, ""),
    "must have required property 'mountPath'",
  ],
  "a misspelt image in a Pipeline's own task": ["Pipeline", (text) => text.replace('"image"', '"imgae"'), "imgae"],
};

it.each(Object.entries(BROKEN))("refuses %s", (_, [kind, change, words]) => {
  const before = JSON.stringify(fullest.get(kind));
  const after = change(before);
  expect(after).not.toBe(before);
  expect(check(manifest.parse(JSON.parse(after))).join("\n")).toContain(words);
});
