// Waiting for work that may not listen to its signal.

/** Settles with the work, or rejects with the signal's reason as soon as it fires. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    // also when nobody waits any more: a rejection must find someone
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
