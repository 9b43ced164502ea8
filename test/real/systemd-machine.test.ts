// README's "Install on a virtual machine" on a machine that runs systemd: how the hub starts, reloads, stops and comes back there.
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { modern, send } from "../support/wire.ts";
import { CATALOG, installOnMachine, TOKEN, type Installed } from "./support/systemd-steps.ts";
import { until } from "./support/wait.ts";

let hub: Installed;
let root: Installed["machine"];
beforeAll(async () => {
  hub = await installOnMachine();
  root = hub.machine;
}, 400_000);
afterAll(() => root?.close());
beforeEach(async () => {
  await root.must("systemctl", "reset-failed"); // and the count of starts, of which systemd takes five in 10 s
  await root.must("systemctl", "start", "ops-hub");
});

const show = async (property: string) => (await root.must("systemctl", "show", "-P", property, "ops-hub")).trim();
const journal = () => root.must("journalctl", "-u", "ops-hub", "-o", "cat", "--no-pager");
const ready = async () => (await send(`${hub.probes}/ready`, { method: "GET" })).status;

it("is ready when systemctl start has returned, as a user of its own", async () => {
  await root.must("systemctl", "restart", "ops-hub");
  expect(await ready()).toBe(200);
  expect(await show("ActiveState")).toBe("active");
  expect(await root.must("stat", "-c", "%U", `/proc/${await show("MainPID")}`)).toBe("ops-hub\n");
});

it("knows its callers by a credential that only systemd can read, and that is in no environment", async () => {
  const list = async (headers: Record<string, string>) => (await modern(hub.url, "tools/list", {}, { headers })).status;
  expect(await list({})).toBe(401);
  expect(await list({ authorization: `Bearer ${TOKEN}` })).toBe(200);
  const environment = await root.must("cat", `/proc/${await show("MainPID")}/environ`);
  expect(environment).toContain("AUTH_TOKEN_FILE=/run/credentials/ops-hub.service/auth-token");
  expect(environment).not.toContain(TOKEN);
});

it("lets a command write to its own places alone, and gives it the Kerberos cache that was filled outside", async () => {
  await root.must("runuser", "-u", "ops-hub", "--", "sh", "-c", "echo a ticket >/run/ops-hub/krb5cc");
  await root.must("systemctl", "restart", "ops-hub");
  expect(await hub.call("look_around")).toBe(
    "ops-hub at home in /var/lib/ops-hub with a ticket\nmay write to its own places",
  );
});

it("reads the catalogue again on systemctl reload", async () => {
  await root.write("/etc/ops-hub/tools.yaml", CATALOG.replace("look_around", "look_about"));
  await root.must("systemctl", "reload", "ops-hub");
  const answer = await until("the new tool", 20_000, async () => {
    const text = await hub.call("look_about");
    return text.includes("at home") ? text : undefined;
  });
  expect(answer).toContain("may write to its own places");
  await root.write("/etc/ops-hub/tools.yaml", CATALOG);
  await root.must("systemctl", "restart", "ops-hub");
});

it("lets a call end before it stops, and what left for a session of its own goes on, with its files", async () => {
  await hub.call("leave_checker");
  const checker = await hub.call("find_checker");
  const call = hub.call("wait_for_go");
  await until("the call to run", 20_000, async () => root.must("cat", "/var/lib/ops-hub/waits").then(() => true));
  await root.must("systemctl", "stop", "--no-block", "ops-hub");
  await until("the hub to refuse new calls", 20_000, async () => ((await ready()) === 503 ? true : undefined));
  await root.must("touch", "/var/lib/ops-hub/go");
  expect(await call).toContain("ended by itself");
  await root.must("systemctl", "stop", "ops-hub");
  expect([await show("ActiveState"), await show("Result")]).toEqual(["inactive", "success"]);
  await root.must("kill", "-0", checker);
  await root.must("systemctl", "start", "ops-hub");
  expect(await hub.call("find_checker")).toBe(checker);
  await root.must("kill", checker);
});

it("comes back after it was killed", async () => {
  const pid = await show("MainPID");
  await root.must("kill", "-KILL", pid);
  await until("another hub", 40_000, async () =>
    (await show("MainPID")) === pid ? undefined : (await ready()) === 200,
  );
  expect(await show("NRestarts")).toBe("1");
});

it("says at once what is wrong with bad settings, and does not try again", async () => {
  await root.must("sh", "-c", "echo PORT=eighty >>/etc/ops-hub/ops-hub.env");
  const { code } = await root.run("systemctl", "restart", "ops-hub");
  expect(code).toBe(1);
  expect([await show("ActiveState"), await show("ExecMainStatus"), await show("NRestarts")]).toEqual([
    "failed",
    "2",
    "0",
  ]);
  expect(await journal()).toContain("PORT must be a whole number");
  await root.must("sed", "-i", "/eighty/d", "/etc/ops-hub/ops-hub.env");
});
