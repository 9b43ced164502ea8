// ACCESS_PATH, the anonymous caller, and the arithmetic of rights.
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRules } from "../../src/auth/access.ts";
import { globMatcher } from "../../src/core/glob.ts";
import { grant, intersect, rightsOf, union } from "../../src/auth/rights.ts";
import { EVERYTHING } from "../../src/core/caller.ts";
import type { Access } from "../../src/core/tool.ts";
import { MODULES, openGate, problemsOf, refusal } from "./open-gate.ts";

const TOKEN = "a-token-of-ci-0123456789";
const hash = createHash("sha256").update(TOKEN).digest("hex");
const tokens = (more: string) => `tokens: [{ name: ci, hash: "sha256:${hash}"${more} }]`;
const RULES = { ACCESS_PATH: "{rules.yaml}" };
const ENV = { AUTH_MODE: "token", AUTH_TOKENS_PATH: "{tokens.yaml}", ...RULES };
const open = (rules: string, more = ", access: destructive") =>
  openGate(ENV, { "rules.yaml": rules, "tokens.yaml": tokens(more) });
const keyOf = async (rules: string, more?: string): Promise<string> => {
  await using opened = await open(rules, more);
  return (await opened.gate.admit(`Bearer ${TOKEN}`)).rights.key;
};

describe("rules", () => {
  it.each([
    ["one rule", "rules: [{ caller: ci, modules: [gitea], access: write }]", "*:none,gitea:write"],
    ["read is what a rule gives", "rules: [{ caller: ci }]", "*:read"],
    [
      "what matches adds up",
      "rules: [{ caller: 'c?' }, { caller: '*', modules: [gitea], access: write }, { caller: other, access: destructive }]",
      "*:read,gitea:write",
    ],
    ["all there is", "rules: [{ caller: '*', access: destructive }]", ""],
  ])("give a caller its rights: %s", async (_what, rules, key) => expect(await keyOf(rules)).toBe(key));

  it.each([
    ["its modules", ", modules: [gitea, kubernetes], access: write", "*:none,gitea:write,kubernetes:read"],
    ["its access", "", "*:read"],
  ])("never give a token more than %s", async (_what, more, key) => {
    expect(await keyOf("rules: [{ caller: ci }, { caller: ci, modules: [gitea], access: write }]", more)).toBe(key);
  });

  it.each([
    ["no rule", "rules: []"],
    ["another caller", "rules: [{ caller: ci2 }]"],
    ["another case", "rules: [{ caller: CI }]"],
    ["a group it is not in", "rules: [{ group: '*' }]"],
    ["both, of which one does not match", "rules: [{ caller: ci, group: admins }]"],
    ["modules that its token is not for", "rules: [{ caller: ci, modules: [prometheus] }]"],
  ])("refuse with 403 and no challenge who matches %s", async (_what, rules) => {
    await using opened = await open(rules, ", modules: [gitea]");
    const { status, headers, code } = await refusal(opened.gate.admit(`Bearer ${TOKEN}`));
    expect({ status, headers, code }).toEqual({ status: 403, headers: {}, code: undefined });
  });

  it("match groups, and callers and groups together", () => {
    const rules = parseRules(
      "rules: [{ group: 'ops-*', access: write }, { caller: 'a*', group: dev, modules: [gitea] }]",
      "x",
      MODULES,
    );
    const keyFor = (name: string, ...groups: string[]) => rightsOf(rules({ name, groups })).key;
    expect(keyFor("bob", "ops-eu", "dev")).toBe("*:write");
    expect(keyFor("anna", "dev")).toBe("*:none,gitea:read");
    expect(keyFor("bob", "dev")).toBe("*:none");
  });

  it("are read again, and what is open goes by the new ones", async () => {
    await using opened = await open("rules: [{ caller: ci, access: write }]");
    const caller = await opened.gate.admit(`Bearer ${TOKEN}`);
    await opened.rewrite("rules.yaml", "rules: [{ caller: 'c*', access: write }]");
    expect(await opened.gate.isStill(caller)).toBe(true);
    await opened.rewrite("rules.yaml", "rules: [{ caller: ci, access: read }]");
    expect(await opened.gate.isStill(caller)).toBe(false);
    await opened.rewrite("rules.yaml", "rules: oops");
    expect(opened.gate.health()["problems"]).toEqual([expect.stringContaining("ACCESS_PATH")]);
    expect((await opened.gate.admit(`Bearer ${TOKEN}`)).rights.key).toBe("*:read");
  });

  it.each([
    ["rules: [{ access: read }]", /rules.yaml:1:9: rules.0: must have a caller or a group/],
    ["rules: [{ caller: a, modules: [nope] }]", /rules.0.modules: no module is called "nope"; there are prometheus/],
    ["rules: [{ caller: a, acces: read }]", /rules.0.acces: is not known/],
    ["rules: [{ caller: '' }]", /rules.0.caller/],
    ["rules: [{ caller: a, access: all }]", /must be read, write or destructive/],
    ["rules: {}", /rules: .*expected array/],
  ])("that are not right keep the hub from starting: %s", async (text, message) => {
    expect(await problemsOf(RULES, { "rules.yaml": text })).toEqual([expect.stringMatching(message)]);
  });
});

