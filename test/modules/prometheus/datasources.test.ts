// Grafana's datasource file: what is honoured, what is named, what stays secret, and what happens when it changes.
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openDatasources, type DatasourceStore } from "../../../src/modules/prometheus/datasources/store.ts";
import { silent } from "../../support/modules.ts";

const CANARY = "c4n4ry-s3cret";
let dir: string;
let path: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "ops-hub-datasources-"));
  path = join(dir, "datasources.yaml");
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function read(text: string, env: Record<string, string> = {}): Promise<DatasourceStore> {
  await writeFile(path, text);
  return openDatasources({ path, env, log: silent });
}

/** One entry with these further lines of YAML, indented as members. */
const entry = (lines = "", name = "main") =>
  `datasources:\n  - name: ${name}\n    type: prometheus\n    url: http://prom:9090\n${lines.replace(/^(?=.)/gm, "    ")}\n`;

const sent = (store: DatasourceStore, name = "main") =>
  Object.fromEntries(store.find(name).headers.map(([header, value]) => [header, value.reveal()]));

const basic = (login: string) => `Basic ${Buffer.from(login).toString("base64")}`;

describe("what is read", () => {
  it("takes the seed's entry as the seed did", async () => {
    const store = await read(
      entry(
        "access: proxy\neditable: false\norgId: 1\njsonData:\n  httpHeaderName1: Authorization\nsecureJsonData:\n  httpHeaderValue1: Bearer abc",
      ),
    );
    expect(store.list()).toMatchInlineSnapshot(`
      [
        {
          "customQuery": [],
          "headers": [
            [
              "Authorization",
              "***",
            ],
          ],
          "httpMethod": "POST",
          "isDefault": false,
          "name": "main",
          "tls": {
            "skipVerify": false,
          },
          "url": "http://prom:9090",
        },
      ]
    `);
    expect(sent(store)).toEqual({ Authorization: "Bearer abc" });
    expect(store.problems()).toEqual([]);
  });

  it("reads JSON as it reads YAML", async () => {
    const store = await read(
      JSON.stringify({
        apiVersion: 1,
        datasources: [
          { name: "j", type: "prometheus", url: "https://j/", isDefault: true, jsonData: { httpMethod: "get" } },
        ],
      }),
    );
    expect(store.find("j")).toMatchObject({ url: "https://j", isDefault: true, httpMethod: "GET" });
  });

  it("honours every option that Grafana has for Prometheus", async () => {
    const store = await read(
      entry(
        "uid: u1\nisDefault: true\njsonData:\n  httpMethod: GET\n  timeInterval: 15s\n  queryTimeout: 90\n" +
          "  customQueryParameters: dedup=true&max_source_resolution=5m\n  prometheusType: Thanos\n  serverName: inner",
      ),
    );
    expect(store.find("u1")).toMatchObject({
      name: "main",
      isDefault: true,
      httpMethod: "GET",
      timeIntervalSeconds: 15,
      queryTimeoutSeconds: 90,
      customQuery: [
        ["dedup", "true"],
        ["max_source_resolution", "5m"],
      ],
      flavor: "Thanos",
      tls: { serverName: "inner", skipVerify: false },
    });
  });

  it("sends every header pair, gaps in the numbers included, and the last of two with one name", async () => {
    const store = await read(
      entry(
        "jsonData:\n  httpHeaderName1: X-A\n  httpHeaderName3: X-C\n  httpHeaderName12: x-a\n" +
          "secureJsonData:\n  httpHeaderValue1: a\n  httpHeaderValue3: c\n  httpHeaderValue12: last",
      ),
    );
    expect(sent(store)).toEqual({ "x-a": "last", "X-C": "c" });
  });

  it.each([
    [
      "a login of basicAuth",
      "basicAuth: true\nbasicAuthUser: me\nsecureJsonData:\n  basicAuthPassword: pä:ss",
      basic("me:pä:ss"),
    ],
    [
      "a header named Authorization before basicAuth, as Grafana does",
      "basicAuth: true\nbasicAuthUser: me\njsonData:\n  httpHeaderName1: authorization\nsecureJsonData:\n  basicAuthPassword: p\n  httpHeaderValue1: Bearer t",
      "Bearer t",
    ],
    ["no login when basicAuth is not true", "basicAuthUser: me\nsecureJsonData:\n  basicAuthPassword: p", undefined],
    [
      "a password as it is written, zeros and all",
      "basicAuth: true\nbasicAuthUser: 007\nsecureJsonData:\n  basicAuthPassword: 0123",
      basic("007:0123"),
    ],
  ])("sends %s", async (_what, lines, expected) => {
    const store = await read(entry(lines));
    expect(Object.values(sent(store))[0]).toBe(expected);
  });

  it("sends user and password of a url as Basic, its query with each request, and shows neither", async () => {
    const store = await read(
      `datasources:\n  - {name: u, type: prometheus, url: "https://me:p%40${CANARY}@prom:9090/prom//?tenant=${CANARY}#x"}\n`,
    );
    const { url, customQuery } = store.find("u");
    expect(url).toBe("https://prom:9090/prom");
    expect(customQuery).toEqual([["tenant", CANARY]]);
    expect(sent(store, "u")).toEqual({ Authorization: basic(`me:p@${CANARY}`) });
  });

  it.each(["http://prom:9090/", "http://prom:9090//", "http://prom:9090"])(
    "strips trailing slashes of %s",
    async (url) => {
      const store = await read(`datasources:\n  - {name: u, type: prometheus, url: "${url}"}\n`);
      expect(store.find("u").url).toBe("http://prom:9090");
    },
  );

  it("takes empty jsonData for no jsonData, merges << and ignores dashboards' own variables", async () => {
    const store = await read(
      "x: &base {type: prometheus, url: http://prom}\ndatasources:\n" +
        "  - {<<: *base, name: a, jsonData: null, secureJsonData: }\n" +
        "  - {<<: *base, name: b, jsonData: {timeInterval: $__interval, derivedFields: [{url: '${__value.raw}'}]}}\n",
    );
    expect(store.list().map(({ name }) => name)).toEqual(["a", "b"]);
    expect(store.problems()).toEqual([]);
  });
});

