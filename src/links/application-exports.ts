import type { Follower } from './link-runtime.ts';

/** Whether an export is running right now, in the part before its first `await`. */
let isRunning = false;

/** Runs an export of the application, so that its own calls to the collector can be told from others. */
export async function runApplicationExport(
  work: () => Promise<unknown>,
  follower: Follower | undefined,
): Promise<unknown> {
  const outer = isRunning;
  isRunning = true;
  try {
    return follower ? follower.run(work) : work();
  } finally {
    isRunning = outer;
  }
}

/**
 * Whether the caller is an export of the application. A call that waits for all exports would then wait for
 * itself. Where the platform cannot follow what is awaited, only calls before the first `await` are known.
 */
export function isInApplicationExport(follower: Follower | undefined): boolean {
  return isRunning || follower?.isWithin() === true;
}
