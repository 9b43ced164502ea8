#!/usr/bin/env node
// The installed command: says which Node it needs before anything is loaded that an older one cannot read, and is then
// main.ts. Every Node must understand this file, so it imports nothing above that check.
const NEEDED = "24.12"; // as in package.json, "engines"

const { node } = process.versions;
if (node.localeCompare(NEEDED, "en", { numeric: true }) < 0) {
  process.stderr.write(`ops-hub needs Node ${NEEDED} or newer; this is ${node} (${process.execPath})\n`);
  process.exitCode = 1;
} else {
  await import("./main.ts");
}
