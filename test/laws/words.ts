// Descriptions as sentences.

/** Up to and with the first full stop that ends a sentence; the whole text when there is none. */
export const firstSentence = (text: string): string => /^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text;
