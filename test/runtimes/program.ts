/** Runs small programs on the packed package, each in a process of its own. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Project } from './project.ts';
import type { ServerRuntime } from './server-runtimes.ts';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

export interface Program {
  /** Resolves to the next line that it prints, parsed as JSON. Rejects if it ends before. */
  next<T>(): Promise<T>;
  /** Resolves to all further lines until it ends. */
  rest(): Promise<string[]>;
  /** Tells it to go on: programs read a line from stdin to wait for the test. */
  go(): void;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

export type HowToRun = Pick<ServerRuntime, 'command' | 'args'> & { readonly env?: object };

/** Starts `programs/<name>.mjs` in the project. It gets the arguments as one JSON text. */
export function startProgram(
  runtime: HowToRun,
  { folder }: Project,
  name: string,
  args: object = {},
): Program {
  return startFile(runtime, folder, join(folder, 'programs', `${name}.mjs`), args);
}

/** Starts any file, with `folder` as the working directory. */
export function startFile(
  { command, args: before, env }: HowToRun,
  folder: string,
  file: string,
  args: object = {},
): Program {
  const child = spawn(command, [...before, file, JSON.stringify(args)], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', ...env },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stderr }) as Ended);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    next: () => nextLine(lines, ended),
    rest: async () => {
      const rest: string[] = [];
      for await (const line of lines) rest.push(line);
      return rest;
    },
    go: () => void child.stdin.write('go\n'),
    kill: (signal) => void child.kill(signal),
    ended: endOfInput(child, ended),
  };
}

/** Runs a program to its end, which must be without errors. Resolves to the last line that it printed. */
export async function runProgram<T>(
  runtime: HowToRun,
  project: Project,
  name: string,
  args: object = {},
): Promise<T> {
  const program = startProgram(runtime, project, name, args);
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

/** If the program has died early, writing to it must not be an uncaught error of the test. */
function endOfInput(child: ChildProcessWithoutNullStreams, ended: Promise<Ended>) {
  child.stdin.on('error', () => {});
  return ended;
}
