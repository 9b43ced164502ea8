// What tools print before anything fails: line `at` of a kind is always the same, and says nothing of a failure (but envoy and
// dockerd, which complain all day long).
import { createHash } from "node:crypto";

type Line = (at: number, pick: (range: number) => number) => string;

const PACKAGES = ["lodash", "semver", "undici", "chalk", "glob", "minimatch", "acorn", "postcss", "debug", "yargs"];
const clock = (at: number): string => new Date(Date.UTC(2026, 10, 24, 9, 30, 6) + at * 37).toISOString();
const hex = (at: number, length: number): string =>
  createHash("sha256").update(`noise ${at}`).digest("hex").slice(0, length);
const name = (pick: (range: number) => number): string => PACKAGES[pick(PACKAGES.length)] ?? "";

const KINDS: Readonly<Record<string, Line>> = {
  json: (at, pick) =>
    `{"level":"info","ts":"${clock(at)}","msg":"batch ${at} stored","rows":${pick(900)},"took_ms":${pick(80)}}`,
  http: (at, pick) => `INFO:     10.128.3.${pick(250)}:${30_000 + at} - "GET /items/${pick(9_000)} HTTP/1.1" 200 OK`,
  npm: (at, pick) =>
    `npm http fetch GET 200 https://npm.example.com/${name(pick)}/-/${name(pick)}-${pick(9)}.${at}.tgz ${pick(400)}ms (cache miss)`,
  slf4j: (at, pick) => `${clock(at)}  INFO 1 --- [main] c.e.shop.Boot : bean ${at} of type ${name(pick)} is ready`,
  envoy: (at, pick) =>
    `${clock(at)}	error	envoy config	StreamAggregatedResources gRPC config stream to xds-grpc closed: 14, connection error, attempt ${at}, retry in ${pick(9_000)}ms`,
  dockerd: (at, pick) =>
    `time="${clock(at)}" level=error msg="Handler for GET /v1.52/containers/${hex(at, 12)}/json returned error: No such container: ${hex(pick(40), 12)}"`,
  compose: (at, pick) => ` Container source-${name(pick)}-1  Waiting ${(at / 10).toFixed(1)}s`,
  pip: (at, pick) =>
    `  Downloading https://pypi.example.com/packages/${name(pick)}-${pick(9)}.${at}.0-py3-none-any.whl (${pick(900)} kB)`,
  go: (at, pick) => `go: downloading example.com/modules/${name(pick)} v1.${pick(40)}.${at}`,
  maven: (at, pick) => {
    const path = `com/example/${name(pick)}/${pick(9)}.${at}/${name(pick)}-${pick(9)}.${at}.jar`;
    return at % 2 === 0
      ? `[INFO] Downloading from central: https://maven.example.com/maven2/${path}`
      : `[INFO] Downloaded from central: https://maven.example.com/maven2/${path} (${pick(900)} kB at ${pick(9)}.1 MB/s)`;
  },
  buildah: (at, pick) =>
    `  Installing       : ${name(pick)}-libs-${pick(9)}.${at}-${pick(30)}.el9.x86_64   ${at + 1}/600`,
  vitest: (at, pick) => ` ✓ test/${name(pick)}-${at}.test.ts (${pick(40) + 1} tests) ${pick(300)}ms`,
  pytest: (at, pick) =>
    `tests/test_${name(pick)}_${at}.py ${".".repeat(pick(20) + 1)}   [${String(Math.min(99, at)).padStart(3)}%]`,
};

export function noise(kind: string, count: number): string[] {
  const line = KINDS[kind];
  if (line === undefined) throw new Error(`no noise of this kind: ${kind}`);
  let seed = 7;
  const pick = (range: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * range);
  };
  return Array.from({ length: count }, (_, at) => line(at, pick));
}

/** One line of a progress bar, as a terminal gets it: each state written over the one before. */
export const progress = (states: number): string =>
  Array.from({ length: states }, (_, at) => {
    const done = Math.round((at / states) * 40);
    return `\u001b[32m${"█".repeat(done)}${"░".repeat(40 - done)}\u001b[0m ${at}/${states} modules`;
  }).join("\r");
