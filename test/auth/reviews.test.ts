// What we ask a Kubernetes or OpenShift API, and what we make of its answers, good and bad.
import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createReviews, type Reviews } from "../../src/auth/kubernetes/reviews.ts";
import { Secret } from "../../src/core/secret.ts";
import { startReviews, type ReviewsStandIn } from "../support/reviews-stand-in.ts";
import { refusal } from "./open-gate.ts";

const OWN = "own-token";
const TOKEN = "token-of-alice";
const EXTRA = { "scopes.authorization.openshift.io": ["user:info"] };
const ALICE = { username: "alice", uid: "u-1", groups: ["dev", "system:authenticated"], extra: EXTRA };

let api: ReviewsStandIn;
let reviews: Reviews;
let own: string | undefined;

beforeEach(async () => {
  api = await startReviews({ isOpenshift: true });
  api.accounts.set(OWN, { username: "system:serviceaccount:hub:hub", isDelegator: true });
  api.accounts.set(TOKEN, ALICE);
  own = OWN;
  const ownToken = () => Promise.resolve(own === undefined ? undefined : new Secret(own));
  reviews = createReviews({ apiUrl: api.url, ca: undefined, ownToken });
});

afterEach(async () => {
  await Promise.all([reviews.close(), api.close()]);
});

const user = { name: "alice", uid: "u-1", groups: ALICE.groups, extra: EXTRA };

describe("a token", () => {
  it("is alice's in the words of each of the three questions", async () => {
    expect(await reviews.tokenReview(TOKEN)).toEqual({ verdict: "user", user });
    expect(await reviews.selfSubjectReview(TOKEN)).toEqual({ verdict: "user", user });
    expect(await reviews.openshiftUser(TOKEN)).toEqual({ verdict: "user", user: { ...user, extra: {} } });
    expect(api.requests).toEqual([
      "POST tokenreviews as system:serviceaccount:hub:hub",
      "POST selfsubjectreviews as alice",
      "GET ~ as alice",
    ]);
  });

  it("that is none is nobody's, or not answered", async () => {
    expect(await reviews.tokenReview("nope")).toEqual({ verdict: "nobody" });
    expect(await reviews.selfSubjectReview("nope")).toEqual({ verdict: "refused", status: 401 });
    expect(await reviews.openshiftUser("nope")).toEqual({ verdict: "refused", status: 401 });
  });

  it("must be for our audience, where we name one", async () => {
    api.accounts.set("bound", { ...ALICE, audiences: ["ops-hub", "other"] });
    expect((await reviews.tokenReview("bound", ["ops-hub"])).verdict).toBe("user");
    expect((await reviews.tokenReview("bound", ["elsewhere"])).verdict).toBe("nobody");
    expect((await reviews.tokenReview("bound")).verdict).toBe("nobody");
    expect((await reviews.tokenReview(TOKEN, ["ops-hub"])).verdict).toBe("nobody");
  });

  it("is nobody's when the API knows nothing of audiences and we name one", async () => {
    const old = await startReviews({ knowsAudiences: false });
    old.accounts.set(OWN, { username: "hub", isDelegator: true }).set(TOKEN, ALICE);
    const asking = createReviews({ apiUrl: old.url, ca: undefined, ownToken: async () => new Secret(OWN) });
    expect((await asking.tokenReview(TOKEN, ["ops-hub"])).verdict).toBe("nobody");
    expect((await asking.tokenReview(TOKEN)).verdict).toBe("user");
    await Promise.all([asking.close(), old.close()]);
  });

  it("is not ours to review without a service account, or without its right", async () => {
    api.accounts.set("plain", { username: "hub" });
    own = "plain";
    expect(await reviews.tokenReview(TOKEN)).toEqual({ verdict: "refused", status: 403 });
    own = undefined;
    expect(await reviews.tokenReview(TOKEN)).toEqual({ verdict: "refused", status: 401 });
    expect((await refusal(reviews.subjectAccessReview(user, ATTRIBUTES))).status).toBe(503);
  });

  it.each(["", "system:anonymous"])("of somebody called %j is nobody's", async (username) => {
    api.accounts.set(TOKEN, { username });
    for (const question of ["tokenReview", "selfSubjectReview", "openshiftUser"] as const) {
      expect(await reviews[question](TOKEN), question).toEqual({ verdict: "nobody" });
    }
  });
});

