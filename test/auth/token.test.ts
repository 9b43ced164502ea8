// AUTH_MODE=token: hashed tokens from a file, the one of AUTH_TOKEN, and what becomes of them while the hub runs.
import { createHash } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { hashToken } from "../../src/auth/hash-token.ts";
import { until } from "../support/wire.ts";
import { openGate, problemsOf, refusal } from "./open-gate.ts";

const sha = (token: string) => `sha256:${createHash("sha256").update(token).digest("hex")}`;
const CI = "ci-token-0123456789";
const OPS = "ops-token-0123456789";
const FILE = `tokens:
  - name: ci
    hash: ${sha(CI)}
    modules: [prometheus, gitea]
    access: write
    expires: 2026-11-25T12:00:10Z
  - { name: ops, hash: "${sha(OPS).toUpperCase().replace("SHA256", "sha256")}" }
`;
const ENV = { AUTH_MODE: "token", AUTH_TOKENS_PATH: "{tokens.yaml}" };
const open = (text = FILE, env: Record<string, string> = {}) => openGate({ ...ENV, ...env }, { "tokens.yaml": text });

describe("a token of the file", () => {
  it("is its caller, with its modules and its access", async () => {
    await using opened = await open();
    const { id, name, rights } = await opened.gate.admit(`Bearer ${CI}`);
    expect({ id, name, key: rights.key }).toEqual({
      id: "token:ci",
      name: "ci",
      key: "*:none,gitea:write,prometheus:write",
    });
    const may = [
      rights.may("gitea", "read"),
      rights.may("gitea", "write"),
      rights.may("gitea", "destructive"),
      rights.may("kubernetes", "read"),
    ];
    expect(may).toEqual([true, true, false, false]);
  });

  it("reads everywhere and writes nowhere when its entry says no more", async () => {
    await using opened = await open();
    const { rights } = await opened.gate.admit(`bearer  ${OPS} `);
    expect([rights.may("kubernetes", "read"), rights.may("kubernetes", "write")]).toEqual([true, false]);
  });

  it("is the same object again, so that views and limits can go by it", async () => {
    await using opened = await open();
    expect(await opened.gate.admit(`Bearer ${CI}`)).toBe(await opened.gate.admit(`Bearer ${CI}`));
  });

  it("is no good from the moment it expires, also for what is open", async () => {
    await using opened = await open();
    const caller = await opened.gate.admit(`Bearer ${CI}`);
    opened.clock.at += 9_999;
    expect(await opened.gate.isStill(caller)).toBe(true);
    opened.clock.at += 1;
    expect(await opened.gate.isStill(caller)).toBe(false);
    expect((await refusal(opened.gate.admit(`Bearer ${CI}`))).status).toBe(401);
    expect(opened.gate.health()["tokens"]).toBe(1);
  });

  it("is gone with its entry, and a token that takes over its name does not keep its streams", async () => {
    await using opened = await open();
    const [ci, ops] = [await opened.gate.admit(`Bearer ${CI}`), await opened.gate.admit(`Bearer ${OPS}`)];
    await opened.rewrite("tokens.yaml", FILE.replace(sha(CI), sha("another-token")));
    expect(await opened.gate.isStill(ci)).toBe(false);
    expect(await opened.gate.isStill(ops)).toBe(true);
    expect((await refusal(opened.gate.admit(`Bearer ${CI}`))).status).toBe(401);
    expect((await opened.gate.admit("Bearer another-token")).name).toBe("ci");
  });

  it("is another caller for what is open once its rights have changed", async () => {
    await using opened = await open();
    const caller = await opened.gate.admit(`Bearer ${CI}`);
    await opened.rewrite("tokens.yaml", FILE.replace("access: write", "access: read"));
    expect(await opened.gate.isStill(caller)).toBe(false);
    expect((await opened.gate.admit(`Bearer ${CI}`)).rights.may("gitea", "write")).toBe(false);
  });
});

describe("a file that is changed for the worse", () => {
  it.each([
    ["broken YAML", "tokens: [", /tokens\.yaml:\d+: is no valid YAML/],
    ["nothing", "", /is no valid YAML/],
    ["another shape", "users: []\n", /users/],
    ["a module that is not there", FILE.replace("gitea", "gitee"), /tokens\.0\.modules: no module is called "gitee"/],
  ])("with %s keeps the old list, and says so", async (_what, text, problem) => {
    await using opened = await open();
    await opened.rewrite("tokens.yaml", text);
    expect((await opened.gate.admit(`Bearer ${CI}`)).name).toBe("ci");
    expect(String(opened.gate.health()["problems"])).toMatch(problem);
    expect(String(opened.gate.health()["problems"])).toContain("(the earlier file stays in force)");
    await opened.rewrite("tokens.yaml", "tokens: []\n");
    expect(opened.gate.health()).toEqual({ mode: ["token"], cached_entries: 0, tokens: 0 });
    expect((await refusal(opened.gate.admit(`Bearer ${CI}`))).status).toBe(401);
  });
});

