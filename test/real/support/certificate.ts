// Certificates for TLS tests, made by openssl on the spot: an authority, a server for 127.0.0.1 and localhost, a client.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

export interface Certificates {
  /** Paths of PEM files. */
  ca: string;
  server: { cert: string; key: string };
  client: { cert: string; key: string };
}

/** Writes all files into the directory; they are valid for one day. */
export async function makeCertificates(directory: string): Promise<Certificates> {
  const openssl = (...args: string[]) => promisify(execFile)("openssl", args, { cwd: directory });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await openssl(
    "req",
    "-x509",
    ...newKey,
    "-keyout",
    "ca.key",
    "-out",
    "ca.crt",
    "-days",
    "1",
    "-subj",
    "/CN=ops-hub test CA",
  );
  const issue = async (name: string, extensions: string) => {
    await writeFile(join(directory, `${name}.ext`), extensions);
    await openssl(
      "req",
      ...newKey,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.csr`,
      "-subj",
      `/CN=ops-hub test ${name}`,
    );
    const signer = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1"];
    await openssl("x509", "-req", "-in", `${name}.csr`, ...signer, "-extfile", `${name}.ext`, "-out", `${name}.crt`);
    return { cert: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) };
  };
  return {
    ca: join(directory, "ca.crt"),
    server: await issue("server", "subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n"),
    client: await issue("client", "extendedKeyUsage=clientAuth\n"),
  };
}
