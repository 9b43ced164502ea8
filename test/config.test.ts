import { describe, expect, it } from "vitest";
import { z } from "zod";
import { readConfig } from "../src/config.ts";
import { ConfigError } from "../src/core/config-error.ts";
import { defineModule } from "../src/core/module.ts";
import { secretSetting, setting } from "../src/core/settings.ts";

const module = defineModule({
  name: "demo",
  title: "Demo",
  instructions: "",
  settings: {
    url: setting("DEMO_URL", z.url("must be a URL").optional(), "Where the demo is"),
    key: secretSetting("DEMO_KEY", "Its key"),
  },
  off: ({ url }) => (url === undefined ? "DEMO_URL" : undefined),
  start: () => ({ tools: [], check: async () => ({ ok: true, message: "" }) }),
});

const problemsOf = async (env: Record<string, string>): Promise<readonly string[]> => {
  const error: unknown = await readConfig(env, [module]).catch((thrown: unknown) => thrown);
  return error instanceof ConfigError ? error.problems : [];
};

describe("readConfig", () => {
  it("starts on loopback with nothing set", async () => {
    const { hub, modules } = await readConfig({}, [module]);
    expect(hub).toMatchObject({
      host: "127.0.0.1",
      port: 8000,
      metricsPort: 8080,
      maxOutputBytes: 24_576,
      logLevel: "info",
    });
    expect(modules[0]?.off).toBe("DEMO_URL");
  });

  it("treats an empty variable as unset", async () => {
    expect((await readConfig({ PORT: "", LOG_LEVEL: "" }, [module])).hub).toMatchObject({
      port: 8000,
      logLevel: "info",
    });
  });

  it("tells every problem at once, module sections included", async () => {
    const problems = await problemsOf({
      PORT: "eighty",
      DRAIN_SECONDS: "99999",
      LOG_LEVEL: "loud",
      DEMO_URL: "nowhere",
    });
    expect(problems).toEqual([
      "PORT must be a whole number",
      "LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent",
      "DRAIN_SECONDS must be at most 3600 seconds",
      "DEMO_URL must be a URL",
    ]);
  });

  it("refuses an open address without AUTH_MODE, and takes it with AUTH_MODE=none", async () => {
    for (const host of ["0.0.0.0", "::", "10.1.2.3", "hub.example.com"]) {
      expect((await problemsOf({ HOST: host }))[0], host).toContain("AUTH_MODE is not set");
    }
    expect(await problemsOf({ HOST: "0.0.0.0", AUTH_MODE: "none" })).toEqual([]);
    for (const host of ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
      expect(await problemsOf({ HOST: host })).toEqual([]);
  });

  it("names modules and origins that do not exist", async () => {
    expect(await problemsOf({ MODULES: "x", ALLOW_WRITES: "all,y", ALLOWED_ORIGINS: "https://a.example/b" })).toEqual([
      'MODULES names "x", which is none of demo',
      'ALLOW_WRITES names "y", which is none of all, demo',
      'ALLOWED_ORIGINS has "https://a.example/b", which is no origin such as https://console.example.com',
    ]);
  });

  it("refuses one port for two servers", async () => {
    expect(await problemsOf({ PORT: "9000", HEALTH_METRICS_PORT: "9000" })).toEqual([
      "PORT and HEALTH_METRICS_PORT are both 9000",
    ]);
  });

  it("understands the seeds' level names in any case", async () => {
    expect((await readConfig({ LOG_LEVEL: "WARNING" }, [module])).hub.logLevel).toBe("warn");
    expect((await readConfig({ LOG_LEVEL: "Info" }, [module])).hub.logLevel).toBe("info");
  });

  it("switches a module off that MODULES does not name", async () => {
    const other = { ...module, name: "other" };
    const { modules } = await readConfig({ MODULES: "other", DEMO_URL: "http://demo" }, [module, other]);
    expect(modules.map(({ off }) => off)).toEqual(["MODULES", undefined]);
  });

  it("never shows a secret, and says which secret file cannot be read", async () => {
    const { modules } = await readConfig({ DEMO_KEY: "canary" }, [module]);
    expect(JSON.stringify(modules[0]?.settings)).not.toContain("canary");
    expect((await problemsOf({ DEMO_KEY_FILE: "/nowhere/key" }))[0]).toMatch(/^DEMO_KEY_FILE cannot be read: ENOENT/);
  });
});