describe("AUTH_TOKEN", () => {
  const SECRET = "one-token-for-all-01";

  it("is the caller default, with all that ALLOW_WRITES leaves", async () => {
    await using opened = await openGate({ AUTH_MODE: "token", AUTH_TOKEN: SECRET });
    const { name, rights } = await opened.gate.admit(`Bearer ${SECRET}`);
    expect([name, rights.key, rights.may("gitea", "destructive")]).toEqual(["default", "", true]);
    expect(opened.gate.secrets()).toEqual([SECRET]);
  });

  it("comes from a file that rotates", async () => {
    await using opened = await openGate({ AUTH_MODE: "token", AUTH_TOKEN_FILE: "{token}" }, { token: `${SECRET}\n` });
    const caller = await opened.gate.admit(`Bearer ${SECRET}`);
    await opened.rewrite("token", "the-next-token-00001\n");
    expect(await opened.gate.isStill(caller)).toBe(false);
    expect((await refusal(opened.gate.admit(`Bearer ${SECRET}`))).status).toBe(401);
    expect((await opened.gate.admit("Bearer the-next-token-00001")).name).toBe("default");
  });

  it("stands beside a file", async () => {
    await using opened = await open(FILE, { AUTH_TOKEN: SECRET });
    expect((await opened.gate.admit(`Bearer ${SECRET}`)).name).toBe("default");
    expect((await opened.gate.admit(`Bearer ${OPS}`)).name).toBe("ops");
  });
});

describe("who is not let in", () => {
  const others: [string, string | undefined][] = [
    ["nothing", undefined],
    ["an empty header", ""],
    ["no token", "Bearer "],
    ["Basic", "Basic Y2k6Y2k="],
    ["another scheme", `Token ${CI}`],
    ["the token alone", CI],
    ["two tokens", `Bearer ${CI} ${OPS}`],
    ["two headers in one", `Bearer ${CI}, Bearer ${OPS}`],
    ["a longer token", `Bearer ${CI}x`],
    ["a shorter token", `Bearer ${CI.slice(0, -1)}`],
    ["the token in another case", `Bearer ${CI.toUpperCase()}`],
    ["the hash", `Bearer ${sha(CI)}`],
    ["the bare hash", `Bearer ${sha(CI).slice(7)}`],
    ["a tab for the blank", `Bearer\t${CI}`],
    ["a NUL behind it", `Bearer ${CI}\0`],
    ["other letters", "Bearer tökén"],
    ["20 KB", `Bearer ${"x".repeat(20_000)}`],
  ];

  it.each(others)("is 401 and a bare challenge: %s", async (_what, header) => {
    await using opened = await open();
    const { status, headers, code, message } = await refusal(opened.gate.admit(header));
    expect({ status, headers, code }).toEqual({
      status: 401,
      headers: { "www-authenticate": "Bearer" },
      code: "invalid_token",
    });
    expect(message).not.toContain(CI);
  });
});

