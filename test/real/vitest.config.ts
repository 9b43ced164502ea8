import { defineConfig } from "vitest/config";

// The tests against real servers (test/real/setup.sh installs them). One Prometheus with everything in it serves all files,
// one file at a time: its address comes through inject("ground").
export default defineConfig({
  test: {
    include: ["test/real/**/*.test.ts"],
    globalSetup: ["test/real/support/global-setup.ts"],
    fileParallelism: false,
    retry: 1, // real servers have bad moments; what fails twice is red
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    pool: "forks",
  },
});
