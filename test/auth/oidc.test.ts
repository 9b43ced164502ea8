// AUTH_MODE=oidc: tokens of a real issuer on loopback, its rotating keys, its outages, and tokens that no one should believe.
import { createHmac, createSign } from "node:crypto";
import Fastify from "fastify";
import { base64url, exportSPKI, SignJWT, UnsecuredJWT } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addMetadataRoutes } from "../../src/http/metadata.ts";
import { makeSigner, startIssuer, type OidcIssuer } from "../support/oidc-issuer.ts";
import { startReviews } from "../support/reviews-stand-in.ts";
import { MODULES, openGate, problemsOf, refusal, type TestGate } from "./open-gate.ts";

const PUBLIC = "https://hub.example.com";
const NOW = Date.parse("2026-11-25T12:00:00Z");

let issuer: OidcIssuer;
let opened: TestGate;

beforeEach(async () => {
  issuer = await startIssuer(() => opened.clock.at);
  opened = await open();
});
afterEach(async () => {
  await Promise.all([opened[Symbol.asyncDispose](), issuer.close()]);
});

const open = (env: Record<string, string> = {}, files: Record<string, string> = {}) =>
  openGate({ AUTH_MODE: "oidc", OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: "ops-hub", ...env }, files, {
    publicUrl: () => PUBLIC,
  });
const admit = (token: string) => opened.gate.admit(`Bearer ${token}`);
const seconds = (offset: number) => Math.floor(opened.clock.at / 1_000) + offset;
const down: OidcIssuer["mishap"] = (request) => {
  request.socket.destroy();
  return true;
};

describe("a token of the issuer", () => {
  it("is its subject, with its groups", async () => {
    const caller = await admit(await issuer.token({ groups: ["dev", 7, "ops"] }));
    expect(caller).toMatchObject({ id: "oidc:alice", name: "alice", groups: ["dev", "ops"], rights: { key: "" } });
  });

  it("is looked at once, and the same object again", async () => {
    const token = await issuer.token();
    expect(await admit(token)).toBe(await admit(token));
    expect(issuer.requests).toEqual(["/.well-known/openid-configuration", "/keys"]);
  });

  it.each(["RS256", "PS384", "ES512", "EdDSA"])("is good when it is signed with %s", async (alg) => {
    await issuer.rotate(alg);
    expect((await admit(await issuer.token())).name).toBe("alice");
  });

  it.each([
    ["no typ", {}, { typ: undefined }],
    ["the typ of access tokens", {}, { typ: "at+JWT" }],
    ["the whole media type", {}, { typ: "application/at+jwt" }],
    ["several audiences", { aud: ["x", "ops-hub"] }, {}],
    ["an expiry within the clock skew", { exp: NOW / 1_000 - 29 }, {}],
    ["a beginning within the clock skew", { nbf: NOW / 1_000 + 29 }, {}],
    ["no key name, of one key", {}, { kid: undefined }],
  ])("is good with %s", async (_what, claims, header) => {
    expect((await admit(await issuer.token(claims, header))).name).toBe("alice");
  });

  it("gives groups from the claim that is said, and from no other", async () => {
    await opened[Symbol.asyncDispose]();
    opened = await open(
      { OIDC_GROUPS_CLAIM: "roles", ACCESS_PATH: "{r.yaml}" },
      { "r.yaml": "rules: [{ group: ops, access: write }]" },
    );
    expect((await admit(await issuer.token({ roles: "ops" }))).rights.key).toBe("*:write");
    expect((await refusal(admit(await issuer.token({ groups: ["ops"] })))).status).toBe(403);
  });

  it("ends when it says, also for what is open and what was remembered", async () => {
    const token = await issuer.token({ exp: seconds(20) });
    const caller = await admit(token);
    opened.clock.at += 49_999;
    expect([await opened.gate.isStill(caller), await admit(token)]).toEqual([true, caller]);
    opened.clock.at += 1;
    expect(await opened.gate.isStill(caller)).toBe(false);
    expect((await refusal(admit(token))).message).toBe("the token has expired");
  });
});

