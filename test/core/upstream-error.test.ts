import { createServer, type AddressInfo } from "node:net";
import { Pool } from "undici";
import { describe, expect, it } from "vitest";
import { explainNetwork } from "../../src/core/upstream-error.ts";

const failed = (code: string): Error => Object.assign(new Error("connect 10.1.2.3:9090 user:pw"), { code });

describe("explainNetwork", () => {
  it("has words of its own for what networks do", () => {
    const lines = [
      "EAI_AGAIN",
      "EHOSTUNREACH",
      "UND_ERR_CONNECT_TIMEOUT",
      "CERT_HAS_EXPIRED",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
      "ERR_SSL_UNSUPPORTED_PROTOCOL",
      "HPE_INVALID_CONSTANT",
      "Z_DATA_ERROR",
    ].map((code) => {
      const error = explainNetwork(failed(code));
      return `${error?.reason} ${error?.facts.tls ?? "-"} ${error?.message}`;
    });
    expect(lines).toMatchInlineSnapshot(`
      [
        "dns - host not found (the name server does not answer)",
        "unreachable - host unreachable",
        "unreachable - no connection in time",
        "tls other TLS: certificate has expired",
        "tls authority TLS: self-signed certificate",
        "tls client-certificate TLS: the server wants a client certificate it trusts",
        "tls other TLS: ERR_SSL_UNSUPPORTED_PROTOCOL",
        "garbled - the reply is no valid HTTP",
        "garbled - the reply's compression is broken",
      ]
    `);
  });

  it("looks at the cause when the error itself has no code", () => {
    expect(explainNetwork(new TypeError("fetch failed", { cause: failed("ENOTFOUND") }))?.reason).toBe("dns");
  });

  it.each(["SSH-2.0-OpenSSH\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"])(
    "knows an answer that is no HTTP: %j",
    async (answer) => {
      const server = createServer((socket) => void socket.resume().end(answer));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      const pool = new Pool(`http://127.0.0.1:${port}`);
      const error = await pool.request({ path: "/", method: "GET" }).catch((thrown: unknown) => thrown);
      await pool.destroy();
      await new Promise((resolve) => server.close(resolve));
      expect(explainNetwork(error)).toMatchObject({ reason: "garbled", message: "the reply is no valid HTTP" });
    },
  );

  it("leaves alone what is no failure of a network", () => {
    for (const error of [new TypeError("x is not a function"), failed("ERR_INVALID_ARG_TYPE"), "text", undefined]) {
      expect(explainNetwork(error)).toBeUndefined();
    }
  });
});
