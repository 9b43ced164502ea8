// The part of a log that tells most within a budget: for tools, models and issues alike.
export { excerptLines, fitLines, type Excerpt, type ExcerptLimits } from "./excerpt.ts";
export { keptOf, type Kept } from "./kept.ts";
export { rankLines } from "./rank.ts";
export { errorScore } from "./score.ts";
