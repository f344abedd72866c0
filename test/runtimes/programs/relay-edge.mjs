/** An edge function that is a relay: it adds up in its own collector, or sends on. */
import { TelemetryCollector } from 'utilityfog-telemetry';
import { createRelay } from 'utilityfog-telemetry/relay';

const aggregate = new TelemetryCollector();
const metrics = aggregate.handler();
const adds = createRelay({ allowOrigins: [], aggregate });
let sends;

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/metrics') return metrics(request);
    if (pathname === '/add') return adds(request);
    sends ??= createRelay({
      allowOrigins: [],
      forward: { url: searchParams.get('to'), protocol: 'remote-write' },
    });
    return sends(request);
  },
};
