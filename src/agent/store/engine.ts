// What the two drivers give to the statements of this folder: transactions, and the few words in which their SQL differs.

export type Row = Readonly<Record<string, unknown>>;
export type Value = string | number | Uint8Array | null | undefined;

/** One transaction. Parameters are written `?`, in order. */
export interface Tx {
  all(sql: string, ...values: Value[]): Promise<Row[]>;
}

export interface Engine {
  /**
   * Runs `work` in one transaction and resolves once that was committed; nothing of it stays when it throws. It may run again
   * after a deadlock, and other work waits for it: no I/O but the transaction's own belongs in it.
   */
  readonly run: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  /** One process alone has this store, so that leases end with the process that held them. */
  readonly isExclusive: boolean;
  /** Ends a SELECT whose rows are about to be changed. */
  readonly forUpdate: string;
  /** The same, but leaves out rows that another transaction has. */
  readonly skipLocked: string;
  /** Keeps others that name the same thing out until the end of the transaction. */
  lock(tx: Tx, name: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * As a column can hold it. PostgreSQL refuses NUL in text, and UTF-8 has no lone surrogates: both become U+FFFD in both drivers.
 * Text inside JSON columns keeps them, since JSON escapes them.
 */
export function storable(value: Value): string | number | Uint8Array | null {
  if (typeof value === "string") return value.replaceAll("\0", "\uFFFD").toWellFormed();
  return value ?? null;
}
