// The small parts that every tool uses: cursors, moments, redaction, ids, and callers' own credentials.
import { describe, expect, it } from "vitest";
import { createRedactor } from "../../../src/core/redact.ts";
import { parseAddress } from "../../../src/modules/prefect/address.ts";
import { createVisitors } from "../../../src/modules/prefect/credentials.ts";
import { cursorAt, fitPage, openPage } from "../../../src/modules/prefect/paging.ts";
import { createCleaner } from "../../../src/modules/prefect/redact.ts";
import { readTime, spoken } from "../../../src/modules/prefect/times.ts";
import { uuid } from "../../../src/modules/prefect/uuid.ts";

const NOW = Date.parse("2026-11-25T12:00:00Z");

describe("a page", () => {
  const rows = Array.from({ length: 20 }, (_, i) => ({ name: `row ${i}`, text: "x".repeat(100) }));
  const same = <T>(row: T): T => row;

  it("goes on exactly where it ended, with the clock of the first", () => {
    const first = openPage("t", { limit: 20, name: "a" }, NOW);
    const { shown, facts } = fitPage(rows, 47, first, 24_000, same);
    expect([shown.length, facts.total, facts.truncated, facts.truncated_reason]).toEqual([20, 47, true, "limit"]);
    const next = openPage("t", { limit: 5, name: "a", cursor: facts.next_cursor }, NOW + 9_999);
    expect([next.offset, next.nowMs, next.limit]).toEqual([20, NOW, 5]);
    expect(fitPage(rows.slice(0, 7), 27, next, 24_000, same).facts).toEqual({
      total: 27,
      returned: 7,
      truncated: false,
    });
  });

  it("is cut to the budget, but never to nothing", () => {
    const page = openPage("t", { limit: 20 }, NOW);
    expect(fitPage(rows, 20, page, 1_500, same)).toMatchObject({ facts: { returned: 4, truncated_reason: "size" } });
    expect(fitPage(rows, 20, page, 10, same).facts.returned).toBe(1);
  });

  it("refuses the cursor of another question", () => {
    const page = openPage("t", { limit: 20, name: "a" }, NOW);
    for (const cursor of [cursorAt(page, 20), "garbage", ""]) {
      expect(() => openPage("t", { limit: 20, name: "b", cursor }, NOW)).toThrow("leave it out to begin anew");
    }
  });
});

describe("a moment", () => {
  it.each([
    ["now-1h", "2026-11-25T11:00:00.000Z"],
    ["-2d", "2026-11-23T12:00:00.000Z"],
    ["+30m", "2026-11-25T12:30:00.000Z"],
    ["now", "2026-11-25T12:00:00.000Z"],
    ["2026-11-24", "2026-11-24T00:00:00.000Z"],
    ["2026-11-24T10:00:00", "2026-11-24T10:00:00.000Z"],
    ["2026-11-24 10:00:00+02:00", "2026-11-24T08:00:00.000Z"],
    ["", undefined],
  ])("%s is %s", (text, moment) => {
    expect(readTime("since", text, NOW)).toBe(moment);
  });

  it.each(["yesterday", "1h", "2026-13-45", "2026-11-24T25:00:00Z"])("%s is none", (text) => {
    expect(() => readTime("since", text, NOW)).toThrow("use RFC 3339 or now-1h; it is now 2026-11-25T12:00:00.000Z");
  });

  it.each([
    [45, "45 s"],
    [750, "13 min"],
    [11_100, "3 h 5 min"],
    [187_200, "2 d 4 h"],
  ])("%d seconds are %s", (seconds, words) => {
    expect(spoken(seconds)).toBe(words);
  });
});

