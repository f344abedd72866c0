/**
 * Measures how many batches of 20 series a relay adds up in a second of one core, and how much memory it has
 * after each part of them. `node --expose-gc bench/relay.mjs [--batches 1000000] [--gzip | --compact]`
 */
import { gzipSync } from 'node:zlib';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { RelayExporter, TelemetryCollector } from '../dist/node.js';
import { createRelay } from '../dist/relay.js';

const SERIES = 20;
const PARTS = 10;
const SENDERS = 100_000;
const PLACEHOLDER = 'sender-00000000';
const START = 1_800_000_000_000_000_000n;

const count = Number(process.argv[process.argv.indexOf('--batches') + 1]) || 100_000;
const isGzip = process.argv.includes('--gzip');
const isCompact = process.argv.includes('--compact');

const nested = (to, field, write) => {
  to.tag(field, WireType.LengthDelimited).fork();
  write(to);
  to.join();
};
const text = (to, field, value) => to.tag(field, WireType.LengthDelimited).string(value);
const attribute = (to, field, key, value) =>
  nested(to, field, (pair) => {
    text(pair, 1, key);
    nested(pair, 2, (any) => text(any, 1, value));
  });
const point = (to, i, attributes, rest) =>
  nested(to, 1, (one) => {
    attribute(one, attributes, 'route', `/page/${i}`);
    attribute(one, attributes, 'method', 'GET');
    one.tag(2, WireType.Bit64).fixed64(START - 1n);
    one.tag(3, WireType.Bit64).fixed64(START);
    rest(one);
  });

/** A batch of 16 series of a counter, and 4 of a histogram with 11 bounds. */
function template() {
  const request = new BinaryWriter();
  nested(request, 1, (all) => {
    nested(all, 1, (resource) => {
      attribute(resource, 1, 'service.name', 'shop');
      attribute(resource, 1, 'service.instance.id', PLACEHOLDER);
    });
    nested(all, 2, (scope) => {
      nested(scope, 2, (metric) => {
        text(metric, 1, 'requests_total');
        text(metric, 2, 'Requests that were made');
        nested(metric, 7, (data) => {
          data.tag(2, WireType.Varint).int32(1);
          data.tag(3, WireType.Varint).bool(true);
          for (let i = 0; i < SERIES - 4; i++) {
            point(data, i, 7, (one) => one.tag(4, WireType.Bit64).double(i));
          }
        });
      });
      nested(scope, 2, (metric) => {
        text(metric, 1, 'took_seconds');
        nested(metric, 9, (data) => {
          data.tag(2, WireType.Varint).int32(1);
          for (let i = 0; i < 4; i++) point(data, i, 9, histogram);
        });
      });
    });
  });
  return request.finish();
}

function histogram(one) {
  const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
  one.tag(4, WireType.Bit64).fixed64(12);
  one.tag(5, WireType.Bit64).double(3);
  nested(one, 6, (list) => {
    for (let i = 0; i <= bounds.length; i++) list.fixed64(1);
  });
  nested(one, 7, (list) => {
    for (const bound of bounds) list.double(bound);
  });
}

/** Returns where a pattern stands in the bytes. */
function placesOf(bytes, pattern) {
  const all = Buffer.from(bytes);
  const places = [];
  for (let at = all.indexOf(pattern); at >= 0; at = all.indexOf(pattern, at + 1)) places.push(at);
  return places;
}

/** Returns the same as `RelayExporter` sends it. */
async function compactTemplate() {
  const collector = new TelemetryCollector({ link: 'inline' });
  const labelNames = ['route', 'method'];
  const requests = collector.registerCounter('requests_total', 'Requests that were made', {
    labelNames,
  });
  const took = collector.registerHistogram('took_seconds', '', { labelNames });
  const labels = (i) => ({ route: `/page/${i}`, method: 'GET' });
  for (let i = 0; i < SERIES - 4; i++) requests.increment(i, labels(i));
  for (let i = 0; i < 4; i++) {
    for (const value of [0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20]) {
      took.observe(value, labels(i));
    }
  }
  const { fetch } = globalThis;
  let sent;
  globalThis.fetch = async (_, { body }) => {
    sent = body;
    return new Response(null, { status: 204 });
  };
  const exporter = new RelayExporter({ url: 'http://relay.test/', compression: 'none' });
  await exporter.exportMetrics(collector);
  await collector.shutdown();
  globalThis.fetch = fetch;
  return sent;
}

const body = isCompact ? await compactTemplate() : template();
/** Where the id of the sender is in the compact form. */
const id = isCompact
  ? Buffer.from(body)
      .toString('latin1')
      .search(/[0-9a-f]{32}/)
  : 0;
const time = Buffer.alloc(8);
time.writeBigUInt64LE(START);
const times = placesOf(body, time);
const [sender] = placesOf(body, PLACEHOLDER);

/** Returns a batch that no other one equals. */
function batch(i) {
  const own = Buffer.from(body);
  if (isCompact) {
    // Each batch has a sender of its own. The relay forgets the oldest ones.
    own.write(String(i).padStart(32, '0'), id);
    return own;
  }
  own.write(String(i % SENDERS).padStart(8, '0'), sender + PLACEHOLDER.length - 8);
  const now = START + BigInt(Math.floor(i / SENDERS)) * 1_000_000n;
  for (const at of times) own.writeBigUInt64LE(now, at);
  return isGzip ? gzipSync(own, { level: 1 }) : own;
}

const collector = new TelemetryCollector({ link: 'inline' });
const relay = createRelay({ allowOrigins: ['https://shop.example'], aggregate: collector });
const headers = {
  origin: 'https://shop.example',
  'content-type': isCompact ? 'application/vnd.utilityfog.telemetry' : 'application/x-protobuf',
  ...(isGzip && { 'content-encoding': 'gzip' }),
};

/** Sends some batches, with 16 under way at a time. Returns the seconds of CPU that this took. */
async function send(from, to) {
  const before = process.cpuUsage();
  let next = from;
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (next < to) {
        const body = bodies ? bodies[next++ - from] : batch(next++);
        const request = new Request('http://relay.test/', { method: 'POST', headers, body });
        const { status } = await relay(request);
        if (status !== 200) throw new Error(`answered ${status}`);
      }
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Batches that were made before their part was sent: compressing them takes longer than all else. */
let bodies;
const each = Math.ceil(count / PARTS);
console.log(`${body.length} bytes in a batch of ${SERIES} series${isGzip ? ', before gzip' : ''}`);
for (let part = 0; part < PARTS; part++) {
  const from = part * each;
  if (isGzip) bodies = Array.from({ length: each }, (_, i) => batch(from + i));
  const seconds = await send(from, from + each);
  bodies = undefined;
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
  console.log(
    `${from + each} batches: ${Math.round(each / seconds)} a second of CPU, heap ${megabytes(heapUsed)}, resident ${megabytes(rss)}`,
  );
}
const { metrics } = await collector.getSnapshot();
console.log(`counted: ${metrics.relay_points_total.value} points of ${count * SERIES}`);
await collector.shutdown();
