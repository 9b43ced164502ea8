// Run by writer.ts: node writer-process.ts FILE PREFIX. Eight writers share the store; each line on stdout was committed.
import { writeSync } from "node:fs";
import { openSqliteStore } from "../../../src/agent/store/sqlite.ts";

const [path = "", prefix = ""] = process.argv.slice(2);
const store = await openSqliteStore({ path, clock: Date });
let count = 0;

async function write(): Promise<never> {
  for (;;) {
    const id = `${prefix}-${count++}`;
    const now = Date.now();
    const target = { namespace: "shop", podName: id, links: {}, metadata: {} };
    await store.accept({ id, key: id, target }, { now, sinceMs: 0 });
    await store.change(id, { state: "collected", cause: `cause of ${id}` }, { now, note: "collected" });
    writeSync(1, `${id}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, write));