describe("what is shown", () => {
  const clean = createCleaner(createRedactor({ key: "k" }));

  it("hides values under secret names, and whole environments of job variables", () => {
    const given = {
      day: "today",
      db_password: "canary",
      apiKey: "canary",
      nested: [{ token: "canary", n: 1 }],
      author: "me",
      keyword: "k",
    };
    expect(clean.value(given)).toEqual({
      ...given,
      db_password: "***",
      apiKey: "***",
      nested: [{ token: "***", n: 1 }],
    });
    const variables = { env: { REGION: "canary", X: "" }, image: "a:1", envs: "shown" };
    expect(clean.jobVariables(variables)).toEqual({ env: { REGION: "***", X: "" }, image: "a:1", envs: "shown" });
    expect(clean.jobVariables({ env: [{ name: "A", value: "canary" }] })).toEqual({
      env: [{ name: "A", value: "***" }],
    });
  });

  it("cleans texts", () => {
    expect(clean.text("clone https://bot:canary-git-1234@git.example.com/x.git")).not.toContain("canary");
    expect(clean.line("a\nb\u001b[31m", 10)).toBe("a b [31m");
  });
});

it.each([
  ["abc", false],
  ["6f0e0000-0000-4000-8000-000000000000", true],
  ["6f0e00000000400080000000000000zz", false],
])("%s is a UUID: %s", (text, isOne) => {
  const parsed = uuid("Id").safeParse(text);
  expect(parsed.success).toBe(isOne);
  if (!parsed.success)
    expect(parsed.error.issues[0]?.message).toBe(`'${text}' is not a UUID. For names use name_contains.`);
});

it.each([
  ["http://h:4200/api/", "http://h:4200/api", "http://h:4200", false],
  ["http://h/prefect/api", "http://h/prefect/api", "http://h/prefect", false],
  [
    "https://api.prefect.cloud/api/accounts/11111111-1111-4111-8111-111111111111/workspaces/22222222-2222-4222-8222-222222222222",
    "https://api.prefect.cloud/api/accounts/11111111-1111-4111-8111-111111111111/workspaces/22222222-2222-4222-8222-222222222222",
    "https://app.prefect.cloud/account/11111111-1111-4111-8111-111111111111/workspace/22222222-2222-4222-8222-222222222222",
    true,
  ],
])("%s has its pages at %s", (text, api, ui, isCloud) => {
  const address = parseAddress(text);
  expect([address.api, address.ui, address.cloud !== undefined]).toEqual([api, ui, isCloud]);
});

describe("a caller's own Prefect", () => {
  const visitors = (isOn = true) =>
    createVisitors({ isOn, hosts: ["own.example.com", "h:4200"], timeoutMs: 1_000, clock: { now: () => NOW } });
  const withHeaders = (headers: Record<string, string>) => ({ headers });
  const url = "https://own.example.com/api";

  it("is used when it comes whole", async () => {
    const some = visitors();
    const found = some.of(withHeaders({ "x-prefect-api-url": url, "x-prefect-api-key": "pnu_1" }));
    expect([found?.address.api, found?.login.mode, found?.login.secrets()]).toEqual([url, "bearer", ["pnu_1"]]);
    expect(some.of(withHeaders({}))).toBeUndefined();
    await some.close();
  });

  it.each([
    [{ "x-prefect-api-url": url }, "send x-prefect-api-url together with"],
    [{ "x-prefect-api-key": "canary" }, "send x-prefect-api-url together with"],
    [{ "x-prefect-api-url": "http://169.254.169.254/api", "x-prefect-api-key": "canary" }, "PREFECT_HEADER_HOSTS"],
    [
      { "x-prefect-api-url": "https://own.example.com:8443/api", "x-prefect-api-key": "canary" },
      "PREFECT_HEADER_HOSTS",
    ],
    [
      { "x-prefect-api-url": "https://own.example.com@evil.example/api", "x-prefect-api-key": "canary" },
      "must not contain a user",
    ],
  ])("%o is refused", (headers, words) => {
    expect(() => visitors().of(withHeaders({ ...headers }))).toThrow(words);
  });

  it("is refused, not ignored, when that is switched off", () => {
    expect(() => visitors(false).of(withHeaders({ "x-prefect-api-key": "pnu_1" }))).toThrow(
      "PREFECT_HEADER_CREDENTIALS",
    );
  });
});
