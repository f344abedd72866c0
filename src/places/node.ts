/** The place for threads in Node, Deno and Bun. All three offer `node:worker_threads`. */

import type { Worker as NodeWorker } from 'node:worker_threads';
import type { Endpoint } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { checkedServeOptions } from '../http/serve-options.ts';
import type { CodeOfParts } from '../links/feature-code.ts';
import type { AnyWorker, LinkRuntime, StartedWorker } from '../links/link-runtime.ts';
import type { RecorderRuntime } from '../links/recorder-runtime.ts';
import { TelemetryError, textOf } from '../model.ts';
import { nodeBuiltin } from '../platform/node-builtin.ts';
import { after, every } from '../platform/timers.ts';
import { nodeFollower } from './node-follower.ts';
import { processHold } from './process-hold.ts';
import { ServingConnection } from './serving-connection.ts';

/** Marks the collector's own worker, in which a preloaded script must not start another. */
const WORKER_MARK = 'utilityfog-telemetry';

function started(worker: AnyWorker): StartedWorker {
  if (!('on' in Object(worker))) {
    throw new TelemetryError(
      'invalid_worker',
      `the worker option must return a Worker of node:worker_threads here; got ${textOf(worker)}`,
    );
  }
  const nodeWorker = worker as NodeWorker;
  // The listener is never removed: an error in a worker that nobody listens to ends the process.
  let report: (reason: string) => void = () => {};
  nodeWorker.on('error', (error) => report(String(error)));
  nodeWorker.on('exit', (code) => report(`the worker ended with code ${code}`));
  const endpoint = nodeEndpoint(nodeWorker as never) as Endpoint;
  return {
    endpoint,
    onFailure: (listener) => {
      report = listener;
    },
    // Adding a message listener refs the worker again. So the count starts as held, and `hold` counts only
    // what comes after the listeners.
    ...processHold(
      () => nodeWorker.ref(),
      () => nodeWorker.unref(),
    ),
    answered: () => {},
    terminate: () => void nodeWorker.terminate(),
  };
}

async function startFromText(withParts: CodeOfParts['withParts']): Promise<StartedWorker> {
  const threads = nodeBuiltin('node:worker_threads');
  if (!threads) throw new Error('node:worker_threads is not available');
  if (threads.workerData?.[WORKER_MARK]) throw new Error('already inside the collector');
  const { workerText } = await import('#worker-text');
  return started(
    new threads.Worker(await withParts(workerText), {
      eval: true,
      name: WORKER_MARK,
      workerData: { [WORKER_MARK]: true },
      // The application's preloads (`--require`, also in NODE_OPTIONS) must not run here.
      execArgv: [],
      env: {},
      stdin: false,
      // The text of a scrape would make V8 triple the room for new objects, up to 48 MB, for good. At
      // 100,000 series this halves what a scrape takes, and costs no time (`npm run bench -- scaling`).
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    }),
  );
}

// All collectors share one listener, since Node warns of a leak from the eleventh on.
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
    return processHold(
      () => nodePort.ref(),
      () => nodePort.unref(),
      1,
    );
  },

  lifeline: async () => {}, // ports tell when a thread ends

  follower: nodeFollower,

  onLifecycle: (listener) => onEnding(() => listener.ending()),
};

/** The directory for records, unless the application names another. */
const RECORDS = '.utilityfog-telemetry';

/** Resolves a path now: the collector's thread uses it later, when the working directory may have changed. */
function absolute(path: string): string {
  const { Deno } = globalThis as {
    Deno?: { permissions?: { querySync?(of: object): { readonly state: string } } } | undefined;
  };
  try {
    // If Deno may not read the directory, asking for it would prompt the user at the terminal.
    const here = Deno?.permissions?.querySync?.({ name: 'read', path: '.' });
    if (here && here.state !== 'granted') return path;
    return path === '' ? path : process.getBuiltinModule('node:path').resolve(path);
  } catch {
    return path; // the working directory is gone
  }
}

export const runtime: RecorderRuntime = {
  absolute,
  recordsIn: (directory = RECORDS) => absolute(directory),
  sharedMemory: typeof SharedArrayBuffer === 'function',
  after,
  connection: () => (recorder) => new ServingConnection(recorder, links),
};