describe("keys", () => {
  it("that rotate are asked for, once for all who bring the new one", async () => {
    await admit(await issuer.token());
    await issuer.rotate();
    opened.clock.at += 6_000;
    issuer.requests.length = 0;
    const tokens = await Promise.all(Array.from({ length: 10 }, (_, i) => issuer.token({ sub: `user-${i}` })));
    const callers = await Promise.all(tokens.map(admit));
    expect(callers.map(({ name }) => name)).toContain("user-9");
    expect(issuer.requests).toEqual(["/.well-known/openid-configuration", "/keys"]);
  });

  it("that are withdrawn are believed no longer than ten minutes", async () => {
    const old = await issuer.token({ exp: seconds(3_600) });
    await admit(old);
    await issuer.rotate();
    opened.clock.at += 600_000;
    expect((await refusal(admit(old))).status).toBe(401);
  });

  it("with made-up names cost the issuer no more than a request in five seconds", async () => {
    await admit(await issuer.token());
    opened.clock.at += 6_000;
    issuer.requests.length = 0;
    for (let i = 0; i < 20; i += 1) {
      expect((await refusal(admit(await issuer.token({}, { kid: `made-up-${i}` })))).status).toBe(401);
    }
    expect(issuer.requests).toHaveLength(2);
  });

  it("serve for an hour while the issuer is down", async () => {
    await admit(await issuer.token());
    issuer.mishap = down;
    opened.clock.at += 3_599_000;
    expect((await admit(await issuer.token())).name).toBe("alice");
    expect(String(opened.gate.health()["problems"])).toContain("the issuer at OIDC_ISSUER gives no keys");
    opened.clock.at += 1_000;
    expect((await refusal(admit(await issuer.token()))).status).toBe(503);
    issuer.mishap = undefined;
    opened.clock.at += 6_000;
    expect((await admit(await issuer.token())).name).toBe("alice");
    expect(opened.gate.health()).not.toHaveProperty("problems");
  });

  it("that cannot be had are no verdict on a token that names another one", async () => {
    await admit(await issuer.token());
    issuer.mishap = down;
    opened.clock.at += 6_000;
    expect((await refusal(admit(await issuer.token({}, { kid: "new" })))).status).toBe(503);
  });

  it.each([
    ["hangs up", down],
    ["says 500", answer(500, "{}")],
    ["says no JSON", answer(200, "<html>")],
    ["says nothing of use", answer(200, "{}")],
    ["says too much", answer(200, `{"pad":"${"x".repeat(600_000)}"}`)],
  ])("are not there when the issuer %s: 503, not 401", async (_what, mishap) => {
    issuer.mishap = mishap;
    const { status, headers } = await refusal(admit(await issuer.token()));
    expect({ status, headers }).toEqual({ status: 503, headers: { "retry-after": "5" } });
  });

  it("are asked for where OIDC_ISSUER says, whatever it says itself", async () => {
    issuer.mishap = (request, response) => {
      if (request.url === "/keys") return false;
      if (request.url === "/there") {
        response.end(JSON.stringify({ issuer: issuer.url, jwks_uri: `${issuer.url}/keys` }));
      } else response.writeHead(302, { location: "/there" }).end();
      return true;
    };
    expect((await refusal(admit(await issuer.token()))).status).toBe(503);
    expect(issuer.requests).toEqual(["/.well-known/openid-configuration"]);
  });

  it.each([
    ["another name", { issuer: "https://evil.example.com" }],
    ["keys on plain http of another machine", { jwks_uri: "http://evil.example.com/keys" }],
    ["keys in a file", { jwks_uri: "file:///etc/passwd" }],
  ])("are not taken when discovery says %s", async (_what, metadata) => {
    Object.assign(issuer.metadata, metadata);
    expect((await refusal(admit(await issuer.token()))).status).toBe(503);
    expect(String(opened.gate.health()["problems"])).not.toContain("evil");
  });
});

function answer(status: number, body: string): OidcIssuer["mishap"] {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(body);
    return true;
  };
}

const encode = (value: unknown): string => base64url.encode(JSON.stringify(value));
const claims = (more: object = {}) => ({
  iss: issuer.url,
  sub: "alice",
  aud: "ops-hub",
  exp: seconds(300),
  ...more,
});
const parts = async () => (await issuer.token()).split(".") as [string, string, string];

/** HMAC with the public key's own text, where a careless server takes it for a shared secret. */
async function confused(alg: "HS256" | "HS512", form: "spki" | "jwk"): Promise<string> {
  const secret = form === "spki" ? await exportSPKI(issuer.signer.publicKey) : JSON.stringify(issuer.signer.jwk);
  const signed = `${encode({ alg, kid: issuer.signer.kid, typ: "JWT" })}.${encode(claims())}`;
  return `${signed}.${createHmac(alg.replace("HS", "sha"), secret).update(signed).digest("base64url")}`;
}

