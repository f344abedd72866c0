import { OTLPExporter } from 'utilityfog-telemetry';
import { expect, it } from 'vitest';
import { logOf, makeCollector, sampleOf } from '../collectors.ts';
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
