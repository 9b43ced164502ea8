// What the logs of tools say: real words of npm, pip, go, maven, buildah, git and the rest, each with the cause that it has to give.
import { describe, expect, it } from "vitest";
import type { Category } from "../../../src/agent/analysis.ts";
import { classify } from "../../../src/agent/classify/index.ts";
import { failedStep } from "../../support/evidence.ts";

type Case = readonly [name: string, category: Category, cause: string, log: string, says?: readonly string[]];

const CASES: readonly Case[] = [
  [
    "npm ERESOLVE",
    "dependency",
    "npm ERESOLVE: react@19.0.0 against react-dom@18.2.0",
    `npm warn config production Use --omit=dev instead.
npm error code ERESOLVE
npm error ERESOLVE unable to resolve dependency tree
npm error
npm error While resolving: shop-web@1.4.2
npm error Found: react@19.0.0
npm error node_modules/react
npm error   react@"^19.0.0" from the root project
npm error
npm error Could not resolve dependency:
npm error peer react@"^18.2.0" from react-dom@18.2.0
npm error node_modules/react-dom
npm error A complete log of this run can be found in: /root/.npm/_logs/2026-11-20T10_02_00_000Z-debug-0.log`,
    ["npm explain react@19.0.0", 'react@"^18.2.0"'],
  ],
  [
    "npm E404",
    "dependency",
    "npm 404: @acme/widgets@^2.0.0 is not in the registry",
    `npm ERR! code E404
npm ERR! 404 Not Found - GET https://registry.npmjs.org/@acme%2fwidgets - Not found
npm ERR! 404
npm ERR! 404  '@acme/widgets@^2.0.0' is not in this registry.`,
  ],
  [
    "npm ci and the lock file",
    "dependency",
    "package-lock.json is out of date: lodash@4.17.21 is missing",
    "npm error code EUSAGE\nnpm error\nnpm error `npm ci` can only install packages when your package.json and package-lock.json or npm-shrinkwrap.json are in sync.\nnpm error\nnpm error Missing: lodash@4.17.21 from lock file",
  ],
  [
    "npm registry auth",
    "dependency",
    "npm E401",
    "npm error code E401\nnpm error Unable to authenticate, your authentication token seems to be invalid.",
  ],
  [
    "yarn",
    "dependency",
    "yarn: no such package or version left-padd",
    'yarn install v1.22.19\nerror Couldn\'t find package "left-padd" on the "npm" registry.',
  ],
  [
    "a missing module",
    "dependency",
    "Cannot find module 'express'",
    "node:internal/modules/cjs/loader:1228\n  throw err;\n  ^\n\nError: Cannot find module 'express'\nRequire stack:\n- /app/server.js\n    at Module._load",
  ],
  [
    "TypeScript",
    "compile",
    "TS2322 in src/cart.ts: Type 'string' is not assignable to type 'number'.".slice(0, -1),
    "> tsc\n\nsrc/cart.ts(12,5): error TS2322: Type 'string' is not assignable to type 'number'.",
    ["src/cart.ts at line 12"],
  ],
  [
    "Node's heap",
    "out-of-memory",
    "out of memory: JavaScript heap out of memory",
    "<--- Last few GCs --->\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
  ],
  [
    "pip without a version",
    "dependency",
    "pip: no version satisfies torch==9.9.9",
    "ERROR: Could not find a version that satisfies the requirement torch==9.9.9 (from versions: 2.0.0, 2.1.0)\nERROR: No matching distribution found for torch==9.9.9",
    ["2.0.0, 2.1.0"],
  ],
  [
    "pip and conflicts",
    "dependency",
    "pip: conflicting dependencies: flask==3.0.0 and werkzeug==2.0.0",
    "ERROR: Cannot install flask==3.0.0 and werkzeug==2.0.0 because these package versions have conflicting dependencies.\n\nThe conflict is caused by:\n    The user requested werkzeug==2.0.0\n    flask 3.0.0 depends on Werkzeug>=3.0.0",
  ],
  [
    "pip without DNS",
    "network",
    "host pypi.corp does not resolve",
    "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(\"Failed to resolve 'pypi.corp' ([Errno -3] Temporary failure in name resolution)\")'\nERROR: HTTPSConnectionPool(host='pypi.corp', port=443): Max retries exceeded: NameResolutionError: Failed to resolve 'pypi.corp' ([Errno -3] Temporary failure in name resolution)\nERROR: No matching distribution found for requests",
  ],
  [
    "a missing Python module",
    "dependency",
    "No module named 'yaml'",
    "Traceback (most recent call last):\n  File \"/app/main.py\", line 3, in <module>\n    import yaml\nModuleNotFoundError: No module named 'yaml'",
  ],
  [
    "a Python exception",
    "application-error",
    "ValueError: invalid price: -3",
    'Traceback (most recent call last):\n  File "/app/main.py", line 30, in <module>\n    run()\nValueError: invalid price: -3',
    ["/app/main.py line 30"],
  ],
  [
    "a Go module",
    "dependency",
    "go: no module provides github.com/acme/money",
    "main.go:8:2: no required module provides package github.com/acme/money; to add it:\n\tgo get github.com/acme/money",
    ["go get github.com/acme/money"],
  ],
  [
    "the Go compiler",
    "compile",
    "go: ./cart.go:14:9: undefined: totalPrice",
    "# acme/shop\n./cart.go:14:9: undefined: totalPrice\n./cart.go:20:2: declared and not used: x",
  ],
  [
    "a Go test",
    "test-failure",
    "test TestTotal: total = 5, want 6",
    "=== RUN   TestTotal\n    cart_test.go:22: total = 5, want 6\n--- FAIL: TestTotal (0.00s)\nFAIL\nFAIL\tacme/shop/cart\t0.012s\nFAIL",
    ["cart_test.go:22"],
  ],
  [
    "a Maven artifact",
    "dependency",
    "maven: cannot find com.acme:money:jar:2.0.0",
    "[ERROR] Failed to execute goal on project shop: Could not resolve dependencies for project com.acme:shop:jar:1.0: Could not find artifact com.acme:money:jar:2.0.0 in central (https://repo.maven.apache.org/maven2) -> [Help 1]\n[ERROR] re-run Maven with the -X switch to enable full debug logging.",
  ],
  [
    "javac by Maven",
    "compile",
    "cannot find symbol (class Money)",
    "[ERROR] COMPILATION ERROR : \n[ERROR] /workspace/src/main/java/com/acme/Cart.java:[12,9] cannot find symbol\n[ERROR]   symbol:   class Money\n[ERROR]   location: class com.acme.Cart\n[INFO] BUILD FAILURE",
  ],
  [
    "surefire",
    "test-failure",
    "test CartTest.total:22: expected: <6> but was: <5>".replace(":22", ""),
    "[ERROR] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0\n[ERROR] Failures: \n[ERROR]   CartTest.total:22 expected: <6> but was: <5>\n[INFO] BUILD FAILURE",
  ],
  [
    "Gradle",
    "dependency",
    "gradle: cannot resolve com.acme:money:2.0.0",
    "FAILURE: Build failed with an exception.\n\n* What went wrong:\nExecution failed for task ':compileJava'.\n> Could not resolve all files for configuration ':compileClasspath'.\n   > Could not find com.acme:money:2.0.0.",
  ],
  [
    "a Java exception",
    "application-error",
    "java.lang.IllegalStateException: price is negative",
    'Exception in thread "main" java.lang.RuntimeException: start failed\n\tat com.acme.Main.main(Main.java:5)\nCaused by: java.lang.IllegalStateException: price is negative\n\tat com.acme.Cart.total(Cart.java:12)',
    ["com.acme.Cart.total(Cart.java:12)"],
  ],
  [
    "a push that is refused",
    "registry",
    "registry refuses quay.io/acme/shop-web",
    'Writing manifest to image destination\nError: pushing image "quay.io/acme/shop-web:1.4.2" to "docker://quay.io/acme/shop-web:1.4.2": trying to reuse blob: checking whether a blob exists: unauthorized: access to the requested resource is not authorized',
  ],
  [
    "a base image that is not there",
    "registry",
    "image not in the registry",
    "STEP 1/8: FROM quay.io/acme/base:nope\nTrying to pull quay.io/acme/base:nope...\nError: creating build container: initializing source docker://quay.io/acme/base:nope: reading manifest nope in quay.io/acme/base: manifest unknown",
    ["quay.io/acme/base:nope"],
  ],
  [
    "a COPY without a file",
    "compile",
    "COPY: no such file in the build context: /dist",
    'STEP 4/8: COPY dist /app\nError: building at STEP "COPY dist /app": checking on sources under "/workspace/source": copier: stat: "/dist": no such file or directory',
    ["COPY dist /app"],
  ],
  [
    "git without credentials",
    "git",
    "git: no credentials for https://github.com",
    "Cloning into '/workspace/source'...\nfatal: could not read Username for 'https://github.com': terminal prompts disabled",
    ["kubernetes.io/basic-auth"],
  ],
  [
    "git with wrong ones",
    "git",
    "git: authentication failed for git.corp/acme/shop",
    "remote: HTTP Basic: Access denied\nfatal: Authentication failed for 'https://git.corp/acme/shop.git/'",
  ],
  ["a git ref", "git", "git: no ref feature/gone", "fatal: couldn't find remote ref feature/gone"],
  [
    "a git host",
    "network",
    "host git.corp does not resolve",
    "fatal: unable to access 'https://git.corp/acme/shop.git/': Could not resolve host: git.corp",
  ],
  [
    "DNS in Node",
    "network",
    "host db.shop.svc does not resolve",
    "Error: getaddrinfo ENOTFOUND db.shop.svc\n    at GetAddrInfoReqWrap.onlookup",
  ],
  [
    "DNS in Go",
    "network",
    "host api.corp does not resolve",
    'Get "https://api.corp/v1": dial tcp: lookup api.corp on 10.0.0.10:53: no such host',
  ],
  [
    "TLS in Python",
    "tls",
    "certificate of api.corp not accepted",
    "requests.exceptions.SSLError: HTTPSConnectionPool(host='api.corp', port=443): [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self signed certificate",
  ],
  [
    "a refused connection",
    "network",
    "cannot connect to 10.1.2.3:5432",
    "Error: connect ECONNREFUSED 10.1.2.3:5432\n    at TCPConnectWrap.afterConnect",
  ],
  [
    "a full disk",
    "disk-full",
    "disk full: no space left on device",
    "STEP 3/8: RUN npm ci\nError: committing container: write /var/tmp/storage/1: no space left on device",
  ],
  [
    "pytest",
    "test-failure",
    "test tests/test_cart.py::test_total: assert 5 == 6",
    "    def test_total():\n>       assert total() == 6\nE       assert 5 == 6\n\ntests/test_cart.py:8: AssertionError\n=========== short test summary info ===========\nFAILED tests/test_cart.py::test_total - assert 5 == 6\n1 failed, 12 passed in 0.12s",
  ],
  [
    "jest",
    "test-failure",
    "test cart › adds up: expect(received).toBe(expected)",
    "FAIL src/cart.test.js\n  ● cart › adds up\n\n    expect(received).toBe(expected) // Object.is equality\n\n    Expected: 6\n    Received: 5\n\n      at Object.<anonymous> (src/cart.test.js:7:19)\n\nTests:       1 failed, 3 passed, 4 total",
    ["Received: 5"],
  ],
  [
    "vitest",
    "test-failure",
    "adds up: AssertionError: expected 5 to be 6",
    " ❯ src/cart.test.ts (2 tests | 1 failed) 5ms\n\n FAIL  src/cart.test.ts > cart > adds up\nAssertionError: expected 5 to be 6 // Object.is equality\n ❯ src/cart.test.ts:7:19",
  ],
  [
    "Gradle's tests",
    "test-failure",
    "test CartTest > total(): org.opentest4j.AssertionFailedError",
    "CartTest > total() FAILED\n    org.opentest4j.AssertionFailedError: expected: <6> but was: <5>\n\n2 tests completed, 1 failed",
  ],
  [
    "RBAC in the program",
    "permission",
    "RBAC: may not create deployments in namespace shop",
    'Error from server (Forbidden): deployments.apps is forbidden: User "system:serviceaccount:shop:deployer" cannot create resource "deployments" in API group "apps" in the namespace "shop"',
  ],
  [
    "a missing variable",
    "container-config",
    "environment variable DATABASE_URL is not set",
    "Traceback (most recent call last):\n  File \"/app/main.py\", line 3, in <module>\nKeyError: 'DATABASE_URL'",
  ],
  [
    "files that may not be written",
    "permission",
    "permission denied: /app/cache",
    "Error: EACCES: permission denied, mkdir '/app/cache'",
  ],
  [
    "Rust",
    "compile",
    "rust E0425 at src/main.rs:4:5",
    "error[E0425]: cannot find value `x` in this scope\n --> src/main.rs:4:5\n  |",
  ],
];

describe("what logs say", () => {
  it.each(CASES)("%s", (_, category, cause, log, says = []) => {
    const finding = classify(failedStep("build", `$ build\n${log}`));
    expect(finding.analysis.cause).toContain(cause);
    expect(finding.analysis.category).toBe(category);
    expect(finding.reason).toBe("Error:1");
    const { rootCause, fixes, quotes } = finding.analysis;
    for (const text of says) expect([rootCause, ...fixes, ...quotes].join("\n")).toContain(text);
    for (const quote of quotes) expect(log).toContain(quote);
    expect(fixes.length).toBeGreaterThan(0);
    expect(rootCause).not.toMatch(/\{\w+\}/);
  });

  it("what was only warned of, or tried again with success, is not the cause", () => {
    const log = [
      "WARN connection refused, will try again",
      "level=info connected",
      "ERROR: the widget cannot be frobbed",
    ].join("\n");
    expect(classify(failedStep("build", log)).analysis.cause).toContain("the widget cannot be frobbed");
  });
});
