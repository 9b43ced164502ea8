// A datasource's certificates: PEM texts inside the file, as in Grafana, or through $__file{}.
import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { Secret } from "../../../core/secret.ts";
import type { TlsOptions } from "../datasource.ts";
import { BadEntry, type Fields } from "./fields.ts";

/**
 * Reads and tries the certificates. As in Grafana, PEM texts count only when tlsAuth or tlsAuthWithCACert is true.
 * @throws BadEntry when one that is asked for is missing or unreadable: to go on without it would trust or be a stranger
 */
export function readTls(fields: Fields, warn: (problem: string) => void): TlsOptions {
  const wantsCa = fields.flag("jsonData.tlsAuthWithCACert");
  const wantsClient = fields.flag("jsonData.tlsAuth");
  const skipVerify = fields.flag("jsonData.tlsSkipVerify");
  const serverName = fields.text("jsonData.serverName")?.trim();
  if (skipVerify) warn("certificates are not verified (tlsSkipVerify); anyone in between can read its credentials");
  if (!wantsCa && fields.text("secureJsonData.tlsCACert") !== undefined) {
    warn("secureJsonData.tlsCACert is not used, since jsonData.tlsAuthWithCACert is not true");
  }
  if (!wantsClient && fields.text("secureJsonData.tlsClientCert") !== undefined) {
    warn("secureJsonData.tlsClientCert is not used, since jsonData.tlsAuth is not true");
  }
  const ca = wantsCa ? needed(fields, "tlsAuthWithCACert", "tlsCACert") : undefined;
  const client = wantsClient
    ? { cert: needed(fields, "tlsAuth", "tlsClientCert"), key: needed(fields, "tlsAuth", "tlsClientKey") }
    : undefined;
  tryOut("tlsCACert", () => ca && new X509Certificate(ca)); // a secure context takes any text for a CA
  tryOut("tlsClientCert or tlsClientKey", () => client && createSecureContext(client));
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(client === undefined ? {} : { cert: client.cert, key: new Secret(client.key) }),
    ...(serverName === undefined ? {} : { serverName }),
    skipVerify,
  };
}

function needed(fields: Fields, flag: string, member: string): string {
  const text = fields.text(`secureJsonData.${member}`);
  if (text === undefined) throw new BadEntry(`jsonData.${flag} is true and secureJsonData.${member} has no value`);
  return text;
}

/** OpenSSL's own words help nobody, and may repeat the text. */
function tryOut(member: string, read: () => unknown): void {
  try {
    read();
  } catch (error) {
    throw new BadEntry(`secureJsonData.${member} is no usable PEM text`, { cause: error });
  }
}
