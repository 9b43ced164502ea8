// Test frameworks: which test failed, and on what.
import type { LogRule } from "../log-rule.ts";

const TEST_SENTENCES = [
  "The log has {others} like this.",
  "Whether the code or the test is wrong cannot be told from the log.",
] as const;

const rule = (
  parts: Pick<LogRule, "pattern" | "beside" | "cause" | "root" | "fixes">,
  weight = 68,
  needs?: RegExp,
): LogRule => ({
  ...parts,
  weight,
  ...(needs === undefined ? {} : { needs }),
  category: "test-failure",
  side: "app",
  confidence: "high",
  root: [...parts.root, ...TEST_SENTENCES],
});

export const TEST_LOG_RULES: readonly LogRule[] = [
  rule({
    pattern: /^FAILED (?<test>[\w./-]{1,160}\.py::[^\s]{1,160})(?: - (?<why>.{1,300}))?/,
    beside: [/^E\s{1,8}(?<assertion>(?:assert|AssertionError|[\w.]{1,60}Error).{0,200})/],
    cause: ["test {test}: {why}", "test {test}: {assertion}", "test {test} failed"],
    root: ["The test {test} failed: {why}.", "Its assertion: {assertion}."],
    fixes: ["Run it alone: `pytest '{test}' -x`", "Compare with the last commit that passed"],
  }),
  rule(
    {
      pattern: /^ERROR (?<test>[\w./-]{1,160}\.py)(?:::\S{1,160})?(?: - (?<why>.{1,300}))?$/,
      beside: [/^E\s{1,8}(?<assertion>.{1,200})/],
      cause: [
        "tests of {test} cannot be collected: {why}",
        "tests of {test} cannot be collected: {assertion}",
        "tests of {test} cannot be collected",
      ],
      root: ["pytest could not even load or set up {test}: {assertion}"],
      fixes: ["Run it alone: `pytest {test}`", "Correct what it names: {assertion}"],
    },
    69,
  ),
  rule({
    pattern: /^\s{0,8}--- FAIL: (?<test>[\w/#.=-]{1,200})/,
    beside: [
      /^\s{2,12}(?<place>[\w.-]{1,100}_test\.go:\d{1,6}): (?<why>.{1,240})/,
      /^\s{4,12}Error:\s{1,12}(?<why>\S.{0,240})/,
    ],
    cause: ["test {test}: {why}", "test {test} failed"],
    root: ["The Go test {test} failed at {place}: {why}. || The Go test {test} failed."],
    fixes: ["Run it alone: `go test ./... -run '^{test}$' -v`", "Look at {place}"],
  }),
  rule({
    pattern: /^\s{0,4}(?:●|✕|×) (?<test>(?!Console).{1,200}?)(?: \(?\d{1,7}(?:\.\d{1,3})? ?m?s\)?)?$/,
    beside: [
      /(?<why>^\s{2,8}expect\(.{1,160}|^\s{2,8}Expected\b.{1,160}|(?:AssertionError|Error): .{1,200})/,
      /^\s{0,8}(?<received>Received\b.{1,160})/,
      /(?:at |❯ )(?:.{0,80}\()?(?<place>(?!.*node_modules)[\w./@-]{1,160}\.(?:test|spec)\.\w{1,4}:\d{1,6}:\d{1,6})/,
    ],
    cause: ["test {test}: {why}", "test {test} failed"],
    root: ["The test {test} failed: {why}", "It says: {received}.", "It stands at {place}."],
    fixes: ["Run it alone: `npx jest -t '{test}'` or `npx vitest -t '{test}'`", "Look at {place}"],
  }),
  rule(
    {
      pattern: /^\s{0,4}FAIL\s{1,6}(?<file>[\w./@-]{1,160}\.(?:test|spec)\.\w{1,4}) > (?<test>.{1,200})/,
      beside: [
        /(?<why>(?:AssertionError|TypeError|ReferenceError|Error): .{1,240})/,
        /❯ (?<place>(?!.*node_modules)[\w./@-]{1,160}:\d{1,6}:\d{1,6})/,
      ],
      cause: ["test {test}: {why}", "test {test} in {file} failed"],
      root: ["The test {test} of {file} failed: {why} || The test {test} of {file} failed.", "It stands at {place}."],
      fixes: ["Run it alone: `npx vitest run {file}`", "Look at {place}"],
    },
    69,
  ),
  rule(
    {
      pattern: /^\s{0,4}FAIL\s{1,6}(?<file>[\w./@-]{1,160}\.(?:test|spec)\.\w{1,4})/,
      beside: [
        /(?<why>(?:AssertionError|TypeError|ReferenceError|Error): .{1,240})/,
        /❯ (?<place>(?!.*node_modules)[\w./@-]{1,160}:\d{1,6}:\d{1,6})/,
      ],
      cause: ["tests of {file}: {why}", "tests of {file} failed"],
      root: ["Tests of {file} failed: {why} || Tests of {file} failed.", "It stands at {place}."],
      fixes: ["Run them alone: `npx vitest run {file}` or `npx jest {file}`", "Look at {place}"],
    },
    67,
  ),
  rule({
    pattern:
      /^\[ERROR\]\s{1,6}(?<test>[\w.$]{1,160}[.:][a-zA-Z_$][\w$]{0,119})(?::\d{1,6})?(?:->[\w.:]{1,160})? (?:» )?(?<why>(?:expected|Expected|Expecting|but was|org\.|java\.|\w{1,60}(?:Exception|Error)).{0,240})/,
    beside: [/^\[ERROR\] (?<totals>Tests run: \d{1,8}, Failures: \d{1,8}, Errors: \d{1,8})/],
    cause: ["test {test}: {why}"],
    root: ["The JUnit test {test} failed: {why}.", "In all: {totals}."],
    fixes: [
      "Run it alone: `mvn test -Dtest='{test}'` (Class#method)",
      "Look into target/surefire-reports for the whole trace",
    ],
  }),
  rule(
    {
      pattern:
        /^\[ERROR\]\s{1,6}(?<test>[\w.$-]{1,200})(?:\([\w.$]{1,160}\))?\s{1,3}(?:-- )?Time elapsed: .{0,40}<<< (?:FAILURE|ERROR)!/,
      beside: [/^(?<why>(?:[\w$]{1,60}\.){1,10}\w{1,60}(?:Error|Exception|Failure)\w{0,20}(?:: .{0,240})?)/],
      cause: ["test {test}: {why}", "test {test} failed"],
      root: ["The JUnit test {test} failed: {why} || The JUnit test {test} failed."],
      fixes: [
        "Run it alone: `mvn test -Dtest=CLASS#METHOD` for {test}",
        "Look into target/surefire-reports for the whole trace",
      ],
    },
    67,
  ),
  rule({
    pattern: /^(?<test>[\w.$]{1,160} > .{1,160}?) FAILED$/,
    beside: [/^\s{2,8}(?<why>(?:[\w$]{1,60}\.){0,10}\w{1,60}(?:Error|Exception)\b.{0,240})/],
    cause: ["test {test}: {why}", "test {test} failed"],
    root: ["The test {test} failed: {why} || The test {test} failed."],
    fixes: [
      "Run it alone: `./gradlew test --tests 'CLASS.METHOD'` for {test}",
      "Look into build/reports/tests for the whole trace",
    ],
  }),
  rule(
    {
      // any framework that numbers its failures and says why in the same line
      pattern:
        /^\s{0,4}\d{1,5}\) (?<test>\S[^:]{0,160}): (?<why>(?=.{0,160}\b(?:expected|but (?:got|was)|to (?:be|equal)|Error|Exception)\b).{1,240})/i,
      beside: [],
      cause: ["test {test}: {why}"],
      root: ["The test {test} failed: {why}."],
      fixes: ["Run this test alone: {test}", "Compare with the last commit that passed"],
    },
    46,
  ),
  rule(
    {
      pattern: /^\s{0,4}\d{1,5}\) (?<test>\S.{1,160}?):?$/,
      beside: [/^\s{4,10}(?<why>(?:AssertionError|\w{0,40}Error)\b.{1,240})/, /^\s{2,6}(?<totals>\d{1,6} failing)/],
      cause: ["test {test}: {why}", "{totals}: {test}"],
      root: ["The test {test} failed: {why} || The test {test} failed."],
      fixes: ["Run it alone: `npx mocha -g '{test}'`"],
    },
    44,
    /^\s{2,6}\d{1,6} failing\b/,
  ),
  rule(
    {
      pattern:
        /Tests run: (?<run2>\d{1,8}), Failures: (?<failures>\d{1,8}), Errors: (?<errors>\d{1,8})(?!.*Failures: 0, Errors: 0)|(?:^|\s)(?<totals>\d{1,6} failed,? .{0,20}\d{1,6} passed.{0,40})/,
      beside: [],
      cause: ["tests failed: {failures} failures, {errors} errors of {run2}", "tests failed: {totals}"],
      root: ["The tests ran and some failed: {line}"],
      fixes: ["Look into the test report for which ones", "Run the tests locally on the same commit"],
    },
    42,
  ),
];
