// README's steps for a virtual machine, followed on one, and a hub there with callers, a command line and a credential of its own.
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { modern } from "../../support/wire.ts";
import { bootMachine, type Machine } from "./systemd-machine.ts";
import { systemdText } from "./systemd-unit.ts";

export const TOKEN = "a-token-that-only-systemd-reads";

export const CATALOG = `version: 1
env_sets: { base: { pass: [PATH, HOME, KRB5CCNAME] } }
programs: { work: { exec: /opt/commands/work, env: [base] } }
tools:
  look_around: { description: Says what a command sees., program: work, argv: [look], risk: read }
  leave_checker: { description: Leaves a checker behind., program: work, argv: [leave], risk: read }
  find_checker: { description: Says which checker was left., program: work, argv: [find], risk: read }
  wait_for_go: { description: Ends when the file go is there., program: work, argv: [wait], risk: read }
`;

const COMMAND = `#!/bin/sh
case "$1" in
look)
  echo "$(id -un) at home in $HOME with $(cat "\${KRB5CCNAME#FILE:}")"
  for place in / /etc /usr /opt /var /run /run/lock /root /home; do
    if touch "$place/mark" 2>/dev/null; then echo "may write to $place"; fi
  done
  if cat /etc/ops-hub/credentials/auth-token 2>/dev/null; then echo "reads credentials"; fi
  if env | grep -i token; then echo "inherits settings"; fi
  touch /tmp/mark "$HOME/mark" && echo "may write to its own places"
  ;;
leave)
  setsid sh -c 'echo $$ >/tmp/checker; exec sleep 600' </dev/null >/dev/null 2>&1 &
  until [ -s /tmp/checker ]; do sleep 0.1; done
  ;;
find) cat /tmp/checker ;;
wait)
  touch "$HOME/waits"
  until [ -e "$HOME/go" ]; do sleep 0.1; done
  echo "ended by itself"
  ;;
esac
`;

export interface Installed {
  readonly machine: Machine;
  readonly url: string;
  readonly probes: string;
  /** What the tool's command printed, or how it failed. */
  call(tool: string): Promise<string>;
}

export async function installOnMachine(): Promise<Installed> {
  const [machine, port, metricsPort] = [await bootMachine(), await freePort(), await freePort()];
  try {
    await install(machine, { PORT: port, HEALTH_METRICS_PORT: metricsPort });
  } catch (error) {
    const { out } = await machine.run("journalctl", "-b", "-o", "cat", "--no-pager", "-n", "30");
    await machine.close();
    throw new Error(`README's steps lead nowhere; the journal ends with\n${out}`, { cause: error });
  }
  const url = `http://127.0.0.1:${port}/mcp`;
  return {
    machine,
    url,
    probes: `http://127.0.0.1:${metricsPort}`,
    async call(name) {
      const headers = { authorization: `Bearer ${TOKEN}` };
      const { text, json } = await modern(url, "tools/call", { name, arguments: {} }, { headers });
      const said = String(json.result?.["content"]?.[0]?.text ?? text);
      return said.replace("✓ Command succeeded\n", "").trim();
    },
  };
}

/** Everything of README's block but `npm ci`, which this clone has had; before systemd hears of it, our own settings. */
async function install(machine: Machine, ports: Record<string, number>): Promise<void> {
  const [steps, last] = await readmeSteps();
  for (const step of steps) await machine.must("sh", "-c", step);
  const env = { ...ports, AUTH_MODE: "token", RELEASE_OPS_CATALOG: "/etc/ops-hub/tools.yaml" };
  const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
  await machine.must("sh", "-c", `printf '%s' '${lines.join("")}' >>/etc/ops-hub/ops-hub.env`);
  const pair = (await systemdText("credentials.conf")).split("\n").filter((line) => line.includes("auth-token"));
  await machine.write("/etc/systemd/system/ops-hub.service.d/credentials.conf", `[Service]\n${pair.join("\n")}\n`);
  await machine.write("/etc/ops-hub/credentials/auth-token", TOKEN, "0600");
  await machine.write("/etc/ops-hub/tools.yaml", CATALOG);
  await machine.must("install", "-d", "-m", "1777", "/run/lock"); // as Debian has it: open to everybody
  await machine.write("/opt/commands/work", COMMAND, "0755");
  for (const step of last) await machine.must("sh", "-c", step);
}

/** Those before systemd hears of it, and those of systemctl. */
async function readmeSteps(): Promise<[string[], string[]]> {
  const readme = await readFile(new URL("../../../README.md", import.meta.url), "utf8");
  const block = /^## Install on a virtual machine$[^]*?^```sh\n([^]*?)^```$/m.exec(readme)?.[1] ?? "";
  const steps = block
    .trim()
    .split("\n")
    .map((line) => line.replace("npm ci && ", "").replace(/^sudo /, ""));
  const isLast = (step: string) => step.startsWith("systemctl ");
  return [steps.filter((step) => !isLast(step)), steps.filter(isLast)];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
