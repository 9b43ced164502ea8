// One upstream per datasource: opened at its first request, dropped when the datasource is another one after a reload.
import { LRUCache } from "lru-cache";
import { createUpstream, type Upstream } from "../../../core/upstream.ts";
import type { Watch } from "../../../core/watch.ts";
import type { Datasource } from "../datasource.ts";

export interface Connection {
  readonly datasource: Datasource;
  readonly upstream: Upstream;
  /** Learned from 405 or 501. */
  refusesPost: boolean;
  /** Requests under way. */
  users: number;
}

export interface ConnectionOptions {
  readonly maxResponseBytes: number;
  readonly connectTimeoutMs: number | undefined;
  readonly watch: Watch | undefined;
}

const MAX_DATASOURCES = 256;

export class Connections {
  readonly #options: ConnectionOptions;
  /** Replaced, but with requests under way. */
  readonly #retired = new Set<Connection>();
  readonly #byName: LRUCache<string, Connection>;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#byName = new LRUCache({ max: MAX_DATASOURCES, dispose: (connection) => this.#retire(connection) });
  }

  async use<T>(datasource: Datasource, work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = this.#connect(datasource);
    connection.users += 1;
    try {
      return await work(connection);
    } finally {
      connection.users -= 1;
      if (connection.users === 0 && this.#retired.delete(connection)) void connection.upstream.close();
    }
  }

  async close(): Promise<void> {
    this.#byName.clear();
    await Promise.all([...this.#retired].map(({ upstream }) => upstream.close()));
  }

  #connect(datasource: Datasource): Connection {
    const known = this.#byName.get(datasource.name);
    if (known?.datasource === datasource) return known;
    const fresh: Connection = { datasource, upstream: this.#open(datasource), refusesPost: false, users: 0 };
    this.#byName.set(datasource.name, fresh);
    return fresh;
  }

  #open({ url, headers, tls }: Datasource): Upstream {
    const { maxResponseBytes, connectTimeoutMs, watch } = this.#options;
    return createUpstream({
      baseUrl: url,
      headers: () => headers,
      tls,
      maxResponseBytes,
      timeoutMs: 0, // every request brings its own
      watch,
      ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
    });
  }

  #retire(connection: Connection): void {
    if (connection.users > 0) this.#retired.add(connection);
    else void connection.upstream.close();
  }
}
