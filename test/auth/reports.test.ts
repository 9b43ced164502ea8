import { createHmac } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { REPORT_SETTINGS } from "../../src/auth/report-settings.ts";
import { createReportGate, type OpenedReportGate } from "../../src/auth/reports.ts";
import { ConfigError } from "../../src/core/config-error.ts";
import { Denied } from "../../src/core/denied.ts";
import { readSection } from "../../src/core/settings.ts";
import { fixedClock, silent } from "../support/modules.ts";

const BODY = Buffer.from('{"namespace":"shop","pod_name":"web-1"}');
const SECRET = "a secret that signs";
const TOKEN = "a-token-that-is-shared";
const clock = fixedClock();

/** As strict as the API that it stands for: our own token, whole objects, known paths. */
const api = {
  asked: [] as string[],
  status: 201,
  /** By token. */
  users: {} as Record<string, { username: string; audiences: string[] }>,
  /** `user namespace` */
  allowed: new Set<string>(),
};
let server: Server;
let folder: string;
let env: Record<string, string>;
const open: OpenedReportGate[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ops-hub-reports-"));
  await writeFile(join(folder, "token"), "own-token\n");
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += String(chunk)));
    request.on("end", () => {
      const [status, body] = answer(request.url ?? "", request.headers.authorization, JSON.parse(text));
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  env = { KUBERNETES_SERVICE_ACCOUNT_PATH: folder };
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  api.asked.length = 0;
  api.status = 201;
  api.users = {
    "shop-token": { username: "system:serviceaccount:shop:ci", audiences: ["ops-hub"] },
    "api-token": { username: "system:serviceaccount:shop:ci", audiences: ["https://kubernetes.default.svc"] },
    "nobody-token": { username: "", audiences: ["ops-hub"] },
  };
  api.allowed = new Set(["system:serviceaccount:shop:ci shop"]);
});
afterEach(async () => {
  for (const gate of open.splice(0)) await gate.close();
});

function answer(path: string, authorization: string | undefined, object: any): [number, unknown] {
  const { spec } = object;
  if (authorization !== "Bearer own-token") return [401, {}];
  if (api.status !== 201) return [api.status, {}];
  if (path === "/apis/authentication.k8s.io/v1/tokenreviews" && object.kind === "TokenReview") {
    api.asked.push(`token ${spec.audiences.join()}`);
    const user = api.users[spec.token];
    const audiences = user?.audiences.filter((one) => spec.audiences.includes(one)) ?? [];
    if (user === undefined || audiences.length === 0) return [201, { status: { user: {}, error: "no" } }];
    return [201, { status: { authenticated: true, user: { username: user.username, groups: ["sa"] }, audiences } }];
  }
  if (path === "/apis/authorization.k8s.io/v1/subjectaccessreviews" && object.kind === "SubjectAccessReview") {
    const { namespace, verb, resource, subresource } = spec.resourceAttributes;
    api.asked.push(`access ${[spec.user, spec.groups, verb, resource, subresource, namespace].join(" ")}`);
    return [201, { status: { allowed: api.allowed.has(`${spec.user} ${namespace}`) } }];
  }
  return [404, {}];
}

async function gateOf(variables: Record<string, string>, options: { isLoopback?: boolean; log?: pino.Logger } = {}) {
  const { values, problems } = await readSection(REPORT_SETTINGS, {
    REPORT_TOKEN: TOKEN,
    REPORT_HMAC_SECRET: SECRET,
    ...variables,
  });
  expect(problems).toEqual([]);
  const cluster = { apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, caPath: undefined };
  const gate = await createReportGate({
    settings: values,
    cluster,
    env,
    clock,
    log: options.log ?? silent,
    isLoopback: options.isLoopback ?? true,
  });
  open.push(gate);
  return gate;
}

const sign = (text: string | Buffer, secret = SECRET): string =>
  createHmac("sha256", secret).update(text).digest("hex");
const hub = (hex: string) => ({ "x-hub-signature-256": `sha256=${hex}` });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Who reports with these headers, or what is thrown. */
async function judge(gate: OpenedReportGate, headers: Record<string, string>, body: Buffer = BODY): Promise<unknown> {
  try {
    return (await gate.reporter({ headers, body })).caller.id;
  } catch (error) {
    if (!(error instanceof Denied)) throw error;
    expect(error.message + JSON.stringify(error.headers)).not.toContain(Object.values(headers)[0]);
    return error.status;
  }
}

