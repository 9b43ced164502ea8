// Secrets that can be told by their own shape. Each pattern has two groups: what stays before the secret, and the secret.
// All are linear: a fixed start, then one class of characters, so that no input makes them look twice.

export interface Rule {
  readonly kind: string;
  /** A line without any of these cannot match: saves most lines the pattern. */
  readonly hints: readonly string[];
  readonly pattern: RegExp;
  /** False for what only looks like a secret. */
  readonly confirm?: (secret: string) => boolean;
}

/** Tokens that start as nothing else does. */
const prefixed = (kind: string, hints: string[], body: string): Rule => ({
  kind,
  hints,
  pattern: new RegExp(`((?<![A-Za-z]))(${body})`, "g"),
});

/** `user:password` in base64, as Basic authorization and container registries have it. */
export function isBasicPair(secret: string): boolean {
  if (secret.length < 4 || secret.length > 4_096) return false;
  return /^[\x20-\x7e]{0,256}:[\x20-\x7e]+$/.test(Buffer.from(secret, "base64").toString("latin1"));
}

/** Words have one case and no digits; random text of this length has more. */
export function looksRandom(secret: string): boolean {
  return /\d/.test(secret) || (/[a-z]/.test(secret) && /[A-Z]/.test(secret.slice(1)));
}

const TOKENS: readonly Rule[] = [
  prefixed(
    "aws-key",
    ["A3T", "AK", "AG", "AI", "AR", "AN", "AS", "AB", "AC"],
    "(?:A3T[A-Z0-9]|AKIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ASIA|ABIA|ACCA)[A-Z0-9]{16}",
  ),
  prefixed("github-token", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], String.raw`gh[pousr]_[A-Za-z0-9_.-]{20,}`),
  prefixed("github-token", ["github_pat_"], String.raw`github_pat_\w{20,}`),
  prefixed("gitlab-token", ["gl"], String.raw`gl(?:pat|ptt|dt|rt|rtr|cbt|ft|soat|imt|agent|oas|ffct|wt)-[\w.-]{18,}`),
  prefixed(
    "google-key",
    ["AIza", "ya29.", "GOCSPX-"],
    String.raw`(?:AIza[\w-]{30,}|ya29\.[\w.-]{20,}|GOCSPX-[\w-]{20,})`,
  ),
  prefixed("azure-secret", ["Q~"], String.raw`[\w~.-]{3}[78]Q~[\w~.-]{31,34}`),
  prefixed("anthropic-key", ["sk-ant-"], String.raw`sk-ant-[\w-]{10,}`),
  prefixed("openai-key", ["sk-"], String.raw`sk-(?=[A-Za-z_-]{0,40}\d|[\w-]{40})[\w-]{18,}`),
  prefixed("slack-token", ["xox", "xapp-"], String.raw`(?:xox[a-z](?:\.xox[a-z])?|xapp)-[A-Za-z0-9-]{8,}`),
  prefixed("npm-token", ["npm_"], String.raw`npm_\w{30,}`),
  prefixed("pypi-token", ["pypi-"], String.raw`pypi-[\w-]{50,}`),
  prefixed("docker-token", ["dckr_"], String.raw`dckr_(?:pat|oat)_[\w-]{20,}`),
  prefixed("stripe-key", ["k_live_", "k_test_"], "[rsp]k_(?:live|test)_[A-Za-z0-9]{10,}"),
  prefixed("sendgrid-key", ["SG."], String.raw`SG\.[\w-]{16,}\.[\w-]{16,}`),
  prefixed("shopify-token", ["shp"], "shp(?:at|ca|pa|ss|ppa|pca|pat|pss)_[A-Za-z0-9]{32,}"),
  prefixed("hugging-face-token", ["hf_"], "hf_[A-Za-z0-9]{30,}"),
  prefixed("databricks-token", ["dapi"], "dapi[a-f0-9]{32}"),
  prefixed("vault-token", ["hvs.", "hvb.", "hvr."], String.raw`hv[sbr]\.[\w-]{20,}`),
  prefixed("grafana-token", ["glsa_", "glc_"], "(?:glsa|glc)_[A-Za-z0-9+/=_]{20,}"),
  prefixed("prefect-key", ["pnu_", "pnb_"], "pn[ub]_[A-Za-z0-9]{20,}"),
  prefixed("linear-key", ["lin_"], String.raw`lin_(?:api|oauth)_\w{20,}`),
  prefixed("notion-token", ["ntn_", "secret_"], "(?:ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43})"),
  prefixed("figma-token", ["figd_"], String.raw`figd_[\w-]{20,}`),
  prefixed("digitalocean-token", ["_v1_"], "do[opr]_v1_[a-f0-9]{64}"),
  prefixed("atlassian-token", ["ATATT3", "ATCTT3"], String.raw`AT[AC]TT3[\w=-]{50,}`),
  prefixed("1password-token", ["ops_"], String.raw`ops_eyJ[\w-]{50,}={0,2}`),
  prefixed("rubygems-key", ["rubygems_"], "rubygems_[a-f0-9]{40,}"),
  prefixed("age-key", ["AGE-SECRET-KEY-"], "AGE-SECRET-KEY-1[0-9A-Z]{50,}"),
  prefixed("openshift-token", ["sha256~"], String.raw`sha256~[\w-]{20,}`),
  prefixed("groq-key", ["gsk_"], "gsk_[a-zA-Z0-9]{40,}"),
  prefixed("vercel-token", ["vc"], "vc[piark]_[A-Za-z0-9]{20,}"),
  prefixed("cloudflare-token", ["cf"], "cf(?:k|ut|at)_[A-Za-z0-9]{40,}"),
  prefixed("tailscale-key", ["tskey-"], String.raw`tskey-[a-z]{2,20}-\w{8,}(?:-\w{8,})?`),
  prefixed("jwt", ["eyJ"], String.raw`eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)*`),
];

