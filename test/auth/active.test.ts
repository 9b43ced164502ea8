// AUTH_MODE=active: how the API is asked, what is remembered for how long, and that an outage is no verdict.
import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ActiveMode } from "../../src/auth/active.ts";
import { Challenge } from "../../src/auth/challenge.ts";
import { Denied } from "../../src/core/denied.ts";
import { fixedClock } from "../support/modules.ts";
import { startReviews, type ReviewsStandIn, type StandInOptions } from "../support/reviews-stand-in.ts";
import { openGate, problemsOf, refusal, type TestGate } from "./open-gate.ts";

const OWN = "own-token";
const HUB = { username: "system:serviceaccount:hub:hub", isDelegator: true };
const ALICE = { username: "alice", groups: ["dev"] };
const AS_HUB = "POST tokenreviews as system:serviceaccount:hub:hub";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function startApi(options: StandInOptions = {}): Promise<ReviewsStandIn> {
  const api = await startReviews(options);
  closing.push(() => api.close());
  api.accounts.set(OWN, HUB).set("alice-token", ALICE);
  return api;
}

/** With our own service account, unless `files` says otherwise. */
async function open(api: ReviewsStandIn, env: Record<string, string> = {}, files = { token: `${OWN}\n` }) {
  const all = { AUTH_MODE: "active", OPENSHIFT_API_URL: api.url, KUBERNETES_SERVICE_ACCOUNT_PATH: "{}", ...env };
  const opened = await openGate(all, files);
  closing.push(async () => opened[Symbol.asyncDispose]());
  return opened;
}

const noAccount = { KUBERNETES_SERVICE_ACCOUNT_PATH: "/nowhere" };
const down: ReviewsStandIn["mishap"] = (request) => {
  request.socket.destroy();
  return true;
};

describe("a caller", () => {
  it("is who the cluster says, with its groups and all rights", async () => {
    const { gate } = await open(await startApi());
    const caller = await gate.admit("Bearer alice-token");
    expect(caller).toMatchObject({ id: "kubernetes:alice", name: "alice", groups: ["dev"], rights: { key: "" } });
    expect(gate.health()).toEqual({ mode: ["active"], cached_entries: 1, tokens: 0 });
    expect(gate.secrets()).toEqual([OWN]);
  });

  it("goes by the rules for its groups", async () => {
    const api = await startApi();
    const files = { token: OWN, "rules.yaml": "rules: [{ group: dev, modules: [gitea], access: write }]" };
    const { gate } = await open(api, { ACCESS_PATH: "{rules.yaml}" }, files);
    expect((await gate.admit("Bearer alice-token")).rights.key).toBe("*:none,gitea:write");
    api.accounts.set("bob-token", { username: "bob" });
    expect((await refusal(gate.admit("Bearer bob-token"))).status).toBe(403);
  });

  it("that the cluster does not know is 401 with a bare challenge", async () => {
    const { gate } = await open(await startApi());
    const { status, headers, message } = await refusal(gate.admit("Bearer nobodys-token"));
    expect({ status, headers }).toEqual({ status: 401, headers: { "www-authenticate": "Bearer" } });
    expect(message).not.toContain("nobodys-token");
  });
});

