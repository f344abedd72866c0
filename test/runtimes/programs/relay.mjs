/** Serves a relay, sends to it as pages do, and prints what has added up. Runs in Node, Deno and Bun. */
import { createServer } from 'node:http';
import process from 'node:process';
import { Readable } from 'node:stream';
import {
  formatPrometheus,
  OTLPExporter,
  RelayExporter,
  TelemetryCollector,
} from 'utilityfog-telemetry';
import { createRelay } from 'utilityfog-telemetry/relay';

const aggregate = new TelemetryCollector();
const relay = createRelay({
  allowOrigins: ['https://shop.example'],
  token: 'of-pages',
  aggregate,
  families: [
    { name: 'views_total', type: 'counter', labelNames: ['page'] },
    { name: 'took_seconds', type: 'histogram', buckets: [0.1, 1] },
  ],
});

const url = `http://127.0.0.1:${await serve(relay)}/`;
for (const form of ['protobuf', 'json', 'compact']) {
  const collector = new TelemetryCollector();
  const views = collector.registerCounter('views_total', '', { labelNames: ['page'] });
  const took = collector.registerHistogram('took_seconds', '', { buckets: [0.1, 1] });
  const own = { url, bearerToken: 'of-pages' };
  const exporter =
    form === 'compact'
      ? new RelayExporter(own)
      : new OTLPExporter({ ...own, encoding: form, temporality: 'delta' });
  for (let i = 1; i <= 2; i++) {
    views.increment(i, { page: '/' });
    took.observe(0.5);
    if (!(await exporter.exportMetrics(collector))) throw new Error('it has not arrived');
  }
  await collector.shutdown();
}

const zeros = new Blob([new Uint8Array(2e7)]).stream();
const bomb = zeros.pipeThrough(new CompressionStream('gzip'));
const refused = await relay(
  new Request(url, {
    method: 'POST',
    headers: {
      authorization: 'Bearer of-pages',
      'content-type': 'application/json',
      'content-encoding': 'gzip',
    },
    body: new Uint8Array(await new Response(bomb).arrayBuffer()),
  }),
);

// What reads protobuf would keep something in a global, if it was let.
const globals = Reflect.ownKeys(globalThis).map(String);
const added = globals.filter((name) => name.includes('bufbuild'));
const text = await formatPrometheus(aggregate);
console.log(JSON.stringify({ text, bomb: refused.status, added }));
await aggregate.shutdown();
process.exit(0);

/** Returns the port. */
async function serve(handler) {
  const hostname = '127.0.0.1';
  if ('Deno' in globalThis) {
    return Deno.serve({ port: 0, hostname, onListen() {} }, (request) => handler(request)).addr
      .port;
  }
  if ('Bun' in globalThis) {
    return Bun.serve({ port: 0, hostname, fetch: (request) => handler(request) }).port;
  }
  const server = createServer(async (asked, told) => {
    const { method, headers } = asked;
    const body = Readable.toWeb(asked);
    const response = await handler(new Request(url, { method, headers, body, duplex: 'half' }));
    told.writeHead(response.status, Object.fromEntries(response.headers));
    told.end(Buffer.from(await response.arrayBuffer()));
  });
  await new Promise((resolve) => server.listen(0, hostname, resolve));
  return server.address().port;
}
