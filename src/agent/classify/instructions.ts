// Text in logs and messages that talks to whoever reads it, as if a machine would obey. It is told of as a finding, and used for nothing.

const TRIES: readonly RegExp[] = [
  /\b(?:ignore|disregard|forget|override) (?:(?:all|any|the|your|these|of) ){0,3}(?:previous|prior|above|earlier|preceding|system|other) (?:\w{1,20} )?(?:instructions?|prompts?|messages?|rules|commands|context|directions)\b/i,
  /\b(?:ignore|disregard|forget) (?:(?:all|any|the|your) ){0,2}(?:instructions|rules|prompts?)\b/i,
  /\bsystem prompt\b|\bnew instructions?:|\byou are now an?\b|<\|?(?:im_start|im_end|system|endoftext)\|?>|\[\/?INST\]/i,
  /(?:^|[\s"'\]>#*])assistant\s{0,3}:/i,
  /\b(?:create|open|file|post|submit|make) (?:(?:the|an?|this|your|all|new) ){0,2}(?:issues?|tickets?|reports?) (?:in|to|at|under|on|for) (?:(?:the|a) )?(?:repo\b|repository\b|owner\b|[\w.-]{1,60}\/[\w.-]{1,60} instead)/i,
  /\b(?:AI|LLM|agents?|assistants?|language models?)\b[^.]{0,60}\b(?:must|should|please|have to|need to)\b[^.]{0,80}\b(?:create|delete|run|execute|call|reveal|print|send|ignore|post|exec)\b/i,
  /\b(?:call|use|invoke) (?:the )?(?:tools?|functions?) (?:named |called )?[`"']?\w{0,40}(?:pods_exec|resources_delete|create_issue|delete|exec)\b/i,
  /\b(?:reveal|print|show|repeat|leak|send) (?:(?:me|us|your|the|all|hidden|system) ){1,4}(?:prompt|instructions|secrets|credentials|api keys?|tokens?)\b/i,
];

/** One of these stands in each of them: most lines have none, and that is quickly seen. */
const WORDS =
  /ignor|disregard|forget|overrid|instruction|prompt|you are now|im_start|im_end|system|endoftext|inst\]|assistant|issue|ticket|report|\bai\b|\bllm|agent|language model|tool|function|secret|credential|api key|token/i;
const LOOKED_AT = 500;

export function readsLikeInstructions(text: string): boolean {
  const start = text.slice(0, LOOKED_AT);
  return WORDS.test(start) && TRIES.some((pattern) => pattern.test(start));
}
