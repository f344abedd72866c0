/**
 * The side of the parent: starts a child and asks it questions. Every contender has a process of
 * its own, for what the engine learns from one contender's calls would make the other's slower.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const END_MS = 5000;

/** @typedef {Awaited<ReturnType<typeof startChild>>} Child */

/**
 * @param {URL} script
 * @param {string[]} args
 * @param {string[]} [execArgv]  options of the runtime itself
 * @param {import('node:child_process').ForkOptions} [options]
 */
export async function startChild(script, args, execArgv = [], options = {}) {
  const child = fork(fileURLToPath(script), args, { execArgv, ...options });
  const named = `benchmark child ${args.join(' ')}`;
  await once(child, 'spawn');

  /** @type {(question: string, payload?: unknown) => Promise<never>} */
  const ask = async (question, payload) => {
    const gone = new AbortController();
    const exit = once(child, 'exit', { signal: gone.signal }).then(([code, signal]) => {
      throw new Error(`${named}: ended with ${code ?? signal} while asked for ${question}`);
    });
    exit.catch(() => {});
    child.send({ question, payload });
    const [{ reply, error }] = await Promise.race([once(child, 'message'), exit]);
    gone.abort();
    if (error) throw new Error(`${named}: ${error}`);
    return reply;
  };

  /** Lets the child end by itself; says so when it does not. */
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.disconnect();
    const timer = setTimeout(() => {
      console.error(`${named}: still running ${END_MS} ms after its end, stopped`);
      child.kill('SIGKILL');
    }, END_MS);
    await exit;
    clearTimeout(timer);
  };

  return { ask, end };
}
