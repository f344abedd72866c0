import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach } from 'vitest';
import { promptEnvironment } from './installed-example.ts';

const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

export interface StartedCommand {
  /** The first text that matched the expression. */
  readonly found: string;
  /** All that it has printed so far, on both streams. */
  printed(): string;
}

/** Starts a command, which runs until the end of the test. Resolves once it has printed a text. */
export async function startCommand(
  cwd: string,
  file: string,
  args: readonly string[],
  awaited: RegExp,
): Promise<StartedCommand> {
  const child = spawn(file, args, { cwd, env: promptEnvironment() });
  const ended = once(child, 'exit');
  stops.push(() => {
    child.kill();
    return ended;
  });
  let output = '';
  const found = await new Promise<string>((resolve, reject) => {
    const read = (text: string) => {
      output += text;
      const match = awaited.exec(output);
      if (match) resolve(match[0]);
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    ended.then(([code]) => reject(new Error(`${file} ended with ${code}:\n${output}`)), reject);
  });
  return { found, printed: () => output };
}
