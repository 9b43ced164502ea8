import { describe, expect, it } from "vitest";
import { Breaker } from "../../../src/agent/model/breaker.ts";
import { podView } from "../../../src/agent/model/pod-view.ts";
import { isPlan, isSentence } from "../../../src/agent/model/prose.ts";
import { readReply } from "../../../src/agent/model/reply.ts";
import { fairShares, TokenMeter } from "../../../src/agent/model/tokens.ts";
import { createRedactor } from "../../../src/core/redact.ts";
import { fixedClock } from "../../support/modules.ts";

describe("tokens", () => {
  it("are bytes by 3.2 and 15 % more, until the model has counted", () => {
    const meter = new TokenMeter();
    expect(meter.count("x".repeat(3_200))).toBe(1_150);
    expect(meter.bytesFor(1_150)).toBe(3_200);
    for (let at = 0; at < 20; at += 1) meter.correct(3_200, 2_000);
    expect(meter.count("x".repeat(3_200))).toBeGreaterThan(2_200);
    for (let at = 0; at < 40; at += 1) meter.correct(3_200, 1);
    expect(meter.count("x".repeat(3_200))).toBeGreaterThan(500); // an absurd count does not switch the limit off
  });

  it("room is shared fairly: who needs little leaves the rest to others", () => {
    expect(fairShares([10, 1_000, 400], 900)).toEqual([10, 490, 400]);
    expect(fairShares([5, 5], 100)).toEqual([5, 5]);
    expect(fairShares([50, 50], 0)).toEqual([0, 0]);
    expect(fairShares([], 10)).toEqual([]);
  });
});

it("the breaker opens after five failures in a row or one that is final, for a minute, and then at the next failure", () => {
  const clock = fixedClock();
  const breaker = new Breaker(clock);
  for (let at = 0; at < 4; at += 1) breaker.failed("x", false);
  expect(breaker.isOpen).toBe(false);
  breaker.succeeded();
  for (let at = 0; at < 5; at += 1) breaker.failed("x", false);
  expect(breaker.isOpen).toBe(true);
  clock.at += 60_000;
  expect(breaker.isOpen).toBe(false);
  breaker.failed("again", false);
  expect(breaker.view()).toEqual({
    breaker: "open",
    open_until: "2026-11-25T12:02:00.000Z",
    failures_in_a_row: 6,
    last_problem: "again",
  });
  breaker.succeeded();
  breaker.failed("key", true);
  expect(breaker.isOpen).toBe(true);
});

it("a pod is shown without environment and without secrets in its arguments", () => {
  const pod = {
    metadata: {
      name: "web-1",
      managedFields: [{}],
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{env}" },
    },
    spec: {
      containers: [
        {
          name: "web",
          env: [{ name: "PASSWORD", value: "canary-1" }],
          envFrom: [{}],
          command: ["serve", "--password", "canary-2x9"],
          args: ["--port=80"],
        },
      ],
    },
    status: { phase: "Failed", containerStatuses: [{ name: "web", state: { terminated: { exitCode: 1 } } }] },
  };
  const shown = podView(pod, createRedactor({ key: "test" }));
  expect(JSON.stringify(shown)).not.toMatch(/canary|managedFields|last-applied/);
  expect(shown).toMatchObject({
    spec: {
      containers: [
        { name: "web", command: expect.stringMatching(/^serve --password \[REDACTED:password:/), args: "--port=80" },
      ],
    },
    status: { phase: "Failed", containerStatuses: [{ state: { terminated: { exitCode: 1 } } }] },
  });
});

describe("replies", () => {
  it("thinking is left out, also when only its end is there", () => {
    const said = (content: unknown) => readReply({ choices: [{ message: { content } }] }).text;
    expect(said('<think>hm {"name": 1}</think>\nIt is DNS.')).toBe("It is DNS.");
    expect(said("hm</think>It is DNS.")).toBe("It is DNS.");
    expect(
      said([
        { type: "text", text: "It is " },
        { type: "text", text: "DNS." },
      ]),
    ).toBe("It is DNS.");
    expect(said(null)).toBe("");
  });

  it("calls are understood in the older form, and with the names of a space of tools", () => {
    const calls = (message: unknown) => readReply({ choices: [{ message }] }).calls;
    const named = (name: string) => calls({ tool_calls: [{ id: "1", function: { name, arguments: "{}" } }] });
    const call = { id: undefined, name: "create_issue", arguments: '{"title":"x"}' };
    expect(calls({ content: null, function_call: { name: "create_issue", arguments: '{"title":"x"}' } })).toEqual([
      call,
    ]);
    expect(calls({ content: "", function_call: null })).toEqual([]);
    for (const name of ["functions.pods_log", "default_api:pods_log", "tools/pods_log", "ns::pods_log", " pods_log"]) {
      expect(named(name)).toMatchObject([{ name: "pods_log" }]);
    }
    expect(named("pods.log.x")).toMatchObject([{ name: "pods.log.x" }]);
  });

  it("no choices are an empty answer, anything else that is no completion is a failure", () => {
    expect(readReply({ choices: [] })).toMatchObject({ text: "", calls: [] });
    expect(readReply({ choices: [{ message: null }] })).toMatchObject({ text: "", calls: [] });
    for (const raw of ["<html>", { error: { message: "x" } }, {}, null, { choices: "no" }]) {
      expect(() => readReply(raw)).toThrow("no completion");
    }
  });
});

it("prose is a finding, a plan or of no use", () => {
  expect(isSentence("The build failed because the registry refused the credentials.")).toBe(true);
  expect(isSentence("It failed.")).toBe(false);
  expect(isSentence("I'm sorry, but I cannot help with that request at all.")).toBe(false);
  expect(isSentence('{"title": "something that is not prose at all, really"}')).toBe(false);
  expect(isPlan("Let me look at the logs first.")).toBe(true);
  expect(isPlan("The build failed because of DNS.")).toBe(false);
});
