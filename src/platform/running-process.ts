/** Which processes run, and whose they are. */

/** Returns the number of this process. */
export function processId(): number {
  return globalThis.process.pid;
}

/** Whether a process with this number runs, as far as can be told. */
export function isRunning(pid: number): boolean {
  try {
    globalThis.process.kill(pid, 0);
    return true;
  } catch (error) {
    // Any other error means that nobody may ask: it runs as another user, or this is Deno without --allow-run.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Returns the number of the user of this process; `undefined` where users have none, or that may not be asked. */
export function userId(): number | undefined {
  try {
    return globalThis.process.geteuid?.();
  } catch {
    return undefined; // Deno without --allow-sys.
  }
}
