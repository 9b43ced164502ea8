// What to make of an answer that calls nothing: a finding in words, an announcement, or nothing of use.

const PLAN =
  /\b(?:i will|i'll|let me|let's|i am going to|i'm going to|i need to|i should|next,? i|first,? i|i would like to)\b/i;
const REFUSAL = /^(?:i'?m sorry|sorry|i can(?:not|'t)|i am unable|i'm unable|as an ai)\b/i;
const MAX_PLAN = 400;

/** It says what it will do instead of doing it. */
export const isPlan = (text: string): boolean => text.length <= MAX_PLAN && PLAN.test(text);

/** At least a sentence, and no refusal. */
export function isSentence(text: string): boolean {
  const words = text.match(/\p{L}{2,}/gu) ?? [];
  return (
    words.length >= 5 && text.length >= 25 && !(text.length <= MAX_PLAN && REFUSAL.test(text)) && !/^[\s{[<]/.test(text)
  );
}