describe("settings that do not fit", () => {
  it.each([
    ["no token at all", { AUTH_MODE: "token" }, "", ["AUTH_MODE=token needs AUTH_TOKENS_PATH or AUTH_TOKEN"]],
    [
      "a mode that is none",
      { AUTH_MODE: "tokens" },
      "",
      ["AUTH_MODE must be a comma list of none, token, active, oidc"],
    ],
    ["an empty list", { AUTH_MODE: "," }, "", ["AUTH_MODE must be a comma list of none, token, active, oidc"]],
    [
      "a token without a mode",
      { AUTH_TOKEN: "x".repeat(20) },
      "",
      ["AUTH_TOKEN is set, but AUTH_MODE does not name token"],
    ],
    [
      "a token with a line break",
      { AUTH_MODE: "token", AUTH_TOKEN: "two\nlines" },
      "",
      ["AUTH_TOKEN has characters that no header can carry (blanks, line breaks, others than ASCII)"],
    ],
    [
      "a missing file",
      { AUTH_MODE: "token", AUTH_TOKENS_PATH: "{no.yaml}" },
      "",
      ["AUTH_TOKENS_PATH no.yaml: cannot be read (ENOENT)"],
    ],
    [
      "a folder",
      { AUTH_MODE: "token", AUTH_TOKENS_PATH: "{}" },
      "",
      [/^AUTH_TOKENS_PATH .*: cannot be read \(EISDIR\)$/],
    ],
    ["YAML that is none", {}, "tokens:\n  - name: a\n - b", [/^AUTH_TOKENS_PATH tokens.yaml:3: is no valid YAML/]],
    ["YAML without end", {}, "[".repeat(50_000), [/is no valid YAML/]],
    [
      "a member twice",
      {},
      "tokens: []\ntokens: []",
      ["AUTH_TOKENS_PATH tokens.yaml:2: is no valid YAML (duplicated mapping key)"],
    ],
    ["a list", {}, "- name: x", [/tokens.yaml:1:1: .*expected object/]],
    [
      "unknown members",
      {},
      `tokens:\n  - name: a\n    hash: ${sha("a")}\n    module: [gitea]`,
      [/yaml:4:5: tokens.0.module: is not known/],
    ],
    [
      "a plain token for its hash",
      {},
      `tokens:\n  - name: a\n    hash: ${CI}`,
      [/yaml:3:5: tokens.0.hash: must be sha256: and 64 hex digits/],
    ],
    ["a short hash", {}, `tokens: [{ name: a, hash: "sha256:00" }]`, [/tokens.0.hash/]],
    ["no name", {}, `tokens: [{ hash: "${sha("a")}" }]`, [/tokens.0.name/]],
    ["a strange name", {}, `tokens: [{ name: "a\\nb", hash: "${sha("a")}" }]`, [/tokens.0.name: must be a name/]],
    [
      "a name twice",
      {},
      `tokens:\n  - { name: a, hash: "${sha("a")}" }\n  - { name: a, hash: "${sha("b")}" }`,
      [/yaml:3:7: tokens.1.name: another token has this name/],
    ],
    [
      "a hash twice",
      {},
      `tokens:\n  - { name: a, hash: "${sha("a")}" }\n  - { name: b, hash: "${sha("a")}" }`,
      [/yaml:3:\d+: tokens.1.hash: another token has this hash/],
    ],
    [
      "an access that is none",
      {},
      `tokens: [{ name: a, hash: "${sha("a")}", access: admin }]`,
      [/tokens.0.access: must be read, write or destructive/],
    ],
    [
      "no module",
      {},
      `tokens: [{ name: a, hash: "${sha("a")}", modules: [] }]`,
      [/tokens.0.modules: must name a module/],
    ],
    [
      "an expiry without a zone",
      {},
      `tokens: [{ name: a, hash: "${sha("a")}", expires: "2027-01-01" }]`,
      [/tokens.0.expires: must be a time/],
    ],
    [
      "AUTH_TOKEN's name",
      { AUTH_TOKEN: "x".repeat(20) },
      `tokens: [{ name: default, hash: "${sha("a")}" }]`,
      [/the name default belongs to AUTH_TOKEN/],
    ],
  ] as [string, Record<string, string>, string, (string | RegExp)[]][])(
    "are told: %s",
    async (_what, env, text, expected) => {
      const found = await problemsOf(text === "" ? env : { ...ENV, ...env }, { "tokens.yaml": text });
      expect(found).toEqual(expected.map((one) => (typeof one === "string" ? one : expect.stringMatching(one))));
      expect(found.join()).not.toContain(CI);
    },
  );

  it("are told all at once", async () => {
    const text = `tokens:\n  - { name: "", hash: x }\n  - 7\n`;
    const env = { ...ENV, ACCESS_PATH: "{rules.yaml}" };
    expect((await problemsOf(env, { "tokens.yaml": text, "rules.yaml": "rules: 1" })).length).toBeGreaterThanOrEqual(4);
  });
});

describe("hash-token", () => {
  it("prints an entry that its token opens", async () => {
    const entry = hashToken(`${CI}\n`);
    expect(entry).not.toContain(CI);
    await using opened = await open(`tokens:\n${entry}`);
    expect((await opened.gate.admit(`Bearer ${CI}`)).name).toBe("change-me");
  });

  it.each([
    ["", /no token came/],
    ["two words of it", /one word/],
    ["short", /at least 16/],
    ["übermäßig-lang-und-schön", /ASCII/],
  ])("refuses %j", (text, message) => expect(() => hashToken(text)).toThrow(message));
});

it("reads its files again by itself every five seconds", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    await using opened = await open();
    await opened.write("tokens.yaml", "tokens: []\n");
    vi.advanceTimersByTime(4_999);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1);
    await until(() => opened.gate.health()["tokens"] === 0, "the new list");
    await opened.gate.close();
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
