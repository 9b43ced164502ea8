// What the tests run inside the image: a program that looks for places to write, and one that release-ops keeps warm.

/** The uppermost folders that this user may write to; what the kernel offers is none. */
export const WRITABLE = `const fs = require("node:fs");
const isWritable = (path) => { try { fs.accessSync(path, fs.constants.W_OK); return true } catch { return false } };
const open = [];
const walk = (path) => {
  if (["/proc", "/sys", "/dev"].includes(path)) return;
  if (isWritable(path)) return void open.push(path);
  let entries = [];
  try { entries = fs.readdirSync(path, { withFileTypes: true }) } catch {}
  for (const entry of entries) if (entry.isDirectory()) walk((path === "/" ? "" : path) + "/" + entry.name);
};
walk("/");
console.log(JSON.stringify(open.sort()))`;

/** Values of the chart. What a zygote forks has been imported by its parent; what is spawned imports it itself. */
export const PYTHON = {
  files: {
    "shop.py": `import os
ME = os.getpid()
def main():
    print("imported by " + ("me" if os.getpid() == ME else "another"))
`,
    "tools.yaml": `version: 1
env_sets: { base: { pass: [PATH, PYTHONPATH] } }
programs:
  shop: { exec: python3, prefix: [-m, shop], env: [base], runner: zygote, zygote: { python: python3, entry: "shop:main" } }
tools:
  shop_state: { description: The state of the shop., program: shop, argv: [], risk: read }
`,
  },
  releaseOps: { catalog: "/etc/ops-hub/files/tools.yaml" },
  extraEnv: [{ name: "PYTHONPATH", value: "/etc/ops-hub/files" }],
};
