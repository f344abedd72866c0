/** Edge functions: no worker of any kind, and no timer outside a request. */
import { inlineService } from '../inline.ts';
import { Connection } from '../links/connection.ts';
import { after, every, type LinkRuntime, type Runtime } from './runtime.ts';

/** There is nothing here that a program may ask about its process. */
export function instrumentRuntime(): void {}

const links: LinkRuntime = {
  name: 'edge',
  workerStarts: () => [],
  inlineCollector: async () => ({ inlineService }),
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
  after,
  onEnding: () => () => {},
  connection: (recorder) => new Connection(recorder, links),
};
