/**
 * The parent's side: it starts a child and asks it questions. Every contender has a process of its own,
 * since what the engine learns from one contender's calls would make the other's slower. Every runtime can
 * read and write lines of JSON.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startPage } from './child-page.mjs';
import { findRuntime } from './runtimes.mjs';

const END_MS = 5000;

/** @typedef {{ ask: (question: string, payload?: unknown) => Promise<never>, end: () => Promise<void> }} Child */

/**
 * @param {URL} script
 * @param {string[]} args
 * @param {string[]} [options]  of the engine, in Node's words
 * @param {string} [runtime]  where it runs; the Node that runs this when not given
 * @returns {Promise<Child>}
 */
export async function startChild(script, args, options = [], runtime = undefined) {
  const { command, commandLine, isBrowser } = findRuntime(runtime);
  if (isBrowser) return startPage(command, script, args, options);
  return startProcess(command, commandLine(options), [fileURLToPath(script), ...args]);
}

function startProcess(command, options, args) {
  const child = spawn(command, [...options, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const named = `benchmark child ${args.slice(1).join(' ')}`;
  const exit = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(code ?? signal));
  });
  // Writing to a child that has gone is an error as well, but its exit tells more.
  child.stdin.on('error', () => {});
  const nextAnswer = answersOf(child);

  const ask = async (question, payload) => {
    const ended = exit.then((how) => {
      throw new Error(`${named}: ended with ${how} while asked for ${question}`);
    });
    child.stdin.write(`${JSON.stringify({ question, payload })}\n`);
    const { reply, error } = await Promise.race([nextAnswer(), ended]);
    if (error) throw new Error(`${named}: ${error}`);
    return reply;
  };

  /** Lets the child end by itself. Reports it if it does not. */
  const end = async () => {
    child.stdin.end();
    const timer = setTimeout(() => {
      console.error(`${named}: still running ${END_MS} ms after its end, stopped`);
      child.kill('SIGKILL');
    }, END_MS);
    await exit;
    clearTimeout(timer);
  };

  return { ask, end };
}

/** @returns {() => Promise<{ reply?: never, error?: string }>} */
function answersOf(child) {
  let settle = () => {};
  createInterface({ input: child.stdout }).on('line', (line) => {
    // Output of a contender or the engine is no answer. Errors go to the terminal anyway.
    if (/^\{("reply"|"error"|\})/.test(line)) settle(JSON.parse(line));
  });
  return () =>
    new Promise((resolve) => {
      settle = resolve;
    });
}
