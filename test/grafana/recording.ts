/** Records with every kind of metric, and all that a collector counts itself, for as long as it runs. */
import {
  setupCoordinationHooks,
  setupHealthHooks,
  setupMessagingHooks,
  setupRuntimeHooks,
  type TelemetryCollector,
} from 'utilityfog-telemetry';
import { instrumentFetch } from 'utilityfog-telemetry/fetch';

/** A label value with every character that has a meaning in the format. */
const AWKWARD = 'a "quoted" \\ back\nslash, {x="y"}';

/** Records something with each collection run. */
export function recordAll(collector: TelemetryCollector): void {
  const recorders = [everyKind, hooks, requests, troubles].map((setup) => setup(collector));
  setupRuntimeHooks(collector);
  collector.addHook('collection', () => {
    for (const record of recorders) record();
  });
}

/** The names of what `everyKind` registers. */
export const EVERY_KIND = [
  'orders_total',
  'visits',
  'busy_seconds_total',
  'queue_bytes',
  'full_ratio',
  'backup_timestamp_seconds',
  'wait_seconds',
  'native_seconds',
  'both_seconds',
  'size_bytes',
  'build_info',
  'phase',
];

function everyKind(collector: TelemetryCollector): () => void {
  const labelNames = ['note'] as const;
  const labels = { note: AWKWARD };
  const orders = collector.registerCounter('orders_total', 'Orders', { labelNames });
  const visits = collector.registerCounter('visits');
  const busy = collector.registerCounter('busy_seconds_total', 'Busy', { unit: 'seconds' });
  const queue = collector.registerGauge('queue_bytes', 'Queue', { labelNames, unit: 'bytes' });
  collector.registerGauge('full_ratio', 'Filling', { unit: 'ratio' }).set(0.5);
  collector.registerGauge('backup_timestamp_seconds', 'Backup').setToCurrentTime();
  const wait = collector.registerHistogram('wait_seconds', 'Wait', { labelNames, unit: 'seconds' });
  const native = collector.registerHistogram('native_seconds', 'Native', { native: true });
  const both = collector.registerHistogram('both_seconds', 'Both', { native: true, buckets: [1] });
  const size = collector.registerSummary('size_bytes', 'Size', { labelNames });
  collector.registerInfo('build_info', 'Build', { labels: { version: AWKWARD } });
  const phase = collector.registerStateSet('phase', 'Phase', { states: ['on', 'off'], labelNames });
  return () => {
    orders.increment(1, labels, { exemplar: { trace_id: 'abc' } });
    visits.increment();
    busy.increment(0.1);
    queue.set(Math.random() * 100, labels);
    for (const histogram of [native, both]) histogram.observe(Math.random() * 2);
    wait.observe(Math.random(), labels);
    size.observe(Math.random() * 100, labels);
    phase.set('off', labels);
  };
}

function hooks(collector: TelemetryCollector): () => void {
  setupCoordinationHooks(collector);
  setupMessagingHooks(collector);
  setupHealthHooks(collector);
  return () => {
    collector.recordEvent('coordination_message', { latency_seconds: 0.1, active_nodes: 3 });
    collector.recordEvent('message_sent', { queue_size: 2 });
    collector.recordEvent('message_received', { queue_size: 1, duration_seconds: 0.2 });
    collector.recordEvent('health_check', { status: 'DEGRADED', duration_seconds: 0.3 });
  };
}

function requests(collector: TelemetryCollector): () => void {
  const answer = ({ url }: Request) =>
    new Response('', { status: url.endsWith('/wrong') ? 500 : 200 });
  const handler = instrumentFetch(answer, { collector, route: ({ url }) => new URL(url).pathname });
  return () => {
    for (const path of ['right', 'wrong']) void handler(new Request(`http://localhost/${path}`));
  };
}

/** Does what the collector counts as an error, and lets series overflow, expire and garbage pile up. */
function troubles(collector: TelemetryCollector): () => void {
  const flood = collector.registerCounter('flood_total', 'Flood', { labelNames: ['n'] });
  const brief = collector.registerCounter('brief_total', 'Brief', {
    labelNames: ['n'],
    expireAfter: 0.2,
  });
  let n = 0;
  return () => {
    flood.increment(-1, { n: 0 });
    for (let i = 0; i < 100; i++) flood.increment(1, { n: n++ });
    brief.increment(1, { n });
    Array.from({ length: 10_000 }, (_, i) => ({ i }));
  };
}
