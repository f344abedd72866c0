/** Runs scripts/start.mjs as a user does and waits for the address that it prints. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const START = fileURLToPath(new URL('../../scripts/start.mjs', import.meta.url));

export interface Served {
  /** The address, without a slash at the end. */
  readonly url: string;
  /** Resolves once a line with this text was printed. */
  printed(text: string): Promise<void>;
  /** Ends it as Ctrl+C would. Resolves to its exit code. */
  stop(): Promise<number | null>;
}

export async function start(...args: string[]): Promise<Served> {
  const child = spawn(process.execPath, [START, '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const printed = async (text: string) => {
    while (!lines.some((line) => line.includes(text))) await lineOrExit(child, reader, lines);
  };
  await printed('http://');
  const url = /http:\S+/.exec(lines.join('\n'))![0];
  return {
    url,
    printed,
    async stop() {
      const exit = once(child, 'exit');
      child.kill('SIGINT');
      const [code] = await exit;
      return code;
    },
  };
}

async function lineOrExit(child: ChildProcess, reader: NodeJS.EventEmitter, lines: string[]) {
  if (child.exitCode !== null) throw new Error(`it ended: ${lines.join('\n')}`);
  const waiting = new AbortController();
  const { signal } = waiting;
  await Promise.race([once(reader, 'line', { signal }), once(child, 'exit', { signal })]);
  waiting.abort();
}
