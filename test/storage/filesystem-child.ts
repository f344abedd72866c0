import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** A process with an open store. It stays until it is killed. */
export interface Child {
  /** The one line that it prints when it is done with its task. */
  readonly said: string;
  readonly ended: Promise<unknown>;
  /** Kills it with SIGKILL, so that it cannot close anything. */
  kill(): Promise<void>;
}

/** Builds the program that `startChild` runs. A worker thread can run it as well. */
export async function bundleStorage(folder: string): Promise<string> {
  const outfile = join(folder, 'child.mjs');
  const here = fileURLToPath(new URL('.', import.meta.url));
  await build({
    stdin: { contents: PROGRAM, resolveDir: here, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outfile,
  });
  return outfile;
}

export async function startChild(script: string, args: readonly string[]): Promise<Child> {
  const child: ChildProcess = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const line = once(createInterface({ input: child.stdout! }), 'line');
  const [said] = await Promise.race([line, ended.then(() => [''])]);
  return {
    said: String(said),
    ended,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

const PROGRAM = `
import fs from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import { filesystemStorage } from '../../src/storage/filesystem.ts';
import { claimedTexts } from './claim-all.ts';

const [directory, task, payload] = process.argv.slice(2);
const bytes = new TextEncoder().encode(payload);
const store = await filesystemStorage(directory).open('app');
let said = '';
if (task.startsWith('claim')) {
  said = JSON.stringify(await claimedTexts(store));
}
if (task.endsWith('die before deleting')) {
  process.getBuiltinModule('node:fs/promises').rm = () => {
    process.kill(process.pid, 'SIGKILL');
    return new Promise(() => {});
  };
}
if (payload !== undefined) await store.write([bytes]);
if (parentPort) parentPort.postMessage(said);
else console.log(said);
setInterval(() => {}, 60_000);
`;