describe("placeholders", () => {
  it("expands $VAR, ${VAR}, $__env{VAR}, $__file{path} and $$", async () => {
    await writeFile(join(dir, "token"), "from-file\n");
    const store = await read(
      `datasources:\n  - name: $NAME\n    type: prometheus\n    url: http://\${HOST}:9090\n    jsonData: {httpHeaderName1: A, httpHeaderName2: B, httpHeaderName3: C}\n` +
        `    secureJsonData: {httpHeaderValue1: "Bearer $__file{${dir}/token}", httpHeaderValue2: "$__env{TOKEN}/$$TOKEN$$", httpHeaderValue3: "a$$$TOKEN 5$"}\n`,
      { NAME: "named", HOST: "prom", TOKEN: "t" },
    );
    expect(sent(store, "named")).toEqual({ A: "Bearer from-file", B: "t/$TOKEN$", C: "a$t 5$" });
    expect(store.find("named").url).toBe("http://prom:9090");
    expect(store.problems()).toEqual([]);
  });

  it("names a variable without a value and sends nothing in its place", async () => {
    const store = await read(
      entry(
        "basicAuth: true\nbasicAuthUser: me\njsonData:\n  httpHeaderName1: X-A\n  httpHeaderName2: X-B\n" +
          "secureJsonData:\n  basicAuthPassword: ${PASSWORD}\n  httpHeaderValue1: Bearer ${TOKEN}\n  httpHeaderValue2: $__env{EMPTY}",
      ),
      { EMPTY: "" },
    );
    expect(sent(store)).toEqual({});
    expect(store.problems()).toMatchInlineSnapshot(`
      [
        "datasource "main": secureJsonData.basicAuthPassword is left out: \${PASSWORD} is not set",
        "datasource "main": secureJsonData.httpHeaderValue1 is left out: \${TOKEN} is not set",
        "datasource "main": secureJsonData.httpHeaderValue2 is left out: \${EMPTY} is empty",
      ]
    `);
  });

  it("does not show a piece of a password that looks like a variable", async () => {
    const store = await read(
      entry(`basicAuth: true\nbasicAuthUser: me\nsecureJsonData:\n  basicAuthPassword: abc$${CANARY}`),
    );
    expect(sent(store)).toEqual({});
    expect(store.problems()).toMatchInlineSnapshot(`
      [
        "datasource "main": secureJsonData.basicAuthPassword is left out: a variable in it (write $$ for a dollar sign) is not set",
      ]
    `);
  });

  it("names a file that cannot be read, an unknown function and an open brace", async () => {
    const store = await read(
      entry(
        "jsonData: {httpHeaderName1: A, httpHeaderName2: B, httpHeaderName3: C}\n" +
          'secureJsonData: {httpHeaderValue1: "$__file{/nowhere/token}", httpHeaderValue2: "$__vault{x}", httpHeaderValue3: "${OPEN"}',
      ),
    );
    expect(sent(store)).toEqual({});
    expect(store.problems()).toMatchInlineSnapshot(`
      [
        "datasource "main": secureJsonData.httpHeaderValue1 is left out: $__file{/nowhere/token} cannot be read (ENOENT)",
        "datasource "main": secureJsonData.httpHeaderValue2 is left out: $__vault{} is not known here",
        "datasource "main": secureJsonData.httpHeaderValue3 is left out: a \${ is not closed (write $$ for a dollar sign)",
      ]
    `);
  });

  it("skips an entry whose url has no value", async () => {
    const store = await read("datasources:\n  - {name: a, type: prometheus, url: 'http://${NOWHERE}'}\n");
    expect(store.list()).toEqual([]);
    expect(store.problems()).toMatchInlineSnapshot(`
      [
        "datasource "a": url is left out: \${NOWHERE} is not set",
        "datasource "a": skipped: without url it cannot be used",
      ]
    `);
  });
});

