import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Secret } from "../../src/core/secret.ts";
import { createUpstream, UpstreamError, type UpstreamTls } from "../../src/core/upstream.ts";
import { startPrometheusMock, type PrometheusMock } from "../support/prometheus-mock.ts";

const pem = (name: string): Promise<string> => readFile(new URL(`../fixtures/tls/${name}`, import.meta.url), "utf8");

const [ca, cert, key, clientCert, clientKey] = await Promise.all(
  ["ca.crt", "server.crt", "server.key", "client.crt", "client.key"].map(pem),
);

let mock: PrometheusMock;
afterEach(() => mock.close());

/** The status, or why there is none. */
async function ask(tls: UpstreamTls, baseUrl = mock.url): Promise<unknown> {
  const upstream = createUpstream({ baseUrl, headers: () => [], tls, maxResponseBytes: 1000, timeoutMs: 20_000 });
  try {
    const { status } = await upstream.send({
      method: "GET",
      path: "api/v1/labels",
      signal: new AbortController().signal,
    });
    return status;
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    return { reason: error.reason, message: error.message, ...error.facts };
  } finally {
    await upstream.close();
  }
}

describe("a server with a certificate of a private authority", () => {
  beforeEach(async () => {
    mock = await startPrometheusMock({ tls: { cert, key } });
  });

  it("is refused, and the setting that would help is known", async () => {
    expect(await ask({ skipVerify: false })).toEqual({
      reason: "tls",
      message: "TLS: certificate signed by an unknown authority",
      tls: "authority",
    });
    expect(mock.requests).toEqual([]);
  });

  it("is trusted with the authority, or with its eyes shut", async () => {
    expect(await ask({ ca, skipVerify: false })).toBe(200);
    expect(await ask({ skipVerify: true })).toBe(200);
  });

  it("must be the one that is expected", async () => {
    expect(await ask({ ca, serverName: "localhost", skipVerify: false })).toBe(200);
    expect(await ask({ ca, serverName: "prometheus.example", skipVerify: false })).toEqual({
      reason: "tls",
      message: "TLS: the certificate is for another name",
      tls: "name",
    });
  });
});

describe("a server that wants a client certificate", () => {
  beforeEach(async () => {
    mock = await startPrometheusMock({ tls: { cert, key, ca, requestCert: true, rejectUnauthorized: true } });
  });

  it("gets it", async () => {
    expect(await ask({ ca, cert: clientCert, key: new Secret(clientKey ?? ""), skipVerify: false })).toBe(200);
  });

  it("refuses us without it", async () => {
    // Node just hangs up; OpenSSL's server sends an alert, but undici mostly sees the end of the connection first.
    expect(await ask({ ca, skipVerify: false })).toMatchObject({ reason: "reset" });
    expect(mock.requests).toEqual([]);
  });
});

describe("https to a server without TLS", () => {
  it("is called what it is", async () => {
    mock = await startPrometheusMock();
    expect(await ask({ skipVerify: false }, mock.url.replace("http:", "https:"))).toEqual({
      reason: "tls",
      message: "TLS: the server does not speak TLS on this port",
      tls: "other",
    });
  });
});
