// Looks at the certificate that a datasource's server shows, valid or not. Sends nothing but the TLS greeting.
import { isIP } from "node:net";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { oneLine } from "../../../core/clip.ts";
import type { Datasource } from "../datasource.ts";

export interface Certificate {
  readonly protocol?: string;
  /** Does it pass the checks that the client makes? */
  readonly verified: boolean;
  /** OpenSSL's or Node's code, for example DEPTH_ZERO_SELF_SIGNED_CERT, when it does not. */
  readonly problem?: string;
  readonly subject?: string;
  readonly issuer?: string;
  /** RFC 3339, UTC. */
  readonly expires?: string;
}

/** Undefined for http. Resolves to `{ verified: false, problem }` when there is no handshake at all. */
export async function inspectCertificate(
  datasource: Datasource,
  signal: AbortSignal,
): Promise<Certificate | undefined> {
  const url = new URL(datasource.url);
  if (url.protocol !== "https:") return undefined;
  const { promise, resolve } = Promise.withResolvers<Certificate>();
  const socket = connect(connectionOptions(url, datasource));
  const stop = () => resolve({ verified: false, problem: "no answer" });
  signal.addEventListener("abort", stop, { once: true });
  socket.once("secureConnect", () => resolve(describe(socket)));
  socket.once("error", (error) =>
    resolve({ verified: false, problem: "code" in error ? String(error.code) : "no TLS" }),
  );
  if (signal.aborted) stop();
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", stop);
    socket.on("error", () => undefined); // a reset after the look is of no interest
    socket.destroy();
  }
}

function connectionOptions(url: URL, { tls }: Datasource): ConnectionOptions {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const servername = tls.serverName ?? (isIP(host) === 0 ? host : undefined);
  return {
    host,
    port: url.port === "" ? 443 : Number(url.port),
    rejectUnauthorized: false, // to see a bad one too; no request follows
    ...(servername === undefined ? {} : { servername }),
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert, key: tls.key?.reveal() }),
  };
}

function describe(socket: TLSSocket): Certificate {
  const shown = socket.getPeerX509Certificate();
  const problem = socket.authorized ? undefined : String(socket.authorizationError);
  return {
    protocol: socket.getProtocol() ?? "unknown",
    verified: socket.authorized,
    ...(problem === undefined ? {} : { problem: oneLine(problem, 200) }),
    ...(shown === undefined
      ? {}
      : {
          subject: oneLine(shown.subject, 200),
          issuer: oneLine(shown.issuer, 200),
          expires: shown.validToDate.toISOString(),
        }),
  };
}