const flip = (text: string): string => (text.startsWith("A") ? "B" : "A") + text.slice(1);

/** Each by the claim or header that is wrong with it. */
const HOSTILE: Record<string, () => Promise<string> | string> = {
  "alg none": () => new UnsecuredJWT(claims()).encode(),
  "alg None, in other letters": async () => `${encode({ alg: "nOnE" })}.${encode(claims())}.`,
  "alg none with a signature": async () => `${encode({ alg: "none" })}.${encode(claims())}.${(await parts())[2]}`,
  "no alg": async () => `${encode({ typ: "JWT" })}.${encode(claims())}.${(await parts())[2]}`,
  "no signature": async () => (await parts()).slice(0, 2).join(".") + ".",
  "HS256 over the public key as PEM": () => confused("HS256", "spki"),
  "HS512 over the public key as JWK": () => confused("HS512", "jwk"),
  "HS256 with an empty secret": () => {
    const signed = `${encode({ alg: "HS256" })}.${encode(claims())}`;
    return `${signed}.${createHmac("sha256", "").update(signed).digest("base64url")}`;
  },
  "another alg than the key's": async () => {
    const [, body, signature] = await parts();
    return `${encode({ alg: "RS256", kid: issuer.signer.kid })}.${body}.${signature}`;
  },
  "another alg of the same key kind": async () => {
    const signed = `${encode({ alg: "ES384", kid: issuer.signer.kid })}.${encode(claims())}`;
    const key = (await import("node:crypto")).KeyObject.from(issuer.signer.privateKey);
    return `${signed}.${createSign("sha384").update(signed).sign({ key, dsaEncoding: "ieee-p1363" }, "base64url")}`;
  },
  "a signature of zeros": async () => (await parts()).with(2, base64url.encode(new Uint8Array(64))).join("."),
  "a signature changed": async () => (await parts()).map((part, i) => (i === 2 ? flip(part) : part)).join("."),
  "a signature cut": async () => (await issuer.token()).slice(0, -4),
  "a subject changed": async () => (await parts()).with(1, encode(claims({ sub: "root" }))).join("."),
  "a key of somebody else under a name we know": async () => issuer.token({}, {}, await makeSigner(issuer.signer.kid)),
  "a key nobody knows": async () => issuer.token({}, {}, await makeSigner("stranger")),
  "its own key as jwk": async () => {
    const own = await makeSigner("own");
    return issuer.token({}, { jwk: own.jwk }, own);
  },
  "a jwk beside a good signature": async () => issuer.token({}, { jwk: issuer.signer.jwk }),
  "its own key by jku": async () => {
    const own = await makeSigner("own");
    return issuer.token({}, { jku: "https://evil.example.com/keys" }, own);
  },
  "a jku beside a good signature": () => issuer.token({}, { jku: `${issuer.url}/keys` }),
  "an x5u beside a good signature": () => issuer.token({}, { x5u: "https://evil.example.com/crt" }),
  "a crit we do not know": async () => {
    const token = new SignJWT(claims()).setProtectedHeader({ alg: "ES256", kid: "key-1", crit: ["exp"], exp: 1 });
    return token.sign(issuer.signer.privateKey, { crit: { exp: true } });
  },
  "an unencoded payload (b64 false)": async () =>
    `${encode({ alg: "ES256", kid: "key-1", b64: false, crit: ["b64"] })}.${(await parts()).slice(1).join(".")}`,
  "the typ of a logout token": () => issuer.token({}, { typ: "logout+jwt" }),
  "the typ of a proof": () => issuer.token({}, { typ: "dpop+jwt" }),
  "the typ of a secure event": () => issuer.token({}, { typ: "secevent+jwt" }),
  "another audience": () => issuer.token({ aud: "grafana" }),
  "other audiences": () => issuer.token({ aud: ["grafana", "ops-hub2", "OPS-HUB"] }),
  "no audience": () => issuer.token({ aud: undefined }),
  "an empty audience": () => issuer.token({ aud: [] }),
  "another issuer": () => issuer.token({ iss: "https://evil.example.com" }),
  "the issuer with a slash": () => issuer.token({ iss: `${issuer.url}/` }),
  "no issuer": () => issuer.token({ iss: undefined }),
  "a list of issuers": () => issuer.token({ iss: [issuer.url] }),
  "expired by the skew": () => issuer.token({ exp: seconds(-30) }),
  "expired long ago": () => issuer.token({ exp: 1 }),
  "no expiry": () => issuer.token({ exp: undefined }),
  "an expiry in words": () => issuer.token({ exp: "2999-01-01" }),
  "an expiry of null": () => issuer.token({ exp: null }),
  "not valid yet": () => issuer.token({ nbf: seconds(31) }),
  "a beginning in words": () => issuer.token({ nbf: "yesterday" }),
  "no subject": () => issuer.token({ sub: undefined }),
  "an empty subject": () => issuer.token({ sub: "" }),
  "a subject that is a number": () => issuer.token({ sub: 7 }),
  "a subject without end": () => issuer.token({ sub: "a".repeat(300) }),
  "a subject with a line break": () => issuer.token({ sub: "alice\nroot" }),
  "a payload that is no object": async () => (await parts()).with(1, encode([1])).join("."),
  "a payload that is no JSON": async () => (await parts()).with(1, base64url.encode("x")).join("."),
  "two parts": async () => (await parts()).slice(0, 2).join("."),
  "five parts, as an encrypted token": async () => `${await issuer.token()}.e30.e30`,
  "no JWT at all": () => "not-a-jwt",
  padding: async () => `${await issuer.token()}==`,
  "deep JSON": () => `${encode({ alg: "ES256" })}.${base64url.encode("[".repeat(5_000))}.e30`,
};