const IN_PLACE: readonly Rule[] = [
  {
    kind: "url-token",
    hints: [":x-oauth-basic@"],
    pattern: /(:\/\/)([^\s/@:"'<>]{1,256})(?=:x-oauth-basic@)/g,
  },
  {
    kind: "url-password",
    hints: ["://"],
    pattern: /(:\/\/[^\s/@:"'<>[]{0,256}:)([^\s/"'<>]{1,512})(?=@)/g,
  },
  {
    kind: "url-token",
    hints: ["://"],
    pattern: /(:\/\/)([\w.~%+-]{16,512})(?=@)/g,
    confirm: looksRandom,
  },
  {
    kind: "dsn-password",
    hints: ["@tcp(", "@unix("],
    pattern: /((?<![^\s"'`=])\w{1,64}:)([^\s"'`]{1,256})(?=@(?:tcp|unix)\()/g,
  },
  {
    kind: "webhook-url",
    hints: ["hooks.slack.com/", "/api/webhooks/", "webhook.office.com/"],
    pattern:
      /((?:hooks\.slack\.com\/(?:services|workflows|triggers)|\/api\/webhooks|webhook\.office\.com)\/)([^\s"'<>]{8,})/g,
  },
  {
    kind: "authorization",
    hints: ["uthorization", "UTHORIZATION"],
    pattern:
      /(authorization\\{0,4}["']?\s{0,4}[:=]\s{0,4}(?:\[\s{0,2})?\\{0,4}["']?(?:(?:bearer|basic|token|negotiate|digest|apikey|aws4-hmac-sha256|bot)\s{1,4})?)([^\s"'\\,;\]]{4,}(?: [^\s"'\\]{8,}){0,1})/gi,
    confirm: (secret) =>
      !/^(?:bearer|basic|token|negotiate|digest|none|redacted|masked|hidden|failed|required|missing|invalid|denied|error|mode|header)\b/i.test(
        secret,
      ),
  },
  {
    kind: "bearer-token",
    hints: ["earer", "EARER"],
    pattern: /(\bbearer["']?[\s:=]{1,4}["']?)([\w.~+/=-]{16,})/gi,
    confirm: looksRandom,
  },
  {
    kind: "basic-auth",
    hints: ["asic ", "BASIC "],
    pattern: /(\bbasic )([A-Za-z0-9+/]{6,}={0,2})/gi,
    confirm: isBasicPair,
  },
  {
    kind: "cookie",
    hints: ["ookie", "OOKIE"],
    pattern: /(\b(?:set-)?cookie\\{0,4}["']?\s{0,4}:\s{0,4}\\{0,4}["']?)([^\s"';=\\]{1,128}=[^"'\\]{4,})/gi,
  },
  {
    kind: "gitea-token",
    hints: ["oken", "OKEN"],
    pattern: /(token["']?[\s:=]{1,4}["']?)([0-9a-f]{40})(?![0-9a-f])/gi,
  },
  {
    kind: "command-password",
    hints: ["login ", "curl ", "--user", "-u "],
    pattern:
      /((?:\blogin\s(?:\S{1,256}\s{1,2}){0,8}-p\s{0,2}|\bmachine \S{1,256} login \S{1,256} password |(?:\bcurl\s.{0,256}\s-u|--user)[ =]\s{0,2}["']?[^\s:"']{1,128}:))([^\s"']{1,256})/g,
    confirm: (secret) => !secret.startsWith("$"),
  },
  {
    kind: "signature",
    hints: ["sig=", "ignature=", "edential=", "ccountKey="],
    pattern:
      /([?&;](?:sig|signature|X-Amz-Signature|X-Amz-Credential|X-Goog-Signature|X-Goog-Credential|SharedAccessSignature)=)([^\s&"'<>;]{8,})/gi,
  },
  {
    kind: "account",
    hints: ["ccount", "CCOUNT"],
    pattern: /(\baws_?account_?(?:id)?["']?\s{0,8}(?::|=>|=)\s{0,8}["']?)(\d{4}-?\d{4}-?\d{4})(?!\d)/gi,
  },
];

export const RULES: readonly Rule[] = [...TOKENS, ...IN_PLACE];

/** Whether any rule may match: one look instead of one for each hint. */
export const ANY_HINT = new RegExp(
  [...new Set(RULES.flatMap(({ hints }) => hints))].map((hint) => hint.replace(/[.?(]/g, String.raw`\$&`)).join("|"),
);
