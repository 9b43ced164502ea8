// Secrets for the failure bundles: `${name}` in a bundle stands for one of them. They are put together here, so that no
// scanner takes a bundle for a leak, and none ever opened anything.
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const base64url = (text: string): string => Buffer.from(text).toString("base64url");

const KEY = "RSA PRIVATE KEY";
const basic = base64("robot:not-a-real-password");
const pemLines = Array.from({ length: 4 }, (_, at) =>
  base64(`not a key, only line ${at} of a test: no lock fits it`).slice(0, 64),
);

const SECRETS: Readonly<Record<string, string>> = {
  "aws-key": `AKIA${"FAKE".repeat(4)}`,
  "aws-secret": `NotASecret/${"0123456789".repeat(2)}/FakeFake`,
  "github-pat": `ghp_${"NotAToken".repeat(4)}`,
  jwt: `${base64url('{"alg":"none"}')}.${base64url('{"sub":"nobody"}')}.${"notASignature".repeat(3)}`,
  pem: [`-----BEGIN ${KEY}-----`, ...pemLines, `-----END ${KEY}-----`].join("\n"),
  "pem-line": pemLines[1] ?? "",
  "db-password": "n0t-a-real-pw",
  "openshift-token": `sha256~${"NotAToken_".repeat(4)}123`,
  "npm-token": `npm_${"NotAToken".repeat(4)}`,
  basic,
  dockerconfig: base64(JSON.stringify({ auths: { "registry.example.com": { auth: basic } } })),
  cookie: `${"notASession".repeat(3)}1`,
  "hub-token": "feedface".repeat(5),
};

/** The hub's own token, that a program in the cluster should not know. */
export const HUB_TOKEN = SECRETS["hub-token"] ?? "";

/** What is no secret's name stays: Maven and shells have `${...}` too. */
export const fillSecrets = (text: string): string =>
  text.replace(/\$\{([a-z-]+)\}/g, (whole, name: string) => SECRETS[name] ?? whole);
