// What a reader's Markdown makes of a body: everything that is alive in it, found by a real parser with all its eagerness on.
import MarkdownIt from "markdown-it";

type Token = ReturnType<InstanceType<typeof MarkdownIt>["parse"]>[number];

/** Of the hub's own making. */
const OWN_HTML =
  /^(?:<details>\n<summary>Log excerpt, [\d,]+ lines?(?: of [\d,]+; lines were left out)?<\/summary>\n*|<\/details>\n*|<!-- hub:v1 fp=[0-9a-f]{16} report=[\w.-]+ -->\n*)$/;
/** Mentions, references and keywords where trackers look for them: in text. */
const LIVE_TEXT = /@|#\w|!\d|\bGH-\d|<|https?:|\$|\[\^|:[a-z+-]\w*:/i;

export interface Alive {
  /** Should be empty. */
  readonly problems: string[];
  readonly links: string[];
  readonly headings: string[];
  readonly openDetails: number;
  readonly tables: number;
  /** Everything a reader sees. */
  readonly text: string;
}

export function look(body: string): Alive {
  const parser = new MarkdownIt({ html: true, linkify: true });
  parser.linkify.set({ fuzzyLink: true, fuzzyEmail: true });
  const tokens = parser.parse(body, {});
  const seen: Alive & { openDetails: number; tables: number; text: string } = {
    problems: [],
    links: [],
    headings: [],
    openDetails: 0,
    tables: 0,
    text: "",
  };
  tokens.forEach((token, at) => {
    if (token.type === "html_block") {
      if (!OWN_HTML.test(token.content)) seen.problems.push(`html: ${token.content}`);
      if (token.content.startsWith("<details>")) seen.openDetails += 1;
      if (token.content.startsWith("</details>")) seen.openDetails -= 1;
      if (seen.openDetails < 0 || seen.openDetails > 1) seen.problems.push("details do not match");
    }
    if (token.type === "code_block") seen.problems.push(`indented code: ${token.content}`);
    if (token.type === "blockquote_open") seen.problems.push("quote");
    if (token.type === "heading_open") {
      if (token.markup !== "##") seen.problems.push(`heading ${token.markup}`);
      seen.headings.push(tokens[at + 1]?.content ?? "");
    }
    if (token.type === "table_open") seen.tables += 1;
    if (token.type === "fence") {
      seen.text += `${token.content}\n`;
      if (token.info !== "") seen.problems.push(`fence with info: ${token.info}`);
    }
    for (const child of token.children ?? []) inlineOf(child, seen);
    if (token.type === "inline") seen.text += "\n";
  });
  if (seen.openDetails !== 0) seen.problems.push("details left open");
  return seen;
}

function inlineOf(token: Token, seen: { problems: string[]; links: string[]; text: string }): void {
  if (token.type === "html_inline") seen.problems.push(`inline html: ${token.content}`);
  if (token.type === "image") seen.problems.push("image");
  if (["em_open", "s_open"].includes(token.type)) seen.problems.push(token.type);
  if (token.type === "link_open") {
    const href = String(token.attrGet("href"));
    seen.links.push(href);
    if (token.markup !== "" || token.info !== "") seen.problems.push(`found link: ${href}`);
    if (!/^https?:\/\//.test(href)) seen.problems.push(`link: ${href}`);
  }
  if (token.type === "text" || token.type === "text_special") {
    if (LIVE_TEXT.test(token.content)) seen.problems.push(`text: ${token.content}`);
  }
  if (token.type === "softbreak" || token.type === "hardbreak") seen.text += "\n";
  seen.text += token.content;
}

/** Invisible or controlling, anywhere. */
export const hasInvisible = (body: string): boolean =>
  /(?![\n\t])\p{Cc}|[\p{Cf}\p{Default_Ignorable_Code_Point}]/u.test(body) || !body.isWellFormed();

export const markers = (body: string): string[] => [...body.matchAll(/<!--|hub:v1/g)].map(([found]) => found);
