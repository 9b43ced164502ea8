import { generateKeyPairSync } from "node:crypto";
import { lintSource } from "@secretlint/core";
import { creator } from "@secretlint/secretlint-rule-preset-recommend";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor } from "../../src/core/redact.ts";
import { HARMLESS, jwt, keyBody, oracleText, SECRETS } from "./redact-samples.ts";

const redactor = createRedactor({ key: "test" });
const redact = (text: string): string => redactor.redact(text).text;

const BEGIN = ["-----BEGIN", "RSA PRIVATE KEY-----"].join(" ");
const END = ["-----END", "RSA PRIVATE KEY-----"].join(" ");
const pem = [BEGIN, ...keyBody, END];

describe("a line", () => {
  it.each(SECRETS.map(([line, secret]) => [line("…"), line(secret), secret]))(
    "%s loses its secret",
    (_, line, secret) => {
      const { text, total } = redactor.redact(line);
      expect(text).not.toContain(secret);
      expect(text).toMatch(/\[REDACTED:[a-z0-9-]+:[0-9a-f]{4}\]/);
      expect(total).toBeGreaterThan(0);
    },
  );

  it.each(SECRETS.map(([line, secret]) => [line("…"), line(secret)]))(
    "%s is the same when redacted again",
    (_, line) => {
      expect(redact(redact(line))).toBe(redact(line));
    },
  );

  it.each(HARMLESS)("%s stays", (line) => {
    expect(redactor.redact(line)).toEqual({ text: line, counts: {}, total: 0 });
  });

  it("keeps what is around the secret", () => {
    expect(redact('{"user":"bot","password":"a\\"b","host":"db"} -p x')).toMatch(
      /^\{"user":"bot","password":"\[REDACTED:password:[0-9a-f]{4}\]","host":"db"\} -p x$/,
    );
    expect(redact("postgres://app:pw@db:5432/shop?x=1")).toMatch(
      /^postgres:\/\/app:\[REDACTED:url-password:....\]@db:5432\/shop\?x=1$/,
    );
  });
});

describe("tags", () => {
  it("are the same for the same secret and differ for another", () => {
    const [one, two, three] = redact(
      `password=${"a".repeat(9)}\npassword=${"a".repeat(9)}\npassword=${"b".repeat(9)}`,
    ).split("\n");
    expect(one).toBe(two);
    expect(one).not.toBe(three);
  });

  it("depend on the key, so that nobody can look a secret up", () => {
    expect(createRedactor({ key: "other" }).redact("password=hunter2").text).not.toBe(redact("password=hunter2"));
  });

  it("are counted by kind", () => {
    expect(redactor.redact(`${jwt} ${jwt}\npassword=x1`)).toMatchObject({ counts: { jwt: 2, password: 1 }, total: 3 });
  });
});

describe("a private key", () => {
  const expectGone = (text: string): void => {
    for (const line of keyBody) expect(text).not.toContain(line);
  };
  it("goes as a whole and leaves one tag", () => {
    expect(redact(["before", ...pem, "after"].join("\n"))).toMatch(/^before\n\[REDACTED:private-key:....\]\nafter$/);
  });
  it("goes when every line has a logger's prefix or an indent", () => {
    for (const prefix of ["    ", "2026-11-25 17:56:23 INFO ", "+ ", "\t"]) {
      const text = redact(pem.map((line) => prefix + line).join("\n"));
      expectGone(text);
      expect(text.split("\n")).toHaveLength(1);
    }
  });
  it("goes when its line breaks are escaped, even twice", () => {
    for (const lineBreak of ["\\n", "\\\\n"]) {
      const text = redact(`{"private_key":"${pem.join(lineBreak)}${lineBreak}","client_email":"a@b.c"}`);
      expectGone(text);
      expect(text).toContain('"client_email":"a@b.c"');
    }
  });
  it("goes when its start was cut off", () => {
    expect(redact([...keyBody.slice(2), END, "after"].join("\n"))).toMatch(/^\[REDACTED:private-key:....\]\nafter$/);
  });
  it("goes when its end is missing, and the text after it stays", () => {
    const text = redact([BEGIN, ...keyBody, "exit status 1: no end"].join("\n"));
    expectGone(text);
    expect(text).toMatch(/^\[REDACTED:private-key:....\]\nexit status 1: no end$/);
    expectGone(redact(`${BEGIN}\\n${keyBody.join("\\n")}`));
  });
  it("goes with its headers", () => {
    expectGone(redact([BEGIN, "Proc-Type: 4,ENCRYPTED", "DEK-Info: AES", "", ...keyBody, END].join("\n")));
  });
  it("does not take lines of digests with it", () => {
    const digests = Array.from({ length: 300 }, (_, at) => at.toString(16).padStart(64, "a"));
    expect(redact([...digests, "done"].join("\n"))).toBe([...digests, "done"].join("\n"));
  });
});