/** Where the words matter: they are for the person whose token it is. */
const TOLD: Record<string, RegExp> = {
  "HS256 over the public key as PEM": /algorithm is not allowed/,
  "alg none with a signature": /algorithm is not allowed/,
  "a signature changed": /signature is wrong/,
  "a key nobody knows": /a key the issuer does not have/,
  "another audience": /for another audience/,
  "expired by the skew": /has expired/,
  "no expiry": /has no expiry/,
  "no subject": /names no subject/,
  "not valid yet": /not valid yet/,
  "the typ of a logout token": /no access token/,
};

describe("no caller", () => {
  it.each(Object.keys(TOLD))("is who brings %s, and is told so", async (what) => {
    const token = (await HOSTILE[what]?.()) ?? "";
    expect((await refusal(admit(token))).message).toMatch(TOLD[what] ?? /^$/);
  });

  it.each(Object.keys(HOSTILE))("is who brings %s", async (what) => {
    const token = (await HOSTILE[what]?.()) ?? "";
    const { status, code, headers, message } = await refusal(admit(token));
    expect({ status, code }).toEqual({ status: 401, code: "invalid_token" });
    expect(headers["www-authenticate"]).toBe(
      `Bearer error="invalid_token", error_description="${message}", resource_metadata="${PUBLIC}/.well-known/oauth-protected-resource"`,
    );
    expect(message).not.toMatch(/alice|root|evil|ops-hub|grafana/);
    expect(message).not.toContain(token.slice(0, 12));
  });

  it("is who comes without a token: the challenge says where to get one", async () => {
    const { status, headers } = await refusal(opened.gate.admit(undefined));
    const challenge = `Bearer resource_metadata="${PUBLIC}/.well-known/oauth-protected-resource"`;
    expect({ status, headers }).toEqual({ status: 401, headers: { "www-authenticate": challenge } });
  });

  it("is one whose group claim is of another shape: they are in no group", async () => {
    expect((await admit(await issuer.token({ groups: { ops: true } }))).groups).toEqual([]);
  });

  it("is who signs with a shared key that the issuer published by mistake", async () => {
    issuer.keys.push({
      kty: "oct",
      kid: "shared",
      k: base64url.encode("0123456789abcdef0123456789abcdef"),
      alg: "HS256",
    });
    const signed = new SignJWT(claims()).setProtectedHeader({ alg: "HS256", kid: "shared" });
    const token = await signed.sign(Buffer.from("0123456789abcdef0123456789abcdef"));
    expect((await refusal(admit(token))).status).toBe(401);
    expect((await admit(await issuer.token())).name).toBe("alice");
  });
});