const ATTRIBUTES = { namespace: "shop", verb: "get", resource: "pods", subresource: "log" };

describe("what somebody may", () => {
  it("is asked with all that we know of them", async () => {
    api.allowed.add("alice pods/log get shop");
    expect(await reviews.subjectAccessReview(user, ATTRIBUTES)).toBe(true);
    expect(await reviews.subjectAccessReview(user, { ...ATTRIBUTES, namespace: "bank" })).toBe(false);
    expect(api.asked[0]).toEqual({
      user: "alice",
      uid: "u-1",
      groups: ALICE.groups,
      extra: EXTRA,
      resourceAttributes: ATTRIBUTES,
    });
  });

  it.each([
    ["nothing", {}, false],
    ["yes and no", { status: { allowed: true, denied: true } }, false],
    ["yes", { status: { allowed: true } }, true],
  ])("is read strictly: %s", async (_what, body, expected) => {
    answer(201, JSON.stringify(body));
    expect(await reviews.subjectAccessReview(user, ATTRIBUTES)).toBe(expected);
  });
});

function answer(status: number, body: string): void {
  api.mishap = (request, response: ServerResponse) => {
    request.resume();
    response.writeHead(status, { "content-type": "application/json" }).end(body);
    return true;
  };
}

const QUESTIONS = ["tokenReview", "selfSubjectReview", "openshiftUser"] as const;

describe.each(QUESTIONS)("%s", (question) => {
  it.each([
    ["{}", "{}"],
    ["an empty status", '{"status":{}}'],
    ["no name", '{"status":{"authenticated":true,"user":{"uid":"1"},"userInfo":{"uid":"1"}},"metadata":{"uid":"1"}}'],
  ])("takes 200 with %s for no login", async (_what, body) => {
    answer(200, body);
    expect(await reviews[question](TOKEN)).toEqual({ verdict: "nobody" });
  });

  it.each([
    ["itself", 307, "/there"],
    ["elsewhere", 302, "http://127.0.0.2:1/there"],
  ])("goes no other way than it was told: a redirect to %s", async (_what, status, location) => {
    const seen: (string | undefined)[] = [];
    api.mishap = (request, response) => {
      seen.push(request.url);
      if (request.url === "/there") return false;
      response.writeHead(status, { location }).end();
      return true;
    };
    expect((await refusal(reviews[question](TOKEN))).status).toBe(503);
    expect(seen).toHaveLength(1);
  });

  it.each([
    ["500", 500, "{}"],
    ["503", 503, ""],
    ["429", 429, "{}"],
    ["400", 400, "{}"],
    ["a login page", 200, "<html>log in</html>"],
    ["nothing", 200, ""],
    ["another type", 200, '{"status":7,"metadata":7}'],
    ["a list", 200, "[]"],
    ["a megabyte", 200, JSON.stringify({ pad: "x".repeat(1_000_000) })],
  ])("takes %s for no verdict", async (_what, status, body) => {
    answer(status, body);
    const { status: told, headers, message } = await refusal(reviews[question](TOKEN));
    expect({ told, headers }).toEqual({ told: 503, headers: { "retry-after": "5" } });
    expect(message).not.toMatch(/token-of-alice|log in/);
  });

  it("takes an API that hangs up for no verdict", async () => {
    api.mishap = (request) => {
      request.socket.destroy();
      return true;
    };
    expect((await refusal(reviews[question](TOKEN))).status).toBe(503);
  });
});
