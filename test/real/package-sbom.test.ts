// The bill of materials against the schema of CycloneDX, with the validator of the standard's own library.
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { npm } from "./support/package.ts";

const VALIDATOR = [
  "@cyclonedx/cyclonedx-library@10.3.0",
  "ajv@8.20.0",
  "ajv-formats@3.0.1",
  "ajv-formats-draft2019@1.6.1",
];

test("it is valid, and a member that the standard does not know is not", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ops-hub-sbom-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await npm("install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", ...VALIDATOR);
  const { Spec, Validation } = createRequire(join(folder, "package.json"))("@cyclonedx/cyclonedx-library");
  const bill = JSON.parse(await npm("run", "--silent", "sbom"));
  const validator = new Validation.JsonStrictValidator(bill.specVersion);
  expect(Object.values(Spec.Version)).toContain(bill.specVersion);
  expect(await validator.validate(JSON.stringify(bill))).toBeNull();
  expect(await validator.validate(JSON.stringify({ ...bill, parts: [] }))).not.toBeNull();
});
