// The stand-in is as strict as Gitea: what the tests of this module rely on.
import { afterAll, beforeAll, expect, it } from "vitest";
import { startGitea, type GiteaStandIn } from "../../support/gitea-stand-in.ts";

let server: GiteaStandIn;
beforeAll(async () => {
  server = await startGitea({
    token: "t",
    maxItems: 2,
    repos: {
      "a/b": { labels: ["bug"] },
      "a/read-only": { labels: ["bug"], canWrite: false },
      "a/hidden": { isReadable: false },
    },
  });
  for (let i = 0; i < 3; i++) server.seed("a/b", {});
  server.seed("a/read-only", { user: { login: "somebody" } });
});
afterAll(() => server.close());

const JSON_TYPE = { authorization: "token t", "content-type": "application/json" };

it.each<[string, string, unknown, Record<string, string>, number, RegExp]>([
  ["GET", "repos/a/b/issues", undefined, {}, 401, /token/],
  ["GET", "repos/a/b/issues?token=t", undefined, {}, 401, /token/],
  ["GET", "repos/a/hidden/issues", undefined, JSON_TYPE, 404, /couldn't be found/],
  ["GET", "repos/a/none/issues", undefined, JSON_TYPE, 404, /couldn't be found/],
  ["GET", "repos/a/b/issues?states=all", undefined, JSON_TYPE, 422, /states/],
  ["PUT", "repos/a/b/issues", {}, JSON_TYPE, 405, /^$/],
  [
    "POST",
    "repos/a/b/issues",
    { title: "t" },
    { authorization: "token t", "content-type": "text/plain" },
    422,
    /Content-Type/,
  ],
  ["POST", "repos/a/b/issues", { title: "" }, JSON_TYPE, 422, /\[Title\]: Required/],
  ["POST", "repos/a/b/issues", { title: "t", labels: ["bug"] }, JSON_TYPE, 422, /of type \[\]int64/],
  ["POST", "repos/a/b/issues", { title: "t", boddy: "" }, JSON_TYPE, 422, /no boddy/],
  ["POST", "repos/a/b/issues", { title: "\0" }, JSON_TYPE, 500, /"message":""/],
  ["POST", "repos/a/b/issues/1/labels", { labels: ["bug", 1] }, JSON_TYPE, 400, /strings or integers/],
  ["POST", "repos/a/read-only/issues/1/labels", { labels: ["bug"] }, JSON_TYPE, 403, /write permission/],
  ["PATCH", "repos/a/read-only/issues/1", { title: "x" }, JSON_TYPE, 403, /^$/],
  ["POST", "repos/a/b/issues/9/comments", { body: "x" }, JSON_TYPE, 404, /does not exist/],
])("%s %s with %j and %o is %i", async (method, path, json, headers, status, words) => {
  const body = json === undefined ? null : JSON.stringify(json);
  const response = await fetch(`${server.url}/api/v1/${path}`, { method, headers, body });
  expect([response.status, await response.text()]).toEqual([status, expect.stringMatching(words)]);
});

it("cuts a page to its limit without a word, and discards labels it does not know", async () => {
  const url = `${server.url}/api/v1/repos/a/b/issues?limit=50&labels=nope`;
  const response = await fetch(url, { headers: JSON_TYPE });
  expect(await response.json()).toHaveLength(2);
  expect(response.headers.get("x-total-count")).toBe("3");
  expect(response.headers.get("link")).toContain('rel="next"');
});
