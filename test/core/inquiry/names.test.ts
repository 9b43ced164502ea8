import { expect, it } from "vitest";
import { withoutSuffix } from "../../../src/core/inquiry/names.ts";

it.each([
  ["web-7d9c6b5d4f-x2x9z", undefined, "web"],
  ["web-7d9c6b5d4f-x2x9z", "web-7d9c6b5d4f-", "web"],
  ["migrate-x2x9z", undefined, "migrate"],
  ["load-testx", "load-", "load"],
  ["db-0", undefined, "db-0"],
  ["nightly-report", undefined, "nightly-report"],
  ["app-tests", undefined, "app-tests"],
])("a name without what was generated: %s (%s) is %s", (name, generateName, bare) => {
  expect(withoutSuffix({ name, generateName })).toBe(bare);
});