describe("how the API is asked", () => {
  const login = async (api: ReviewsStandIn, opened: TestGate) => {
    await opened.gate.admit("Bearer alice-token");
    return api.requests.splice(0);
  };

  it("is by TokenReview where we may", async () => {
    const api = await startApi({ isOpenshift: true });
    expect(await login(api, await open(api))).toEqual([AS_HUB]);
  });

  it("is by SelfSubjectReview where we may not, which is then known", async () => {
    const api = await startApi({ isOpenshift: true });
    api.accounts.set(OWN, { username: "hub" }).set("bob-token", { username: "bob" });
    const opened = await open(api);
    expect(await login(api, opened)).toEqual(["POST tokenreviews as hub", "POST selfsubjectreviews as alice"]);
    expect((await opened.gate.admit("Bearer bob-token")).name).toBe("bob");
    expect(api.requests).toEqual(["POST selfsubjectreviews as bob"]);
  });

  it("is by users/~ on an OpenShift without either, as the seed does", async () => {
    const api = await startApi({ isOpenshift: true, selfReviews: false });
    const opened = await open(api, noAccount);
    expect(await login(api, opened)).toEqual(["POST selfsubjectreviews as alice", "GET ~ as alice"]);
    expect((await refusal(opened.gate.admit("Bearer nope"))).status).toBe(401);
  });

  it.each([
    ["tokenreview", AS_HUB],
    ["TokenReview", AS_HUB],
    ["self-subject-review", "POST selfsubjectreviews as alice"],
    ["OpenShift", "GET ~ as alice"],
  ])("is as ACTIVE_METHOD=%s says", async (method, request) => {
    const api = await startApi({ isOpenshift: true });
    expect(await login(api, await open(api, { ACTIVE_METHOD: method }))).toEqual([request]);
  });

  it("is found out again after an outage", async () => {
    const api = await startApi();
    const opened = await open(api, { AUTH_CACHE_TTL_SECONDS: "0" });
    expect(await login(api, opened)).toEqual([AS_HUB]);
    api.mishap = down;
    expect((await refusal(opened.gate.admit("Bearer alice-token"))).status).toBe(503);
    api.mishap = undefined;
    api.accounts.set(OWN, { username: "hub" });
    expect(await login(api, opened)).toEqual(["POST tokenreviews as hub", "POST selfsubjectreviews as alice"]);
  });

  it("is found out again after an outage, since we may have been given the right meanwhile", async () => {
    const api = await startApi();
    api.accounts.set(OWN, { username: "hub" });
    const opened = await open(api, { AUTH_CACHE_TTL_SECONDS: "0" });
    await login(api, opened);
    api.accounts.set(OWN, HUB);
    expect(await login(api, opened)).toEqual(["POST selfsubjectreviews as alice"]);
    api.mishap = down;
    await refusal(opened.gate.admit("Bearer alice-token"));
    api.mishap = undefined;
    expect(await login(api, opened)).toEqual([AS_HUB]);
  });

  it("is found out again when we lose our right", async () => {
    const api = await startApi();
    const opened = await open(api, { AUTH_CACHE_TTL_SECONDS: "0" });
    await login(api, opened);
    api.accounts.set(OWN, { username: "hub" });
    expect(await login(api, opened)).toEqual(["POST tokenreviews as hub", "POST selfsubjectreviews as alice"]);
    expect(await login(api, opened)).toEqual(["POST selfsubjectreviews as alice"]);
  });

  it("is with our token as it is on disk", async () => {
    const api = await startApi();
    const opened = await open(api, { AUTH_CACHE_TTL_SECONDS: "0", ACTIVE_METHOD: "tokenreview" });
    await login(api, opened);
    api.accounts.delete(OWN);
    api.accounts.set("renewed", HUB);
    await opened.write("token", "renewed\n");
    expect(await login(api, opened)).toEqual([AS_HUB]);
    expect(opened.gate.secrets()).toEqual(["renewed"]);
  });

  it("is told in /health when nobody answers it, and callers wait", async () => {
    const api = await startApi({ selfReviews: false });
    const { gate } = await open(api, noAccount);
    const { status, headers } = await refusal(gate.admit("Bearer alice-token"));
    expect({ status, headers }).toEqual({ status: 503, headers: { "retry-after": "5" } });
    expect(String(gate.health()["problems"])).toContain("selfsubjectreview 404, openshift 404");
  });

  it("with a method that we may not use is no verdict on the caller", async () => {
    const api = await startApi();
    api.accounts.set(OWN, { username: "hub" });
    const { gate } = await open(api, { ACTIVE_METHOD: "tokenreview" });
    expect((await refusal(gate.admit("Bearer alice-token"))).status).toBe(503);
    expect(String(gate.health()["problems"])).toContain("system:auth-delegator");
  });

  it("ends at 401 when the cluster knows the token and will not say whose it is", async () => {
    const api = await startApi({ isOpenshift: true });
    api.accounts.set("mute", { username: "mute", isMute: true });
    const { gate } = await open(api, noAccount);
    expect((await refusal(gate.admit("Bearer mute"))).status).toBe(401);
  });
});

describe("our audience, when it is set,", () => {
  it("must be the token's", async () => {
    const api = await startApi();
    api.accounts.set("bound", { ...ALICE, audiences: ["ops-hub"] });
    const { gate } = await open(api, { ACTIVE_AUDIENCE: "ops-hub" });
    expect((await gate.admit("Bearer bound")).name).toBe("alice");
    expect((await refusal(gate.admit("Bearer alice-token"))).status).toBe(401);
  });

  it("is never asked for by a question that cannot tell it", async () => {
    const api = await startApi();
    api.accounts.set(OWN, { username: "hub" });
    const { gate } = await open(api, { ACTIVE_AUDIENCE: "ops-hub" });
    expect((await refusal(gate.admit("Bearer alice-token"))).status).toBe(503);
    expect(api.requests).toEqual(["POST tokenreviews as hub"]);
  });
});

