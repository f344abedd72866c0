/** Signals in browsers before 2022, which neither throw by themselves nor say why they were aborted. */

/** Throws what the signal was aborted for, if it was. */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw reasonOf(signal);
}

/** Returns what a signal was aborted for. */
export function reasonOf(signal: AbortSignal): unknown {
  return signal.reason ?? new DOMException('This operation was aborted', 'AbortError');
}

/** Calls `run` once the signal has aborted, or now if it has already. */
export function whenAborted(signal: AbortSignal, run: () => void): void {
  if (signal.aborted) run();
  else signal.addEventListener('abort', run, { once: true });
}
