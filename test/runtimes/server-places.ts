/** Every server runtime, with all permissions and with fewer, and the results that are expected there. */
import type { Expected } from './results.ts';
import {
  bun,
  deno,
  NODES,
  node24,
  node26,
  restricted,
  type ServerRuntime,
} from './server-runtimes.ts';

export interface ServerPlace {
  readonly runtime: ServerRuntime;
  readonly expected: Expected;
  readonly listens?: boolean;
  readonly threads?: boolean | undefined;
  /** Whether files can be written. */
  readonly files?: boolean;
}

function everything(runtime: ServerRuntime): ServerPlace {
  const expected = { link: 'shared', storage: 'filesystem', runtime: runtime.kind };
  return { runtime, expected, listens: true, threads: true, files: true };
}

function denoWith(name: string, flags: string[], offers: Partial<ServerPlace>): ServerPlace {
  const runtime = restricted(deno, name, ['run', '--no-prompt', ...flags]);
  const expected = offers.files
    ? { link: 'shared', storage: 'filesystem', runtime: 'deno' }
    : { link: 'shared', storage: 'memory', runtime: 'deno', remedy: denoFiles };
  // Threads need to read files, since the script of a thread is one.
  return { runtime, expected, threads: offers.files, ...offers };
}

const denoFiles = '--allow-read=.utilityfog-telemetry --allow-write=.utilityfog-telemetry';
const withoutWorker = { link: 'inline', runtime: 'node', failed: ['eval'] };

export const SERVER_PLACES: readonly ServerPlace[] = [
  ...NODES.map(everything),
  {
    runtime: restricted(node24, '`--permission`, files allowed', [
      '--permission',
      '--allow-fs-read=*',
      '--allow-fs-write=*',
    ]),
    expected: { ...withoutWorker, storage: 'filesystem' },
    listens: true,
    files: true,
  },
  {
    // From Node 25 on the network must be allowed, too.
    runtime: restricted(node26, '`--permission`', ['--permission', '--allow-fs-read=*']),
    expected: { ...withoutWorker, storage: 'memory', remedy: '--allow-fs-write' },
  },
  everything(deno),
  denoWith('no permissions', [], {}),
  denoWith('no filesystem', ['--allow-net'], { listens: true }),
  denoWith('no network', ['--allow-read', '--allow-write'], { files: true }),
  everything(bun),
];