describe("a yes", () => {
  let api: ReviewsStandIn;
  beforeEach(async () => {
    api = await startApi();
  });
  const asked = () => api.requests.splice(0).length;

  it.each([
    ["", 120_000],
    ["60", 60_000],
    ["600", 120_000],
  ])("is good for AUTH_CACHE_TTL_SECONDS=%s, at most 120 s", async (ttl, goodMs) => {
    const { gate, clock } = await open(api, { AUTH_CACHE_TTL_SECONDS: ttl });
    const caller = await gate.admit("Bearer alice-token");
    expect(asked()).toBe(1);
    clock.at += goodMs;
    expect(await gate.admit("Bearer alice-token")).toBe(caller);
    expect(asked()).toBe(0);
    clock.at += 1;
    expect((await gate.admit("Bearer alice-token")).id).toBe(caller.id);
    expect(asked()).toBe(1);
  });

  it("is never remembered with 0", async () => {
    const { gate } = await open(api, { AUTH_CACHE_TTL_SECONDS: "0" });
    await gate.admit("Bearer alice-token");
    await gate.admit("Bearer alice-token");
    await refusal(gate.admit("Bearer nope"));
    await refusal(gate.admit("Bearer nope"));
    expect(asked()).toBe(4);
    expect(gate.health()["cached_entries"]).toBe(0);
  });

  it("is asked for once by all who come at the same time", async () => {
    const { gate } = await open(api);
    const callers = await Promise.all(Array.from({ length: 20 }, () => gate.admit("Bearer alice-token")));
    expect([new Set(callers).size, asked()]).toEqual([1, 1]);
  });

  it("is not driven out by a flood of bad tokens", async () => {
    const questions: string[] = [];
    const user = { name: "alice", uid: undefined, groups: [], extra: {} };
    const ask = {
      problems: () => [],
      who: (token: string) => {
        questions.push(token);
        return Promise.resolve(token === "good" ? user : undefined);
      },
    };
    const ours = { url: "https://api", secrets: () => [], reviews: { close: () => Promise.resolve() } };
    const challenge = new Challenge(() => undefined);
    const mode = new ActiveMode({ api: ours, ask, cacheMs: 120_000, clock: fixedClock(), challenge });
    await mode.identify("good");
    for (let i = 0; i < 3_000; i += 1) await refusal(mode.identify(`bad-${i}`));
    await mode.identify("good");
    expect(questions.filter((token) => token === "good")).toHaveLength(1);
    await refusal(mode.identify("bad-0"));
    expect(questions.at(-1)).toBe("bad-0");
  });

  it("outlives an outage for what is open, and ends with the token", async () => {
    const { gate, clock } = await open(api);
    const caller = await gate.admit("Bearer alice-token");
    clock.at += 121_000;
    api.mishap = down;
    expect(await gate.isStill(caller)).toBe(true);
    api.mishap = undefined;
    expect(await gate.isStill(caller)).toBe(true);
    api.accounts.delete("alice-token");
    expect(await gate.isStill(caller)).toBe(true);
    clock.at += 121_000;
    expect(await gate.isStill(caller)).toBe(false);
  });

  it("is another one for what is open once it is somebody else's token", async () => {
    const { gate, clock } = await open(api);
    const caller = await gate.admit("Bearer alice-token");
    clock.at += 121_000;
    api.accounts.set("alice-token", { username: "mallory" });
    expect(await gate.isStill(caller)).toBe(false);
  });
});

