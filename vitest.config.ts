import { defineConfig } from "vitest/config";

// `npm test` needs nothing but Node; test/real needs the servers that test/real/setup.sh installs (npm run test:real).
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/real/**", "node_modules/**"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: "100%", // by default one processor is left idle: on two, half of the machine
  },
});
