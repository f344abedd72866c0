/**
 * Compares the forms in which a page can send to a relay: how many bytes a request has, and how much CPU the page takes
 * to write it and the relay to add it up. `node bench/relay-forms.mjs [--exports 2000]`
 *
 * The page has 20 series: 16 of a counter with two labels, and 4 of a histogram with 11 bounds; between two exports half
 * of them change. `--vitals` makes it what `setupBrowserTelemetry()` has instead: 4 histograms and 3 counters.
 */
import { OTLPExporter, RelayExporter, TelemetryCollector } from '../dist/node.js';
import { createRelay } from '../dist/relay.js';

const count = Number(process.argv[process.argv.indexOf('--exports') + 1]) || 2000;
const isVitals = process.argv.includes('--vitals');
const url = 'http://relay.test/v1/metrics';
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const FORMS = {
  'OTLP, protobuf, gzip': () => new OTLPExporter({ url, temporality: 'delta' }),
  'OTLP, protobuf': () => new OTLPExporter({ url, temporality: 'delta', compression: 'none' }),
  'OTLP, JSON, gzip': () => new OTLPExporter({ url, temporality: 'delta', encoding: 'json' }),
  'compact, gzip': () => new RelayExporter({ url }),
  compact: () => new RelayExporter({ url, compression: 'none' }),
};

/** Returns a function that records what happens in a page between two exports. */
function page(collector) {
  const labelNames = isVitals ? ['page'] : ['route', 'method'];
  const requests = collector.registerCounter('web_requests_total', 'Requests', { labelNames });
  const options = { labelNames, buckets: BOUNDS };
  const took = ['took', 'paint', 'input', 'shift'].map((name) =>
    collector.registerHistogram(`web_${name}_seconds`, `How long ${name} takes`, options),
  );
  const labels = (i) =>
    isVitals ? { page: `/products/${i % 3}` } : { route: `/api/products/${i}`, method: 'GET' };
  return (n) => {
    const series = isVitals ? 3 : 16;
    for (let i = n % 2; i < series; i += 2) requests.increment(1 + (i % 5), labels(i));
    for (const [i, histogram] of (isVitals ? took : took.slice(0, 1)).entries()) {
      for (let k = n % 2; k < (isVitals ? 1 : 4); k += 2) {
        // Browsers tell times in steps of a tenth of a millisecond.
        histogram.observe((((n * 7919 + k * 104_729 + i) % 9000) + 1) / 10_000, labels(k));
      }
    }
  };
}

const seconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

for (const [name, make] of Object.entries(FORMS)) {
  const collector = new TelemetryCollector({ link: 'inline' });
  const record = page(collector);
  const exporter = make();
  const requests = [];
  globalThis.fetch = async (_, { body, headers }) => {
    requests.push({ body, headers });
    return new Response(null, { status: 204 });
  };
  for (let n = 0; n < 100; n++) {
    record(n);
    await exporter.exportMetrics(collector);
  }
  requests.length = 0;
  const before = seconds();
  for (let n = 0; n < count; n++) {
    record(n);
    await exporter.exportMetrics(collector);
  }
  const written = seconds() - before;
  const bytes = requests.map(({ body }) => body.length).sort((a, b) => a - b);
  const aggregate = new TelemetryCollector({ link: 'inline' });
  const relay = createRelay({ allowOrigins: [], aggregate });
  const from = seconds();
  for (const { body, headers } of requests) {
    const { status } = await relay(new Request(url, { method: 'POST', headers, body }));
    if (status !== 200) throw new Error(`${name}: answered ${status}`);
  }
  const read = seconds() - from;
  const micro = (time) => `${Math.round((time / requests.length) * 1e6)} µs`;
  console.log(
    `${name.padEnd(22)} ${String(bytes[bytes.length >> 1]).padStart(5)} bytes, page ${micro(written)}, relay ${micro(read)}`,
  );
  await collector.shutdown();
  await aggregate.shutdown();
}