describe("the anonymous caller", () => {
  it("may all where nobody is asked, whatever header comes", async () => {
    await using opened = await openGate({ AUTH_MODE: "none" });
    for (const header of [undefined, "", "Bearer x", "Basic eDp5"]) {
      expect(await opened.gate.admit(header)).toMatchObject({ id: "anonymous", name: "anonymous", rights: EVERYTHING });
    }
    expect(opened.gate.health()).toEqual({ mode: ["none"], cached_entries: 0, tokens: 0 });
  });

  it("goes by the rules for anonymous", async () => {
    const rules = "rules: [{ caller: anonymous, modules: [prometheus] }]";
    await using opened = await openGate({ ...RULES }, { "rules.yaml": rules });
    const caller = await opened.gate.admit(undefined);
    expect(caller.rights.key).toBe("*:none,prometheus:read");
    expect(await opened.gate.isStill(caller)).toBe(true);
    await opened.rewrite("rules.yaml", "rules: [{ caller: ci }]");
    expect(await opened.gate.isStill(caller)).toBe(false);
    expect((await refusal(opened.gate.admit(undefined))).status).toBe(403);
  });

  it("only reads beside callers who say who they are, and is no way out for a bad token", async () => {
    const env = { AUTH_MODE: "none, TOKEN", AUTH_TOKENS_PATH: "{tokens.yaml}" };
    await using opened = await openGate(env, { "tokens.yaml": tokens(", access: write") });
    expect((await opened.gate.admit(undefined)).rights.key).toBe("*:read");
    expect((await opened.gate.admit(`Bearer ${TOKEN}`)).rights.key).toBe("*:write");
    for (const header of ["", "Bearer nope", "Basic eDp5"]) {
      expect((await refusal(opened.gate.admit(header))).status, header).toBe(401);
    }
  });

  it("is nobody the gate ever saw when the caller was made elsewhere", async () => {
    await using opened = await openGate({});
    expect(await opened.gate.isStill({ id: "anonymous", name: "anonymous", rights: EVERYTHING })).toBe(false);
  });
});

describe("a glob", () => {
  it.each([
    ["*", "", true],
    ["?", "", false],
    ["a*c", "abbc", true],
    ["a*c", "abcd", false],
    ["system:serviceaccount:ci:*", "system:serviceaccount:ci:bot", true],
    ["system:serviceaccount:ci:*", "system:serviceaccount:cix:bot", false],
    ["a.c", "abc", false],
    ["[a]", "a", false],
    ["\\Qx\\E*", "\\Qx\\Ey", true],
    ["Admin", "admin", false],
    ["a?c", "a😀c", true],
    ["a*", "a\nb", true],
  ])("%j on %j", (glob, text, expected) => expect(globMatcher(glob)(text)).toBe(expected));

  it("takes no time that grows faster than the text", () => {
    expect(globMatcher("*a".repeat(120) + "b")("a".repeat(20_000))).toBe(false);
  });
});

describe("rights", () => {
  const access = fc.constantFrom<Access>("read", "write", "destructive");
  const names = fc.uniqueArray(fc.constantFrom("a", "b", "c"));
  const grants = fc
    .array(fc.tuple(fc.option(names, { nil: undefined }), access), { maxLength: 4 })
    .map((list) => list.map(([modules, most]) => grant(modules, most)).reduce(union, grant([], "read")));
  const asks = ["a", "b", "c", "other"].flatMap((module) =>
    (["read", "write", "destructive"] as const).map((access) => ({ module, access })),
  );
  const answers = (of: Parameters<typeof rightsOf>[0]) => {
    const rights = rightsOf(of);
    return asks.map(({ module, access }) => rights.may(module, access));
  };

  it("of a union are what either gives, of an intersection what both give", () => {
    fc.assert(
      fc.property(grants, grants, (a, b) => {
        const [inA, inB] = [answers(a), answers(b)];
        expect(answers(union(a, b))).toEqual(inA.map((one, i) => one || inB[i]));
        expect(answers(intersect(a, b))).toEqual(inA.map((one, i) => one && inB[i]));
      }),
    );
  });

  it("have equal keys exactly when they are equal", () => {
    fc.assert(
      fc.property(grants, grants, (a, b) => {
        expect(rightsOf(a).key === rightsOf(b).key).toBe(JSON.stringify(answers(a)) === JSON.stringify(answers(b)));
      }),
    );
  });
});