describe("REPORT_AUTH=none", () => {
  it("lets everyone report, whatever they send", async () => {
    const gate = await gateOf({});
    for (const headers of [{}, bearer("x"), hub(sign("other"))]) expect(await judge(gate, headers)).toBe("anonymous");
    expect((await gate.reporter({ headers: {}, body: BODY })).mayRead).toBeUndefined();
    expect(await gate.reader("Bearer shop-token")).toBeUndefined();
  });

  it.each([
    [false, 1],
    [true, 0],
  ])("is warned of where others reach the port (loopback: %s)", async (isLoopback, warnings) => {
    const lines: string[] = [];
    await gateOf({}, { isLoopback, log: pino({}, { write: (line) => void lines.push(line) }) });
    expect(lines.filter((line) => line.includes("REPORT_AUTH=none"))).toHaveLength(warnings);
  });

  it("beside others takes who sends nothing, and nobody who sends something wrong", async () => {
    const gate = await gateOf({ REPORT_AUTH: "none, token" });
    expect(await judge(gate, {})).toBe("anonymous");
    expect(await judge(gate, bearer("wrong"))).toBe(401);
    expect(await judge(gate, hub(sign("other")))).toBe("anonymous"); // no mode of ours
  });
});

describe("REPORT_AUTH=token", () => {
  it.each([
    [{}, 401],
    [bearer(TOKEN), "report:token"],
    [{ authorization: `bearer  ${TOKEN}` }, "report:token"],
    [bearer(`${TOKEN}x`), 401],
    [bearer(TOKEN.slice(0, -1)), 401],
    [{ authorization: TOKEN }, 401],
    [{ authorization: `Basic ${TOKEN}` }, 401],
    [{ authorization: "Bearer " }, 401],
    [hub(sign(BODY)), 401],
  ])("judges %j", async (headers, verdict) =>
    expect(await judge(await gateOf({ REPORT_AUTH: "token" }), headers)).toBe(verdict),
  );

  it("says what it wants, with a bare challenge", async () => {
    const gate = await gateOf({ REPORT_AUTH: "token" });
    await expect(gate.reporter({ headers: {}, body: BODY })).rejects.toMatchObject({
      status: 401,
      message: "reports need a credential: Authorization: Bearer <token>",
      headers: { "www-authenticate": "Bearer" },
    });
  });
});

describe("REPORT_AUTH=hmac", () => {
  const now = () => String(Math.floor(clock.now() / 1_000));
  const stamped = (stamp: string, body: Buffer = BODY) => ({
    ...hub(sign(Buffer.concat([Buffer.from(`${stamp}.`), body]))),
    "x-hub-timestamp": stamp,
  });

  it.each([
    ["a signed body", hub(sign(BODY)), "report:hmac"],
    ["in capitals", hub(sign(BODY).toUpperCase()), "report:hmac"],
    ["as Gitea signs", { "x-gitea-signature": sign(BODY) }, "report:hmac"],
    ["one of two", { ...hub(sign("other")), "x-gitea-signature": sign(BODY) }, "report:hmac"],
    ["nothing", {}, 401],
    ["another body's", hub(sign("other")), 401],
    ["another secret's", hub(sign(BODY, "x")), 401],
    ["half a signature", hub(sign(BODY).slice(0, 32)), 401],
    ["an empty one", hub(""), 401],
    ["without sha256=", { "x-hub-signature-256": sign(BODY) }, 401],
    ["sha1", { "x-hub-signature": `sha1=${createHmac("sha1", SECRET).update(BODY).digest("hex")}` }, 401],
    ["Gitea's with a prefix", { "x-gitea-signature": `sha256=${sign(BODY)}` }, 401],
    ["the shared token alone", bearer(TOKEN), 401],
  ])("judges %s", async (_what, headers, verdict) =>
    expect(await judge(await gateOf({ REPORT_AUTH: "hmac" }), headers)).toBe(verdict),
  );

  it("covers the bytes, not what they mean", async () => {
    const gate = await gateOf({ REPORT_AUTH: "hmac" });
    const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    expect(await judge(gate, hub(sign(bytes)), bytes)).toBe("report:hmac");
    expect(await judge(gate, hub(sign(bytes)), Buffer.from(bytes.toString("utf8")))).toBe(401);
  });

  it("takes a signed time within five minutes, in seconds, milliseconds or RFC 3339", async () => {
    const gate = await gateOf({ REPORT_AUTH: "hmac" });
    const at = (seconds: number) => Math.floor(clock.now() / 1_000) + seconds;
    for (const stamp of [now(), String(at(-300)), String(at(300)), String(clock.now()), "2026-11-25T12:00:00Z"]) {
      expect(await judge(gate, stamped(stamp)), stamp).toBe("report:hmac");
    }
    for (const stamp of [String(at(-301)), String(at(301)), "0", "-1", "now", "", "1e9", "2026-11-25"]) {
      expect(await judge(gate, stamped(stamp)), stamp).toBe(401);
    }
  });

  it("lets nobody take the time away, add one, or change it", async () => {
    const gate = await gateOf({ REPORT_AUTH: "hmac" });
    const { "x-hub-timestamp": _, ...without } = stamped(now());
    expect(await judge(gate, without)).toBe(401);
    expect(await judge(gate, { ...hub(sign(BODY)), "x-hub-timestamp": now() })).toBe(401);
    expect(await judge(gate, { ...stamped(now()), "x-hub-timestamp": String(Number(now()) + 1) })).toBe(401);
  });

  it("can insist on a time", async () => {
    const gate = await gateOf({ REPORT_AUTH: "hmac", REPORT_HMAC_TIMESTAMP: "required" });
    await expect(gate.reporter({ headers: hub(sign(BODY)), body: BODY })).rejects.toThrow(
      "X-Hub-Timestamp must be sent",
    );
    expect(await judge(gate, stamped(now()))).toBe("report:hmac");
  });
});

