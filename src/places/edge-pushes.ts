// What an edge function needs that pushes to an engine. It loads this file then.
import { runToEnd } from '../collector/run-to-end.ts';
import { Pushes } from '../delivery/pushes.ts';
import { compact, compactEvents } from '../formats/compact/compact.ts';
import { otlpLogs } from '../formats/otlp/logs.ts';
import { otlp } from '../formats/otlp/otlp.ts';
import { remoteWrite } from '../formats/remote-write/remote-write.ts';
import { clock } from '../platform/clock.ts';

/** Makes what the exporters of one collector push with. */
export const edgePushes = (): Pushes =>
  new Pushes({
    clock,
    formats: async () => [remoteWrite, otlp, otlpLogs, compact, compactEvents],
    inSlices: async (work) => runToEnd(work),
  });