describe("beside other modes", () => {
  it("a token of the issuer is never shown to the cluster, and others are", async () => {
    const api = await startReviews();
    api.accounts.set("k8s-token", { username: "system:serviceaccount:ci:bot" });
    await opened[Symbol.asyncDispose]();
    opened = await open({ AUTH_MODE: "active,oidc,token", OPENSHIFT_API_URL: api.url, AUTH_TOKEN: "t".repeat(20) });
    expect((await admit(await issuer.token())).id).toBe("oidc:alice");
    expect((await refusal(admit(await issuer.token({ exp: 1 })))).status).toBe(401);
    expect((await admit("t".repeat(20))).name).toBe("default");
    expect(api.requests).toEqual([]);
    expect((await admit("k8s-token")).id).toBe("kubernetes:system:serviceaccount:ci:bot");
    issuer.mishap = down;
    opened.clock.at += 3_600_000;
    expect((await refusal(admit(await issuer.token()))).status).toBe(503);
    expect((await admit("t".repeat(20))).name).toBe("default");
    await api.close();
  });
});

describe("metadata", () => {
  it("stands at the root and behind each endpoint's path", async () => {
    const { metadata } = opened.gate;
    if (metadata === undefined) throw new Error("no metadata");
    const app = Fastify();
    addMetadataRoutes(app, { path: metadata.path, document: () => metadata.document(), modules: MODULES });
    const document = {
      resource: PUBLIC,
      authorization_servers: [issuer.url],
      bearer_methods_supported: ["header"],
      resource_name: "ops-hub",
    };
    for (const suffix of ["", "/mcp", "/mcp/gitea", "/sse", "/mcp/gitea/sse"]) {
      const reply = await app.inject(`/.well-known/oauth-protected-resource${suffix}`);
      expect([reply.statusCode, reply.json()], suffix).toEqual([200, document]);
    }
    for (const path of ["oauth-protected-resource/mcp/nope", "oauth-authorization-server", "openid-configuration"]) {
      expect((await app.inject(`/.well-known/${path}`)).statusCode, path).toBe(404);
    }
    await app.close();
  });

  it.each(["none", "token", "active"])("is not there in mode %s", async (mode) => {
    const env = { AUTH_MODE: mode, AUTH_TOKEN: "t".repeat(20), OPENSHIFT_API_URL: "https://api.example.com" };
    await using other = await openGate(env, {}, { publicUrl: () => PUBLIC });
    expect(other.gate.metadata).toBeUndefined();
  });

  it("takes the place where the hub listens, once it does", async () => {
    let url: string | undefined;
    const env = { AUTH_MODE: "oidc", OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: "x" };
    await using other = await openGate(env, {}, { publicUrl: () => url });
    expect((await refusal(other.gate.admit(undefined))).headers).toEqual({ "www-authenticate": "Bearer" });
    url = "http://127.0.0.1:8000/";
    expect(other.gate.metadata?.url()).toBe("http://127.0.0.1:8000/.well-known/oauth-protected-resource");
  });
});

describe("settings", () => {
  it.each([
    ["no issuer and no audience", {}, [/^AUTH_MODE=oidc needs OIDC_ISSUER$/, /^AUTH_MODE=oidc needs OIDC_AUDIENCE/]],
    ["http elsewhere", { OIDC_ISSUER: "http://id.example.com" }, [/^OIDC_ISSUER must begin with https/]],
    ["no URL", { OIDC_ISSUER: "id.example.com" }, [/^OIDC_ISSUER must be an http or https URL/]],
    ["a skew of an hour", { OIDC_CLOCK_SKEW_SECONDS: "3600" }, [/^OIDC_CLOCK_SKEW_SECONDS must be at most 300/]],
  ] as [string, Record<string, string>, RegExp[]][])("that do not fit are told: %s", async (_what, env, expected) => {
    const found = await problemsOf({ AUTH_MODE: "oidc", ...env });
    expect(found).toEqual(expected.map((one) => expect.stringMatching(one)));
  });

  it("need no audience where PUBLIC_URL is one, with or without its slash", async () => {
    await opened[Symbol.asyncDispose]();
    opened = await open({ OIDC_AUDIENCE: "" });
    for (const aud of [PUBLIC, `${PUBLIC}/`]) expect((await admit(await issuer.token({ aud }))).name).toBe("alice");
    expect((await refusal(admit(await issuer.token({ aud: `${PUBLIC}/x` })))).status).toBe(401);
  });
});