describe("a no", () => {
  it("is remembered for five seconds", async () => {
    const api = await startApi();
    const { gate, clock } = await open(api);
    const status = async () => (await refusal(gate.admit("Bearer late-token"))).status;
    expect([await status(), await status(), api.requests.length]).toEqual([401, 401, 1]);
    api.accounts.set("late-token", { username: "late" });
    clock.at += 5_001;
    expect((await gate.admit("Bearer late-token")).name).toBe("late");
  });

  it("is what an outage is not: the next request asks again", async () => {
    const api = await startApi();
    const { gate } = await open(api);
    api.mishap = down;
    const { status, headers } = await refusal(gate.admit("Bearer alice-token"));
    expect({ status, headers }).toEqual({ status: 503, headers: { "retry-after": "5" } });
    api.mishap = undefined;
    expect((await gate.admit("Bearer alice-token")).name).toBe("alice");
  });

  it("is said to 200 with nothing in it", async () => {
    const api = await startApi();
    const { gate } = await open(api, { ACTIVE_METHOD: "openshift" });
    api.mishap = (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
      return true;
    };
    expect((await refusal(gate.admit("Bearer alice-token"))).status).toBe(401);
  });
});

describe("settings", () => {
  const ENV = { AUTH_MODE: "active", OPENSHIFT_API_URL: "https://api.example.com:6443" };
  it.each([
    ["no API", { AUTH_MODE: "active" }, ["the callers' Kubernetes API is not known: set OPENSHIFT_API_URL"]],
    [
      "http to another machine",
      { ...ENV, OPENSHIFT_API_URL: "http://api.example.com" },
      ["OPENSHIFT_API_URL must begin with https:// (plain http is for loopback only)"],
    ],
    ["no such CA", { ...ENV, OPENSHIFT_CA_CERT_PATH: "/no/ca.crt" }, ["CA certificate file not found: /no/ca.crt"]],
    [
      "a CA that is none",
      { ...ENV, OPENSHIFT_CA_CERT_PATH: "{x.txt}" },
      ["CA certificate file holds no PEM certificate: x.txt"],
    ],
    ["a method that is none", { ...ENV, ACTIVE_METHOD: "ldap" }, [/^ACTIVE_METHOD must be one of auto, tokenreview/]],
    [
      "an audience that nobody tells",
      { ...ENV, ACTIVE_AUDIENCE: "ops-hub", ACTIVE_METHOD: "openshift" },
      [/^ACTIVE_AUDIENCE needs ACTIVE_METHOD tokenreview/],
    ],
    [
      "an API without the mode",
      { OPENSHIFT_API_URL: "https://api.example.com" },
      ["OPENSHIFT_API_URL is set, but AUTH_MODE does not name active"],
    ],
  ] as [string, Record<string, string>, (string | RegExp)[]][])(
    "that do not fit are told: %s",
    async (_what, env, expected) => {
      const wanted = expected.map((one) => (typeof one === "string" ? one : expect.stringMatching(one)));
      expect(await problemsOf(env, { "x.txt": "no PEM" })).toEqual(wanted);
    },
  );

  it("are none where the API is there for reports alone", async () => {
    await using opened = await openGate({ OPENSHIFT_API_URL: "https://api.example.com" }, {}, { isApiShared: true });
    expect(opened.gate.health()["mode"]).toEqual(["none"]);
  });

  it("are none in a pod, where the cluster is our own", async () => {
    const env = { AUTH_MODE: "active", KUBERNETES_SERVICE_HOST: "10.0.0.1" };
    await using opened = await openGate(env);
    expect(opened.gate.health()["mode"]).toEqual(["active"]);
  });

  it("of another mode stay unused when AUTH_MODE is said", async () => {
    await using opened = await openGate({ ...ENV, AUTH_MODE: "none" });
    expect((await opened.gate.admit(undefined)).name).toBe("anonymous");
  });
});

describe("TLS", () => {
  const pem = (name: string) => readFile(new URL(`../fixtures/tls/${name}`, import.meta.url), "utf8");

  it.each([
    ["the CA that is named", { OPENSHIFT_CA_CERT_PATH: "{named.crt}" }, "named.crt", 200],
    ["the service account's CA", {}, "ca.crt", 200],
    ["no CA but the system's", {}, "unused.crt", 503],
  ] as [string, Record<string, string>, string, number][])("is checked with %s", async (_what, env, file, expected) => {
    const [key, cert, ca] = await Promise.all(["server.key", "server.crt", "ca.crt"].map(pem));
    const api = await startApi({ tls: { key: key ?? "", cert: cert ?? "" } });
    const files: { token: string } & Record<string, string> = { token: OWN, [file]: ca ?? "" };
    const { gate } = await open(api, env, files);
    const status = await gate.admit("Bearer alice-token").then(
      () => 200,
      (error: unknown) => (error instanceof Denied ? error.status : error),
    );
    expect(status).toBe(expected);
  });
});
