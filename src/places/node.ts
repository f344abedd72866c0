/** Node, Deno and Bun: all three offer `node:worker_threads`. */

import type { Worker as NodeWorker } from 'node:worker_threads';
import type { Endpoint } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { checkedServeOptions } from '../http/serve-options.ts';
import type { CodeOfParts } from '../links/feature-code.ts';
import type { AnyWorker, LinkRuntime, StartedWorker } from '../links/link-runtime.ts';
import type { Runtime } from '../links/runtime.ts';
import { WorkerConnection } from '../links/worker-connection.ts';
import { TelemetryError } from '../model.ts';
import { nodeBuiltin } from '../platform/node-builtin.ts';
import { after, every } from '../platform/timers.ts';
import { holder } from './holder.ts';
import { nodeFollower } from './node-follower.ts';

/** Marks the collector's own worker, in which a preloaded script must not start another. */
const WORKER_MARK = 'utilityfog-telemetry';

function started(worker: AnyWorker): StartedWorker {
  if (!('on' in worker)) {
    throw new TelemetryError(
      'invalid_worker',
      'the worker option must return a Worker of node:worker_threads here',
    );
  }
  const nodeWorker = worker as NodeWorker;
  // The listener stays for good: an error in a worker that nobody listens to ends the process.
  let report: (reason: string) => void = () => {};
  nodeWorker.on('error', (error) => report(String(error)));
  nodeWorker.on('exit', (code) => report(`the worker ended with code ${code}`));
  const endpoint = nodeEndpoint(nodeWorker as never) as Endpoint;
  return {
    endpoint,
    onFailure: (listener) => {
      report = listener;
    },
    // A message listener that is added refs the worker again, so the count starts as held and
    // `hold` is what comes after the listeners.
    ...holder(
      () => nodeWorker.ref(),
      () => nodeWorker.unref(),
    ),
    answered: () => {},
    terminate: () => void nodeWorker.terminate(),
  };
}

async function startFromText(joined: CodeOfParts['joined']): Promise<StartedWorker> {
  const threads = nodeBuiltin('node:worker_threads');
  if (!threads) throw new Error('node:worker_threads is not available');
  if (threads.workerData?.[WORKER_MARK]) throw new Error('already inside the collector');
  const { workerText } = await import('#worker-text');
  return started(
    new threads.Worker(await joined(workerText), {
      eval: true,
      name: WORKER_MARK,
      workerData: { [WORKER_MARK]: true },
      // Preloads of the application (`--require`, also in NODE_OPTIONS) have no business here.
      execArgv: [],
      env: {},
      stdin: false,
      // The text of a scrape would make V8 triple the room for new objects, up to 48 MB, for good. At
      // 100,000 series this halves what a scrape takes, and costs no time (`npm run bench -- scaling`).
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    }),
  );
}

// One listener for all collectors: Node warns of a leak from the eleventh on.
const endings = new Set<() => void>();
function onBeforeExit(): void {
  for (const ending of endings) ending();
}
function onEnding(ending: () => void): () => void {
  if (endings.size === 0) process.on('beforeExit', onBeforeExit);
  endings.add(ending);
  return () => {
    endings.delete(ending);
    if (endings.size === 0) process.off('beforeExit', onBeforeExit);
  };
}

const links: LinkRuntime = {
  name: 'Deno' in globalThis ? 'deno' : 'Bun' in globalThis ? 'bun' : 'node',

  serving: checkedServeOptions,

  whyNotShared: () => 'there is no SharedArrayBuffer here',

  workerStarts: (application) => [
    ...(application ? [{ way: 'application', start: async () => started(application()) }] : []),
    { way: 'eval', start: startFromText },
  ],

  inlineCollector: () => import('#inline'),

  after,
  every,

  portHolder(port) {
    const nodePort = port as unknown as import('node:worker_threads').MessagePort;
    return holder(
      () => nodePort.ref(),
      () => nodePort.unref(),
      1,
    );
  },

  lifeline: async () => {}, // ports tell

  follower: nodeFollower,

  onLifecycle: (listener) => onEnding(() => listener.ending()),
};

/** Where records go unless the application says otherwise. */
const RECORDS = '.utilityfog-telemetry';

/** As of now: the collector's thread asks later, when the directory may be another. */
function absolute(path: string): string {
  const { Deno } = globalThis as {
    Deno?: { permissions?: { querySync?(of: object): { readonly state: string } } } | undefined;
  };
  try {
    // Where the directory may not be read, to ask for it would ask whoever is at the terminal.
    const here = Deno?.permissions?.querySync?.({ name: 'read', path: '.' });
    if (here && here.state !== 'granted') return path;
    return path === '' ? path : process.getBuiltinModule('node:path').resolve(path);
  } catch {
    return path; // the working directory is gone
  }
}

export const runtime: Runtime = {
  absolute,
  recordsIn: (directory = RECORDS) => absolute(directory),
  sharedMemory: typeof SharedArrayBuffer === 'function',
  after,
  connection: () => (recorder) => new WorkerConnection(recorder, links),
};