describe("bad entries", () => {
  it("skips and names each one by itself and keeps the others", async () => {
    const store = await read(`datasources:
  - just text
  -
  - {name: no-url, type: prometheus}
  - {type: prometheus, url: http://a}
  - {name: no-type, url: http://a}
  - {name: loki, type: loki, url: "\${UNSET}"}
  - {name: no-scheme, type: prometheus, url: "prom:9090"}
  - {name: ftp, type: prometheus, url: "ftp://me:${CANARY}@prom"}
  - {name: text-data, type: prometheus, url: http://a, jsonData: oops}
  - {name: no-ca, type: prometheus, url: https://a, jsonData: {tlsAuthWithCACert: true}}
  - {name: bad-ca, type: prometheus, url: https://a, jsonData: {tlsAuthWithCACert: true}, secureJsonData: {tlsCACert: ${CANARY}}}
  - {name: bad-key, type: prometheus, url: https://a, jsonData: {tlsAuth: true}, secureJsonData: {tlsClientCert: ${CANARY}, tlsClientKey: ${CANARY}}}
  - {name: good, type: prometheus, url: http://good}
`);
    expect(store.list().map(({ name }) => name)).toEqual(["good"]);
    expect(store.problems()).toMatchInlineSnapshot(`
      [
        "entry 1: skipped: is not a mapping",
        "entry 2: skipped: is not a mapping",
        "datasource "no-url": skipped: url is missing",
        "entry 4: skipped: name is missing",
        "datasource "no-type": skipped: has no type",
        "datasource "no-scheme": skipped: url must start with http:// or https:// and name a host",
        "datasource "ftp": skipped: url must start with http:// or https:// and name a host",
        "datasource "text-data": skipped: jsonData must be a mapping",
        "datasource "no-ca": skipped: jsonData.tlsAuthWithCACert is true and secureJsonData.tlsCACert has no value",
        "datasource "bad-ca": skipped: secureJsonData.tlsCACert is no usable PEM text",
        "datasource "bad-key": skipped: secureJsonData.tlsClientCert or tlsClientKey is no usable PEM text",
      ]
    `);
  });

  it("names options that mean nothing and goes on with the defaults", async () => {
    const store = await read(
      entry(
        `basicAuth: true\njsonData: {httpMethod: PUT, timeInterval: often, queryTimeout: 9h, tlsSkipVerify: true, httpHeaderName1: "X A", httpHeaderName2: Content-Length, httpHeaderName3: X-Alone, httpHeaderName4: X-Lines}\n` +
          `secureJsonData: {httpHeaderValue1: ${CANARY}, httpHeaderValue2: ${CANARY}, httpHeaderValue4: "${CANARY}\\n${CANARY}", httpHeaderValue5: ${CANARY}, tlsCACert: x, tlsClientCert: x}`,
      ),
    );
    expect(store.find("main")).toMatchObject({
      httpMethod: "POST",
      queryTimeoutSeconds: 180,
      tls: { skipVerify: true },
    });
    expect(sent(store)).toEqual({});
    expect(store.problems()).toMatchInlineSnapshot(`
      [
        "datasource "main": jsonData.timeInterval is no duration such as 15s and is ignored",
        "datasource "main": jsonData.queryTimeout is cut to 180 s, the most there is",
        "datasource "main": jsonData.httpMethod must be GET or POST; POST is used",
        "datasource "main": basicAuth is true and basicAuthUser is missing; no login is sent",
        "datasource "main": jsonData.httpHeaderName1 is no header name and is left out",
        "datasource "main": jsonData.httpHeaderName2 (Content-Length) is left out: the client sets this header itself",
        "datasource "main": jsonData.httpHeaderName3 stands alone: secureJsonData.httpHeaderValue3 is missing",
        "datasource "main": secureJsonData.httpHeaderValue4 is left out: a header takes one line of Latin-1 text",
        "datasource "main": secureJsonData.httpHeaderValue5 stands alone: jsonData.httpHeaderName5 is missing",
        "datasource "main": certificates are not verified (tlsSkipVerify); anyone in between can read its credentials",
        "datasource "main": secureJsonData.tlsCACert is not used, since jsonData.tlsAuthWithCACert is not true",
        "datasource "main": secureJsonData.tlsClientCert is not used, since jsonData.tlsAuth is not true",
      ]
    `);
  });

  it("takes the last of two with one name and names both", async () => {
    const store = await read(
      `datasources:\n  - {name: a, type: prometheus, url: "http://u:${CANARY}@first"}\n  - {name: b, type: prometheus, url: http://b, uid: x}\n  - {name: a, type: prometheus, url: http://second, uid: x}\n`,
    );
    expect(store.list().map(({ name, url }) => [name, url])).toEqual([
      ["a", "http://second"],
      ["b", "http://b"],
    ]);
    expect(store.problems()).toMatchInlineSnapshot(`
      [
        "datasource "a": entries 1 (http://first) and 3 (http://second) have this name; entry 3 is used",
        "datasources "a" and "b" have the same uid x; it means the first of them",
      ]
    `);
  });

  it("never shows a secret, however it is printed", async () => {
    const store = await read(
      `datasources:\n  - {name: a, type: prometheus, url: "http://u:${CANARY}@h", jsonData: {httpHeaderName1: X}, secureJsonData: {httpHeaderValue1: ${CANARY}}}\n`,
    );
    const printed = [
      JSON.stringify(store.list()),
      inspect(store.list(), { depth: 9 }),
      String(store.list()[0]?.headers),
    ];
    expect(printed.join("\n") + store.problems().join("\n")).not.toMatch(
      new RegExp(`${CANARY}|${btoa(`u:${CANARY}`)}`),
    );
  });
});

