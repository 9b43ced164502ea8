// Two ends of one socket. A child that has one end as stdout and stderr writes both in the order it wrote them; two pipes
// would be read in whatever order the event loop finds them. Node itself uses a socket where it says "pipe".
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SocketPair {
  readonly child: Socket;
  readonly ours: Socket;
}

export interface SocketPairs {
  make(): Promise<SocketPair>;
  close(): Promise<void>;
}

interface Door {
  readonly server: Server;
  readonly folder: string;
  readonly path: string;
}

export function createSocketPairs(): SocketPairs {
  let door: Promise<Door> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const pair = async (): Promise<SocketPair> => {
    door ??= open();
    const { server, path } = await door;
    const accepted: Promise<Socket[]> = once(server, "connection");
    const child = connect(path);
    const [[ours]] = await Promise.all([accepted, once(child, "connect")]);
    if (ours === undefined) throw new Error("no connection");
    return { child, ours };
  };
  return {
    // One after the other, or two could be mixed up.
    make() {
      const made = last.then(pair);
      last = made.catch(() => {});
      return made;
    },
    async close() {
      await last;
      if (door === undefined) return;
      const { server, folder } = await door;
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Nobody else can look into the folder, so nobody else can connect. */
async function open(): Promise<Door> {
  const folder = await mkdtemp(join(tmpdir(), "ops-spawn-"));
  const path = join(folder, "s");
  const server = createServer();
  server.listen(path).unref();
  await once(server, "listening");
  return { server, folder, path };
}
