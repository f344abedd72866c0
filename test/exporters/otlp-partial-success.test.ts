import { gunzipSync } from 'node:zlib';
import { OTLPExporter } from 'utilityfog-telemetry';
import { expect, it } from 'vitest';
import { logOf, makeCollector, sampleOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';
import { metricsIn, readJsonRequest, readRequest } from '../formats/otlp-reader.ts';
import { pointsIn } from '../formats/otlp-writer.ts';
import { receiver } from './http-server.ts';

const MESSAGE = 'point 3 is odd';
/** `partial_success { rejected_data_points: 300, error_message }` */
const protobuf = Buffer.concat([
  Buffer.from([0x0a, 5 + MESSAGE.length, 0x08, 0xac, 0x02, 0x12, MESSAGE.length]),
  Buffer.from(MESSAGE),
]);
const json = JSON.stringify({
  partialSuccess: { rejectedDataPoints: '300', errorMessage: MESSAGE },
});

it.each([
  ['protobuf', 'application/x-protobuf', protobuf, 300],
  ['json', 'application/json', json, 300],
  ['json', 'application/json', '{}', undefined],
  ['protobuf', 'application/x-protobuf', '', undefined],
  ['protobuf', 'text/html', '<p>fine', undefined],
  ['json', 'application/json', '{"partialSuccess":7', undefined],
] as const)(
  'what a receiver of %s refuses in %s is counted: %#',
  async (encoding, type, body, count) => {
    const { url, received } = await receiver((response) =>
      response.writeHead(200, { 'content-type': type }).end(body),
    );
    const collector = makeCollector();
    collector.registerCounter('a_total').increment();
    const exporter = new OTLPExporter({ url, encoding });
    // The rest was taken, and must not be sent again.
    expect(await exporter.exportMetrics(collector)).toBe(true);
    expect(received).toHaveLength(1);
    const labels = { exporter: 'otlp', reason: 'refused' };
    const dropped = await sampleOf(collector, 'telemetry_delivery_dropped_series_total', labels);
    expect(dropped).toBe(count);
    if (count) expect(logOf(collector).join()).toContain(MESSAGE);
    else expect(logOf(collector)).toEqual([]);
  },
);

const ENCODINGS = ['protobuf', 'json'] as const;

it.each(ENCODINGS)('a receiver that refuses whole requests in %s', async (encoding) => {
  let mostBytes = 0;
  const { url, received } = await receiver((response, { body }) => {
    const text = gunzipSync(body);
    if (text.length > mostBytes) response.writeHead(413).end('too large');
    else if (text.includes('bad_total')) response.writeHead(400).end('bad_total is bad');
    else response.writeHead(200).end();
  });
  const collector = makeCollector();
  const good = collector.registerCounter('good_total', '', { labelNames: ['i'] });
  for (let i = 0; i < 100; i++) good.increment(1, { i: `${i}` });
  collector.registerCounter('bad_total').increment();
  mostBytes = 2000;
  const exporter = new OTLPExporter({ url, encoding });
  expect(await exporter.exportMetrics(collector)).toBe(false);
  const labels = { exporter: 'otlp', reason: 'refused' };
  // One bad series costs one series.
  expect(await sampleOf(collector, 'telemetry_delivery_dropped_series_total', labels)).toBe(1);
  expect(logOf(collector).join()).toContain('bad_total is bad');
  const taken = received
    .map(({ body }) => gunzipSync(body))
    .filter((text) => text.length <= mostBytes && !text.includes('bad_total'));
  const read = encoding === 'json' ? readJsonRequest : readRequest;
  const points = pointsIn(
    taken.flatMap((text) => metricsIn(read(text)).filter(({ name }) => name === 'good_total')),
  );
  expect(points).toHaveLength(100);
});

it('what waits from before a restart is halved, too', async () => {
  let isDown = true;
  const { url, received } = await receiver((response, { body }) => {
    if (isDown) return response.writeHead(503).end();
    const isBad = gunzipSync(body).includes('bad_total');
    return response.writeHead(isBad ? 400 : 200).end();
  });
  const options = { url, queue: { persist: 'otlp', directory: await makeFolder() } };
  const earlier = makeCollector();
  earlier.registerCounter('good_total').increment();
  earlier.registerCounter('bad_total').increment();
  await new OTLPExporter(options).exportMetrics(earlier);
  await earlier.shutdown();
  isDown = false;
  const count = received.length;
  const collector = makeCollector();
  await new OTLPExporter(options).exportMetrics(collector);
  const labels = { exporter: 'otlp', reason: 'refused' };
  expect(await sampleOf(collector, 'telemetry_delivery_dropped_series_total', labels)).toBe(1);
  const taken = received.slice(count).map(({ body }) => String(gunzipSync(body)));
  expect(taken.some((text) => text.includes('good_total') && !text.includes('bad_total'))).toBe(
    true,
  );
});
