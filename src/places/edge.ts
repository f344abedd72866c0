/** Edge functions: no worker of any kind, and no timer outside a request. */

import { InlineConnection } from '../links/inline-connection.ts';
import type { Runtime } from '../links/runtime.ts';
import { after } from '../platform/timers.ts';
import { openCollector } from './edge-collector.ts';

export const runtime: Runtime = {
  // SharedArrayBuffer exists in workerd and proves nothing: there is nobody to share it with.
  sharedMemory: false,
  // Timers are refused at module scope, where events may be recorded. None is needed: what waits
  // is taken along by the next call of the collector.
  after: () => () => {},
  connection: () => (recorder) =>
    new InlineConnection(recorder, { name: 'edge', after, abandonedAfter: 30 }, openCollector),
};