describe("the file as a whole", () => {
  it("starts with none when it is missing and says so", async () => {
    const store = await openDatasources({ path: "/nowhere/ds.yaml", env: {}, log: silent });
    expect(store.list()).toEqual([]);
    expect(store.problems()).toMatchInlineSnapshot(`
      [
        "datasource file /nowhere/ds.yaml (GRAFANA_DATASOURCES_PATH) does not exist; there are no datasources",
      ]
    `);
  });

  it.each([
    ["datasources:\n  - name: a\n   url: b\n", "bad YAML in line 3: bad indentation of a sequence entry"],
    [`datasources:\n  - name: *${CANARY}\n`, "bad YAML in line 2: unidentified alias"],
    [`datasources:\n  - name: !${CANARY} x\n`, "bad YAML in line 2: unknown scalar tag"],
    ["", "bad YAML: expected a document, but the input is empty"],
    ["- a\n", "it is no mapping with a list `datasources`"],
    ["datasources: {}\n", "`datasources` is no list"],
    [`#${"x".repeat(1_048_576)}`, "larger than 1 MiB"],
  ])("starts with none when it is broken: %#", async (text, reason) => {
    const store = await read(text);
    expect(store.list()).toEqual([]);
    expect(store.problems()).toEqual([
      `datasource file ${path} (GRAFANA_DATASOURCES_PATH) cannot be used: ${reason}; there are no datasources`,
    ]);
  });

  it.each(["apiVersion: 1\n", "datasources:\n", "datasources: []\n"])(
    "takes %j for no datasources, and no problem",
    async (text) => {
      const store = await read(text);
      expect([store.list(), store.problems()]).toEqual([[], []]);
    },
  );
});

