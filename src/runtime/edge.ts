/** Edge functions: no worker of any kind, and no timer outside a request. */
import { openCollector } from '../inline-edge.ts';
import { InlineConnection } from '../links/inline-connection.ts';
import { after } from '../timers.ts';
import type { Runtime } from './runtime.ts';

/** There is nothing here that a program may ask about its process. */
export function instrumentRuntime(): void {}

export const runtime: Runtime = {
  // SharedArrayBuffer exists in workerd and proves nothing: there is nobody to share it with.
  sharedMemory: false,
  // Timers are refused at module scope, where events may be recorded. None is needed: what waits
  // is taken along by the next call of the collector.
  after: () => () => {},
  connection: () => (recorder) =>
    new InlineConnection(recorder, { name: 'edge', after, abandonedAfter: 30 }, openCollector),
};
