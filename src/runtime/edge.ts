/** Edge functions: no worker of any kind, and no timer outside a request. */
import { inlineService } from '../inline.ts';
import { Connection } from '../links/connection.ts';
import { edgePlace } from './collector-side.ts';
import { after, every, type LinkRuntime, type Runtime } from './runtime.ts';

/** There is nothing here that a program may ask about its process. */
export function instrumentRuntime(): void {}

/**
 * A timer is refused while the module loads, and one that outlives its request never fires. The
 * collector is in this thread, so nothing is gained by waiting longer than for the caller to end.
 */
function soon(_seconds: number, run: () => void): () => void {
  let cancelled = false;
  queueMicrotask(() => {
    if (!cancelled) run();
  });
  return () => {
    cancelled = true;
  };
}

const links: LinkRuntime = {
  name: 'edge',
  workerStarts: () => [],
  inlineCollector: async () => ({
    inlineService: (client) => inlineService(client, edgePlace),
  }),
  after,
  every,
  portHolder: () => ({ hold: () => {}, release: () => {} }),
  lifeline: async () => {},
  onLifecycle: () => () => {},
};

export const runtime: Runtime = {
  // SharedArrayBuffer exists in workerd and proves nothing: there is nobody to share it with.
  sharedMemory: false,
  canServe: false,
  after: soon,
  connection: (recorder) => new Connection(recorder, links),
};