it("a block scalar under a secret name goes, its neighbours stay", () => {
  const yaml = ["stringData:", "  password: |", "    one", "", "    two", "  user: app"];
  expect(redact(yaml.join("\n"))).toMatch(
    /^stringData:\n {2}password: \|\n {4}\[REDACTED:secret:....\]\n {2}user: app$/,
  );
});

it("takes out exact values, also as URLs and base64 have them, and asks for them each time", () => {
  let values = ["pa/ss word", "tiny"];
  const own = createRedactor({ exact: () => values });
  const base64 = Buffer.from("pa/ss word").toString("base64");
  const { text, counts } = own.redact(`a pa/ss word b pa%2Fss%20word c ${base64} tiny`);
  expect(text).toMatch(/^a \[\S+\] b \[\S+\] c \[\S+\] tiny$/);
  expect(counts).toEqual({ "own-secret": 3 });
  values = ["rotated!"];
  expect(own.redact("rotated!").total).toBe(1);
});

const lint = (content: string) =>
  lintSource({
    source: { content, filePath: "build.log", ext: ".log", contentType: "text" },
    options: { config: { rules: [{ id: "preset", rule: creator }] } },
  });

describe("the oracle, secretlint's recommended rules,", () => {
  it("finds nothing that is not a tag of ours", async () => {
    const body = (line: string): string => Array.from(line, (_, at) => line[(at * 7) % line.length]).join("");
    const random = (n: number): string => body("aB3dE5gH7jK9mN1pQ2sT4vW6xY8z0".repeat(20)).slice(3, n + 3);
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const text = `${oracleText(random)}\n${privateKey.export({ type: "pkcs8", format: "pem" }).toString()}`;
    const before = await lint(text);
    expect(before.messages.length).toBeGreaterThan(28);
    const redacted = redact(text);
    const { messages } = await lint(redacted);
    expect(
      messages.map(({ range }) => redacted.slice(...range)).filter((found) => !found.includes("[REDACTED:")),
    ).toEqual([]);
  });

  it("finds nothing in random secrets between random words", async () => {
    const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    const seed = fc.string({ unit: fc.constantFrom(...alphabet.split("")), minLength: 200, maxLength: 200 });
    const around = fc.constantFrom("", "key=", "'", "(", ": ", "12", "-", "x_", "\t");
    await fc.assert(
      fc.asyncProperty(seed, around, async (letters, before) => {
        const text = oracleText((n) => letters.slice(0, n))
          .split("\n")
          .map((line) => before + line)
          .join("\n");
        const redacted = redact(text);
        const { messages } = await lint(redacted);
        const left = messages
          .map(({ range }) => redacted.slice(...range))
          .filter((found) => !found.includes("[REDACTED:"));
        expect(left).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});

describe("any text", () => {
  const part = fc.oneof(
    fc.string({ maxLength: 20 }),
    fc.constantFrom(...SECRETS.map(([line, secret]) => line(secret)), ...pem, ...HARMLESS),
    fc.constantFrom("\n", "password=", '"', "\\", "'", " ", ": |\n", "://", "@", "eyJ", "token: "),
  );
  const anyText = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(""));

  it("of these lines in any order is redacted once: again changes nothing", () => {
    const line = fc.constantFrom(...SECRETS.map(([line, secret]) => line(secret)), ...pem, ...HARMLESS, "", "    x");
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const once = redact(lines.join("\n"));
        expect(redact(once)).toBe(once);
      }),
      { numRuns: 300 },
    );
  });

  it("around a secret does not save it", () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom(...SECRETS), anyText, (before, [line, secret], after) => {
        fc.pre(!before.includes(secret) && !after.includes(secret));
        expect(redact(`${before}\n${line(secret)}\n${after}`)).not.toContain(secret);
      }),
      { numRuns: 300 },
    );
  });

  it("comes out the same from a stream of lines", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const stream = redactor.lines();
        const lines = [...text.split("\n").flatMap((line) => stream.push(line)), ...stream.end()];
        expect(lines.join("\n")).toBe(redact(text));
        expect(stream.total).toBe(Object.values(stream.counts).reduce((sum, n) => sum + n, 0));
      }),
      { numRuns: 100 },
    );
  });
});

it("hostile lines of 64 KiB are done in a bounded number of steps", () => {
  const parts = [
    "key=",
    "password='\\",
    "token",
    "://a:",
    "eyJ",
    "eyJaaaaaaaa.",
    "login a a ",
    "curl -u ",
    "basic AAAA",
    "\\",
    " ",
    "-----BEGIN ",
  ];
  for (const part of parts) {
    const line = part.repeat(65_536 / part.length);
    // A pattern that backtracks would need 10^9 steps here, and the runner's own limit would end this test.
    expect(redact(line).length).toBeLessThan(line.length * 8);
  }
});
