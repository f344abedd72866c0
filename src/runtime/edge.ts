/** Edge functions: no worker of any kind, and no timer outside a request. */

import { inlineService } from '../inline.ts';
import * as connection from '../links/connection.ts';
import { milliseconds, type Runtime } from './runtime.ts';

/** There is nothing here that a program may ask about its process. */
export function instrumentRuntime(): void {}

export const runtime: Runtime = {
  name: 'edge',
  // SharedArrayBuffer exists in workerd and proves nothing: there is nobody to share it with.
  sharedMemory: false,
  canServe: false,
  connection: () => connection,

  workerStarts: async () => [],
  inlineCollector: async () => ({ inlineService }),
  every(seconds, run) {
    const timer = setInterval(run, milliseconds(seconds));
    return () => clearInterval(timer);
  },
  after(seconds, run) {
    const timer = setTimeout(run, milliseconds(seconds));
    return () => clearTimeout(timer);
  },
  portHolder: () => ({ hold: () => {}, release: () => {} }),
  onLifecycle: () => () => {},
};
