// Starts Debian's own PostgreSQL for one test file: a cluster of its own on a free loopback port, with a password and TLS, gone
// without a trace at close(). The server refuses to run as root, so root starts it as the user that the package made.
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { chmod, chown, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { makeCertificates } from "./certificate.ts";
import { startChild, type Child } from "./child.ts";
import { until } from "./wait.ts";

export interface RunningPostgres {
  /** Of a database on this server: scheme, user, password, address. */
  url(database: string, password?: string): string;
  /** PEM file of the authority that signed the server's certificate. */
  ca: string;
  /** As the superuser, in the database "postgres" unless another is named. */
  sql(text: string, database?: string): Promise<Record<string, unknown>[]>;
  /** A new, empty database. */
  newDatabase(): Promise<string>;
  restart(): Promise<void>;
  close(): Promise<void>;
}

const PASSWORD = "pa:ss/w@rd";
const VERSIONS = "/usr/lib/postgresql";

export async function startPostgres(): Promise<RunningPostgres> {
  const directory = await mkdtemp(join(tmpdir(), "ops-hub-postgres-"));
  const removing = { recursive: true, force: true, maxRetries: 3 };
  const removeAtExit = () => rmSync(directory, removing);
  process.once("exit", removeAtExit);
  let child: Child | undefined;
  const close = async () => {
    await child?.end();
    process.off("exit", removeAtExit);
    await rm(directory, removing);
  };
  try {
    const bin = await programs();
    const user = await serverUser();
    const data = join(directory, "data");
    const { ca, server } = await makeCertificates(directory);
    await writeFile(join(directory, "password"), PASSWORD);
    if (user !== undefined) await giveTo(directory, user);
    await chmod(server.key, 0o600);
    const as = (program: string, args: string[]): [string, string[]] =>
      user === undefined
        ? [join(bin, program), args]
        : ["setpriv", [`--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups", join(bin, program), ...args]];
    await promisify(execFile)(
      ...as("initdb", [
        "-D",
        data,
        "-U",
        "hub",
        "-A",
        "scram-sha-256",
        "--pwfile",
        join(directory, "password"),
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
      ]),
      { cwd: directory },
    );
    const port = await freePort();
    const settings = {
      listen_addresses: "127.0.0.1",
      port: String(port),
      unix_socket_directories: directory,
      ssl: "on",
      ssl_cert_file: server.cert,
      ssl_key_file: server.key,
      max_connections: "60",
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const url = (database: string, password = PASSWORD) =>
      `postgres://hub:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
    const sql = async (text: string, database = "postgres") => {
      const client = new Client({ connectionString: url(database) });
      await client.connect();
      try {
        return (await client.query<Record<string, unknown>>(text)).rows;
      } finally {
        await client.end();
      }
    };
    const start = async () => {
      const started = await startChild(...as("postgres", ["-D", data, ...args]));
      child = started;
      await until(`PostgreSQL that answers\n${started.lastWords()}`, 30_000, () => sql("select 1"));
    };
    await start();
    let databases = 0;
    return {
      url,
      ca,
      sql,
      async newDatabase() {
        const name = `hub_${++databases}`;
        await sql(`create database ${name}`);
        return name;
      },
      async restart() {
        await child?.end();
        await start();
      },
      close,
    };
  } catch (cause) {
    await close();
    throw cause;
  }
}

/** Debian keeps them out of the PATH, one folder for each version. */
async function programs(): Promise<string> {
  const versions = await readdir(VERSIONS).catch(() => []);
  const newest = versions.toSorted((a, b) => Number(b) - Number(a))[0];
  if (newest === undefined) throw new Error("no PostgreSQL: run bash test/real/setup.sh");
  return join(VERSIONS, newest, "bin");
}

interface User {
  uid: number;
  gid: number;
}

async function serverUser(): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (flag: string) => Number((await promisify(execFile)("id", [flag, "postgres"])).stdout);
  return { uid: await id("-u"), gid: await id("-g") };
}

async function giveTo(directory: string, { uid, gid }: User): Promise<void> {
  for (const name of await readdir(directory)) await chown(join(directory, name), uid, gid);
  await chown(directory, uid, gid);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
