// Takes known secret values out of a stream of text, also those that chunks cut in two or that go over several lines: what
// may be the beginning of a secret waits for what comes next.

const MASK = "***";
/** Shorter values would also be found where they are no secret. */
const MIN_SECRET_CHARS = 6;
/** A secret that overlaps itself could wait for ever; past this it is cut. */
const MAX_HELD_CHARS = 64 * 1024;

export interface StreamRedactor {
  push(text: string): string;
  end(): string;
}

/** The values as they are, and as JSON and URLs spell them. */
export function secretForms(secrets: readonly string[]): string[] {
  const long = secrets.filter((secret) => secret.length >= MIN_SECRET_CHARS);
  return [...new Set(long.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), urlForm(secret)]))];
}

export function createStreamRedactor(forms: readonly string[]): StreamRedactor {
  if (forms.length === 0) return { push: (text) => text, end: () => "" };
  let held = "";
  return {
    push(text) {
      const all = held + text;
      const spans = findAll(all, forms);
      const cut = safeCut(all, forms, spans);
      held = all.slice(cut);
      return mask(all.slice(0, cut), spans);
    },
    end() {
      const rest = held;
      held = "";
      return redactText(rest, forms);
    },
  };
}

export const redactText = (text: string, forms: readonly string[]): string => mask(text, findAll(text, forms));

interface Span {
  readonly from: number;
  to: number;
}

/** Where secrets stand, joined where they overlap, so that no half of one is left beside the other. */
function findAll(text: string, forms: readonly string[]): Span[] {
  const found: Span[] = [];
  for (const form of forms) {
    for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1))
      found.push({ from: at, to: at + form.length });
  }
  found.sort((a, b) => a.from - b.from);
  const joined: Span[] = [];
  for (const span of found) {
    const last = joined.at(-1);
    if (last !== undefined && span.from < last.to) last.to = Math.max(last.to, span.to);
    else joined.push(span);
  }
  return joined;
}

/** Up to where the text can go out: not into a secret that may go on. */
function safeCut(text: string, forms: readonly string[], spans: readonly Span[]): number {
  const cut = text.length - Math.max(0, ...forms.map((form) => openEnd(text, form)));
  const across = spans.find((span) => span.from < cut && span.to > cut);
  return across === undefined || text.length - across.from > MAX_HELD_CHARS ? cut : across.from;
}

/** How many characters at the end of the text are the beginning of this secret. */
function openEnd(text: string, form: string): number {
  for (let length = Math.min(form.length - 1, text.length); length > 0; length -= 1) {
    if (text.endsWith(form.slice(0, length))) return length;
  }
  return 0;
}

function mask(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text;
  let result = "";
  let at = 0;
  for (const { from, to } of spans) {
    if (from >= text.length) break;
    result += text.slice(at, from) + MASK;
    at = to;
  }
  return result + text.slice(at);
}

/** A lone surrogate has no such form. */
const urlForm = (secret: string): string => encodeURIComponent(secret.toWellFormed());
