import type { Follower } from './link-runtime.ts';

/** Whether an export is running right now that has yet to await something. */
let isRunning = false;

/** Runs an export of the application, such that what it asks for meanwhile is known to be its own. */
export async function runOwn(
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
 * Whether an export of the application is what calls: whatever waits for that export would wait for
 * itself. Where the platform does not follow what is awaited, only the first call of it is known.
 */
export function isOwn(follower: Follower | undefined): boolean {
  return isRunning || follower?.isWithin() === true;
}
