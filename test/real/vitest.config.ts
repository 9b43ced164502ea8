import { defineConfig } from "vitest/config";

// The tests against real servers (test/real/setup.sh installs them). One Prometheus with everything in it serves all files: its address
// comes through inject("ground"). One Prefect serves those that want it, one after the other: prefectGround().
export default defineConfig({
  test: {
    include: ["test/real/**/*.test.ts"],
    globalSetup: ["test/real/support/global-setup.ts"],
    maxWorkers: "100%", // mostly they wait for servers
    retry: 1, // real servers have bad moments; what fails twice is red
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    pool: "forks",
  },
});
