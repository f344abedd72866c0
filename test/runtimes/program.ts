/** Small programs on the built package, each in a process of its own. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

export interface Program {
  /** The next line that it prints, as JSON. Rejects when it ends before. */
  next<T>(): Promise<T>;
  /** Tells it to go on: programs read a line from stdin to wait for the test. */
  go(): void;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

const programs = fileURLToPath(new URL('./programs/', import.meta.url));

/**
 * Starts `programs/<name>.mjs`; the arguments reach it as one JSON text.
 * @param flags of the runtime itself
 */
export function startProgram(
  node: string,
  name: string,
  args: object = {},
  flags: readonly string[] = [],
): Program {
  const child = spawn(node, [...flags, `${programs}${name}.mjs`, JSON.stringify(args)]);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stderr }) as Ended);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    next: () => nextLine(lines, ended),
    go: () => void child.stdin.write('go\n'),
    kill: (signal) => void child.kill(signal),
    ended: endOfInput(child, ended),
  };
}

/** Runs it to its end; it must be a good one. Resolves to the last line that it printed. */
export async function runProgram<T>(node: string, name: string, args: object = {}): Promise<T> {
  const program = startProgram(node, name, args);
  const line = await program.next<T>();
  const { code, signal, stderr } = await program.ended;
  if (code !== 0) throw new Error(`${name} ended with ${code ?? signal}:\n${stderr}`);
  return line;
}

async function nextLine<T>(lines: AsyncIterator<string>, ended: Promise<Ended>): Promise<T> {
  const { value, done } = await lines.next();
  if (!done) return JSON.parse(value) as T;
  const { code, signal, stderr } = await ended;
  throw new Error(`the program ended with ${code ?? signal} and printed no more:\n${stderr}`);
}

/** A program that dies early must not make writing to it an uncaught error of the test. */
function endOfInput(child: ChildProcessWithoutNullStreams, ended: Promise<Ended>) {
  child.stdin.on('error', () => {});
  return ended;
}
