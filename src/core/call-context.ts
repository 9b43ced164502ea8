// What one call gets from the registry: its context made whole, and its end.
import type { Attachment, CallContext, CallRequest, OutputBudget } from "./context.ts";

interface Made {
  callId: string;
  signal: AbortSignal;
  budget: OutputBudget;
  attachments: Attachment[];
}

export function makeContext(request: CallRequest, made: Made): CallContext {
  return {
    callId: made.callId,
    signal: made.signal,
    budget: made.budget,
    caller: request.caller,
    door: request.door,
    client: request.client,
    headers: request.headers ?? {},
    answers: request.answers ?? {},
    abilities: request.abilities ?? {},
    state: request.state,
    progress: (message, done, total) => request.progress?.(message, done, total),
    log: (level, message) => request.log?.(level, message),
    attach: (attachment) => void made.attachments.push(attachment),
  };
}

/** Fires with the caller's signal or at the deadline. By hand: AbortSignal.any and .timeout cost as much as a whole call. */
export function callEnd(caller: AbortSignal, deadlineMs: number): { signal: AbortSignal; clear: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort(caller.reason);
  if (caller.aborted) abort();
  caller.addEventListener("abort", abort, { once: true });
  const timer = setTimeout(() => controller.abort(new Error("deadline")), deadlineMs);
  const clear = () => {
    clearTimeout(timer);
    caller.removeEventListener("abort", abort);
  };
  return { signal: controller.signal, clear };
}