describe("REPORT_AUTH=k8s", () => {
  it.each([
    ["a token made for the hub", bearer("shop-token"), "report:system:serviceaccount:shop:ci"],
    ["nothing", {}, 401],
    ["a token for the API itself", bearer("api-token"), 401],
    ["a token that nobody knows", bearer("forged"), 401],
    ["a token of nobody", bearer("nobody-token"), 401],
    ["another scheme", { authorization: "Basic shop-token" }, 401],
  ])("judges %s", async (_what, headers, verdict) =>
    expect(await judge(await gateOf({ REPORT_AUTH: "k8s" }), headers)).toBe(verdict),
  );

  it("asks whether the caller could read the logs there itself", async () => {
    const gate = await gateOf({ REPORT_AUTH: "k8s" });
    const reporter = await gate.reporter({ headers: bearer("shop-token"), body: BODY });
    expect([await reporter.mayRead?.("shop"), await reporter.mayRead?.("pay"), api.asked]).toEqual([
      true,
      false,
      [
        "token ops-hub",
        "access system:serviceaccount:shop:ci sa get pods log shop",
        "access system:serviceaccount:shop:ci sa get pods log pay",
      ],
    ]);
  });

  it.each(["", "*", "shop ", "Shop", "shop/../pay", "-shop", "a".repeat(64), "shop.pay", "shop\n"])(
    "asks nobody about a namespace called %j",
    async (namespace) => {
      const gate = await gateOf({ REPORT_AUTH: "k8s" });
      const reporter = await gate.reporter({ headers: bearer("shop-token"), body: BODY });
      api.asked.length = 0;
      expect([await reporter.mayRead?.(namespace), api.asked]).toEqual([false, []]);
    },
  );

  it("has its own audience when told so", async () => {
    const gate = await gateOf({ REPORT_AUTH: "k8s", REPORT_AUDIENCE: "pipelines" });
    expect(await judge(gate, bearer("shop-token"))).toBe(401);
    expect(api.asked).toEqual(["token pipelines"]);
  });

  it("remembers a yes for a minute and a no for seconds", async () => {
    const gate = await gateOf({ REPORT_AUTH: "k8s" });
    const ask = async () => {
      const reporter = await gate.reporter({ headers: bearer("shop-token"), body: BODY });
      return [await reporter.mayRead?.("shop"), await reporter.mayRead?.("pay")];
    };
    await ask();
    await ask();
    expect(api.asked).toHaveLength(3);
    clock.at += 5_001;
    api.allowed.add("system:serviceaccount:shop:ci pay");
    expect(await ask()).toEqual([true, true]);
    expect(api.asked).toHaveLength(4);
    clock.at += 60_001;
    api.users = {};
    expect(await judge(gate, bearer("shop-token"))).toBe(401);
  });

  it("asks once for many who come at the same time", async () => {
    const gate = await gateOf({ REPORT_AUTH: "k8s" });
    await Promise.all(Array.from({ length: 20 }, () => judge(gate, bearer("shop-token"))));
    expect(api.asked).toEqual(["token ops-hub"]);
  });

  it.each([401, 403, 404, 500, 503])("answers 503 when the API answers us %s, and asks again", async (status) => {
    const gate = await gateOf({ REPORT_AUTH: "k8s" });
    api.status = status;
    expect(await judge(gate, bearer("shop-token"))).toBe(503);
    api.status = 201;
    const reporter = await gate.reporter({ headers: bearer("shop-token"), body: BODY });
    api.status = status;
    await expect(reporter.mayRead?.("shop")).rejects.toMatchObject({ status: 503, headers: { "retry-after": "5" } });
    api.status = 201;
    expect(await reporter.mayRead?.("shop")).toBe(true);
  });

  it("knows who reads reports", async () => {
    const gate = await gateOf({ REPORT_AUTH: "k8s,token" });
    expect((await gate.reader("Bearer shop-token"))?.caller).toMatchObject({ name: "system:serviceaccount:shop:ci" });
    for (const header of [undefined, "Bearer forged", `Bearer ${TOKEN}`, "Basic x"]) {
      expect(await gate.reader(header)).toBeUndefined();
    }
  });
});