describe("reload", () => {
  it("answers with the new set and keeps unchanged datasources as the objects they were", async () => {
    const store = await read(entry() + "  - {name: b, type: prometheus, url: http://b}\n");
    const [main, b] = store.list();
    expect(await store.reload()).toBe(false);
    await writeFile(
      path,
      entry() + "  - {name: b, type: prometheus, url: http://b2}\n  - {name: c, type: prometheus, url: http://c}\n",
    );
    expect(await store.reload()).toBe(true);
    expect(store.find("main")).toBe(main);
    expect(store.find("b")).not.toBe(b);
    expect(store.list().map(({ url }) => url)).toEqual(["http://prom:9090", "http://b2", "http://c"]);
  });

  it.each([
    ["broken", "datasources: [\n"],
    ["empty", ""],
    ["gone", undefined],
  ])("keeps the old set while the file is %s, says so, and takes the next good one", async (_what, text) => {
    const store = await read(entry());
    const main = store.find("main");
    if (text === undefined) await rm(path);
    else await writeFile(path, text);
    await store.reload();
    expect(store.list()).toEqual([main]);
    expect(store.problems()).toEqual([expect.stringContaining("the 1 read before stay in use")]);
    await writeFile(path, entry());
    await store.reload();
    expect(store.find("main")).toBe(main);
    expect(store.problems()).toEqual([]);
  });

  it("reads a file that was missing at the start", async () => {
    const store = await openDatasources({ path, env: {}, log: silent });
    await writeFile(path, entry());
    await store.reload();
    expect(store.list()).toHaveLength(1);
  });

  it("reads $__file{} again when that file changes, and when it appears", async () => {
    const token = join(dir, "token");
    const store = await read(
      entry(`jsonData: {httpHeaderName1: X}\nsecureJsonData: {httpHeaderValue1: "$__file{${token}}"}`),
    );
    expect(sent(store)).toEqual({});
    for (const value of ["first", "second"]) {
      await writeFile(token, value);
      expect(await store.reload()).toBe(true);
      expect(sent(store)).toEqual({ X: value });
    }
  });

  it("sees Kubernetes swap the symlink of a mounted Secret", async () => {
    for (const version of ["v1", "v2"]) {
      await mkdir(join(dir, version));
      await writeFile(join(dir, version, "ds.yaml"), entry("", version));
    }
    await symlink("v1", join(dir, "..data"));
    await symlink("..data/ds.yaml", join(dir, "ds.yaml"));
    const store = await openDatasources({ path: join(dir, "ds.yaml"), env: {}, log: silent });
    await symlink("v2", join(dir, "..data_tmp"));
    await rename(join(dir, "..data_tmp"), join(dir, "..data"));
    await store.reload();
    expect(store.list().map(({ name }) => name)).toEqual(["v2"]);
  });

  it("looks for changes by itself until it is told to stop", async () => {
    const store = await read(entry());
    const stop = store.watch(5);
    await writeFile(path, entry("", "other"));
    await vi.waitFor(() => expect(store.list()[0]?.name).toBe("other"));
    stop();
  });
});

describe("find", () => {
  it("finds by name, then by uid, and the only one without an id", async () => {
    const store = await read(entry("uid: u1"));
    expect([store.find("main"), store.find("u1"), store.find(undefined)].map(({ name }) => name)).toEqual([
      "main",
      "main",
      "main",
    ]);
  });

  it("names the others, closest first, when there is none of this name", async () => {
    const store = await read(
      "datasources:\n" +
        ["alpha", "prod-eu", "prod-us"]
          .map((name) => `  - {name: ${name}, type: prometheus, url: http://h}\n`)
          .join(""),
    );
    expect(() => store.find("produs")).toThrow("Datasource not found: produs. Available: prod-us, prod-eu, alpha");
    expect(() => store.find(undefined)).toThrow(
      "datasource_id is needed: there are 3 datasources. Available: alpha, prod-eu, prod-us",
    );
  });

  it("says that there is none at all", async () => {
    const store = await read("datasources: []\n");
    expect(() => store.find("x")).toThrow("Datasource not found: x. No datasource is configured");
    expect(() => store.find(undefined)).toThrow("No datasource is configured");
  });
});
