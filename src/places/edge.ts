/** Edge functions have no worker of any kind, and no timers outside a request. */

import { InlineConnection } from '../links/inline-connection.ts';
import type { RecorderRuntime } from '../links/recorder-runtime.ts';
import { after } from '../platform/timers.ts';
import { openCollector } from './edge-collector.ts';

export const runtime: RecorderRuntime = {
  // SharedArrayBuffer exists in workerd, but there is nobody to share it with.
  sharedMemory: false,
  // Timers are refused at module scope, where events may be recorded. None is needed: the next call of the
  // collector takes along what waits.
  after: () => () => {},
  connection: () => (recorder) =>
    new InlineConnection(recorder, { name: 'edge', after, givesUpAfter: 30 }, openCollector),
};