describe("several ways at once", () => {
  const all = { REPORT_AUTH: "token,hmac,k8s" };

  it.each([
    ["a bad signature does not spoil a good token", { ...bearer(TOKEN), ...hub(sign("other")) }, "report:token"],
    ["a bad token does not spoil a good signature", { ...bearer("forged"), ...hub(sign(BODY)) }, "report:hmac"],
    [
      "a bad signature does not spoil a good account",
      { ...bearer("shop-token"), ...hub(sign("other")) },
      "report:system:serviceaccount:shop:ci",
    ],
    ["all of them bad are refused", { ...bearer("forged"), ...hub(sign("other")) }, 401],
    ["none of them is refused", {}, 401],
  ])("%s", async (_what, headers, verdict) => expect(await judge(await gateOf(all), headers)).toBe(verdict));

  it("an outage spoils only what depends on it", async () => {
    const gate = await gateOf(all);
    api.status = 500;
    expect(await judge(gate, bearer(TOKEN))).toBe("report:token");
    expect(await judge(gate, hub(sign(BODY)))).toBe("report:hmac");
    expect(await judge(gate, bearer("shop-token"))).toBe(503);
  });
});

describe("at the start", () => {
  const start = (variables: Record<string, string>, apiUrl?: string) => async () => {
    const { values } = await readSection(REPORT_SETTINGS, variables);
    const cluster = { apiUrl, caPath: undefined };
    return createReportGate({ settings: values, cluster, env: {}, clock, log: silent, isLoopback: true });
  };

  it("tells everything that is missing at once", async () => {
    await expect(start({ REPORT_AUTH: "token,hmac,k8s" })).rejects.toThrow(ConfigError);
    await expect(start({ REPORT_AUTH: "token,hmac,k8s" })).rejects.toMatchObject({
      problems: [
        "REPORT_AUTH=token needs REPORT_TOKEN",
        "REPORT_AUTH=hmac needs REPORT_HMAC_SECRET",
        expect.stringMatching(/^REPORT_AUTH=k8s: .*OPENSHIFT_API_URL/),
      ],
    });
  });

  it("takes no empty file for a secret", async () => {
    const file = join(folder, "empty");
    await writeFile(file, "\n");
    await expect(start({ REPORT_AUTH: "token", REPORT_TOKEN_FILE: file })).rejects.toThrow("needs REPORT_TOKEN");
  });

  it.each(["tokens", "none;token", "k8s,,x"])("refuses REPORT_AUTH=%s", async (modes) => {
    const { problems } = await readSection(REPORT_SETTINGS, { REPORT_AUTH: modes });
    expect(problems[0]).toContain("REPORT_AUTH must be a comma list of none, token, hmac, k8s");
  });
});
