/** Events, sent by OTLP as log records. */
import { gunzipSync } from 'node:zlib';
import generated from '@opentelemetry/otlp-transformer/build/src/generated/root.js';
import fc from 'fast-check';
import {
  type DeliveryReport,
  MultiExporter,
  OTLPExporter,
  type OTLPOptions,
  PeriodicExporter,
} from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { joinThread, LINKS, makeCollector, sampleOf } from '../collectors.ts';
import { type Answer, receiver, status } from '../exporters/http-server.ts';
import { makeFolder } from '../folder.ts';
import { nodePath, otlpReceiverPath, requirePart } from '../parts.ts';
import { startReceiver } from './otlp-receiver.ts';

type Fields = Readonly<Record<string, unknown>>;
interface Logs {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes: readonly unknown[] };
    readonly scopeLogs: readonly {
      readonly scope: Fields;
      readonly logRecords: readonly Fields[];
    }[];
  }[];
}
interface MessageType {
  decode(bytes: Uint8Array): unknown;
  toObject(message: unknown, options: object): unknown;
}

const Request = (
  generated as unknown as {
    opentelemetry: {
      proto: { collector: { logs: { v1: { ExportLogsServiceRequest: MessageType } } } };
    };
  }
).opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;

/** Reads a request with OpenTelemetry's own code. */
function readProtobuf(bytes: Uint8Array): Logs {
  const options = { longs: String, arrays: false, bytes: Array };
  return Request.toObject(Request.decode(bytes), options) as Logs;
}

const recordsIn = (logs: Logs) =>
  logs.resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap((one) => one.logRecords));

/** A receiver of OTLP, and what has come to it by path. */
async function receivingEvents(...answers: readonly Answer[]) {
  const { url, received } = await receiver(...answers);
  const records = () =>
    received
      .filter(({ path }) => path === '/v1/logs')
      .flatMap(({ body, headers }) => {
        const bytes = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
        const isJson = headers['content-type'] === 'application/json';
        return recordsIn(isJson ? JSON.parse(String(bytes)) : readProtobuf(bytes));
      });
  return { url: `${url}/v1/metrics`, received, records };
}

const exporterTo = (url: string, options: Partial<OTLPOptions> = {}) =>
  new OTLPExporter({ url, events: true, ...options });

const namesOf = (records: readonly Fields[]) => records.map(({ eventName }) => eventName);

describe.each(LINKS)('events over the %s link', (link) => {
  it('are sent once each, with metrics, from every thread', async () => {
    const { url, received, records } = await receivingEvents(status(200));
    const collector = makeCollector({ link });
    collector.registerCounter('a_total').increment();
    collector.recordEvent('first', { deep: [1, -2, 0.5, 'é', null, true] }, { labels: { k: 'v' } });
    const exporter = exporterTo(url, { encoding: 'json' });
    expect(await exporter.exportMetrics(collector)).toBe(true);
    expect(received.map(({ path }) => path).sort()).toEqual(['/v1/logs', '/v1/metrics']);
    const [record] = records();
    expect(record).toEqual({
      timeUnixNano: expect.stringMatching(/^1\d{18}$/),
      observedTimeUnixNano: record!.timeUnixNano,
      eventName: 'first',
      body: {
        kvlistValue: {
          values: [
            {
              key: 'deep',
              value: {
                arrayValue: {
                  values: [
                    ...[{ intValue: '1' }, { intValue: '-2' }, { doubleValue: 0.5 }],
                    ...[{ stringValue: 'é' }, {}, { boolValue: true }],
                  ],
                },
              },
            },
          ],
        },
      },
      attributes: [
        { key: 'event.name', value: { stringValue: 'first' } },
        { key: 'k', value: { stringValue: 'v' } },
      ],
    });
    const thread = link === 'inline' ? collector : joinThread(collector);
    thread.recordEvent('second');
    expect(await exporter.exportMetrics(collector)).toBe(true);
    // There is nothing new, so there is no request.
    expect(await exporter.exportMetrics(collector)).toBe(true);
    expect(namesOf(records())).toEqual(['first', 'second']);
    expect(received.filter(({ path }) => path === '/v1/logs')).toHaveLength(2);
  });

  it('wait while the receiver is down, and leave when the collector ends', async () => {
    const { url, records } = await receivingEvents(status(503), status(503), status(200));
    const collector = makeCollector({ link });
    collector.recordEvent('early');
    const periodic = new PeriodicExporter(exporterTo(url), collector, { interval: 3600 });
    await periodic.start();
    await collector.flush();
    collector.recordEvent('late');
    await collector.shutdown();
    const names = namesOf(records());
    expect(names.filter((name) => name === 'late')).toHaveLength(1);
    expect(new Set(names)).toEqual(new Set(['early', 'late']));
  });
});

describe('events', () => {
  it('read the same from protobuf and JSON, whatever they are', async () => {
    const { url, received } = await receivingEvents(status(200));
    const collector = makeCollector();
    const encodings = ['json', 'protobuf'] as const;
    const exporters = encodings.map((encoding) =>
      exporterTo(url, { encoding, compression: 'none', resource: { 'service.instance.id': 'x' } }),
    );
    const anything = fc.record({
      name: fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
      value: fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' }),
      labels: fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ unit: 'binary' }), {
        maxKeys: 3,
      }),
    });
    const ids = { trace_id: '5b8efff798038103d269b633813fc60c', span_id: 'eee19b7ec3c1b174' };
    collector.recordEvent('traced', 1, { labels: ids });
    for (const { name, value, labels } of fc.sample(anything, 200)) {
      collector.recordEvent(name, value, { labels, metadata: { value } });
    }
    for (const one of exporters) expect(await one.exportMetrics(collector)).toBe(true);
    const bodies = received.filter(({ path }) => path === '/v1/logs').map(({ body }) => body);
    expect(bodies).toHaveLength(2);
    const [json, protobuf] = [JSON.parse(String(bodies[0])) as Logs, readProtobuf(bodies[1]!)];
    expect(recordsIn(protobuf)).toHaveLength(201);
    const [traced] = recordsIn(protobuf);
    expect(Buffer.from(traced!.traceId as number[]).toString('hex')).toBe(ids.trace_id);
    expect(Buffer.from(traced!.spanId as number[]).toString('hex')).toBe(ids.span_id);
    expect(comparable(protobuf)).toEqual(comparable(json));
  });

  it('that come faster than they are exported are counted as lost', async () => {
    const { url, records } = await receivingEvents(status(200));
    const collector = makeCollector({ eventLimit: 3 });
    const reports: DeliveryReport[] = [];
    collector.onDelivery((report) => void reports.push(report));
    const exporter = exporterTo(url);
    await exporter.exportMetrics(collector);
    for (let i = 0; i < 10; i++) collector.recordEvent(`e${i}`);
    await exporter.exportMetrics(collector);
    expect(namesOf(records())).toEqual(['e7', 'e8', 'e9']);
    expect(reports.filter(({ outcome }) => outcome === 'dropped')).toEqual([
      {
        ...{ exporter: 'otlp_logs', destination: url.replace('metrics', 'logs') },
        ...{ outcome: 'dropped', reason: 'full', count: 7, what: 'events' },
        message: expect.any(String),
      },
    ]);
    const labels = { exporter: 'otlp_logs', reason: 'full' };
    expect(await sampleOf(collector, 'telemetry_delivery_dropped_series_total', labels)).toBe(7);
  });

  it('of an earlier process are not sent as new', async () => {
    const { url, records } = await receivingEvents(status(200));
    const persist = { name: 'app', directory: await makeFolder() };
    const earlier = makeCollector({ persist });
    earlier.recordEvent('old');
    await earlier.shutdown();
    const collector = makeCollector({ persist });
    collector.recordEvent('new');
    expect((await collector.getEvents()).map(({ name }) => name)).toEqual(['old', 'new']);
    await exporterTo(url).exportMetrics(collector);
    expect(namesOf(records())).toEqual(['new']);
  });

  it('that are cleared are not sent', async () => {
    const { url, records } = await receivingEvents(status(200));
    const collector = makeCollector();
    const exporter = exporterTo(url);
    collector.recordEvent('one');
    await exporter.exportMetrics(collector);
    collector.recordEvent('two');
    await collector.getEvents();
    collector.resetAllMetrics();
    collector.recordEvent('three');
    await exporter.exportMetrics(collector);
    expect(namesOf(records())).toEqual(['one', 'three']);
  });

  it('count in the results of a MultiExporter', async () => {
    const { url } = await receivingEvents((response, { path }) =>
      response.writeHead(path === '/v1/logs' ? 400 : 200).end(),
    );
    const collector = makeCollector();
    collector.recordEvent('one');
    const exporter = exporterTo(url);
    const all = new MultiExporter([exporter]);
    await new PeriodicExporter(all, collector).start();
    const failed = [{ exporter, succeeded: false }];
    await expect.poll(() => all.results).toEqual(failed);
  });

  it('go where they are told to', async () => {
    const { url, received } = await receiver(status(200));
    const collector = makeCollector();
    collector.recordEvent('one');
    const eventsUrl = `${url}/insert/logs`;
    await new OTLPExporter({ url: `${url}/metrics`, eventsUrl }).exportMetrics(collector);
    expect(received.map(({ path }) => path).sort()).toEqual(['/insert/logs', '/metrics']);
    expect(() => new OTLPExporter({ url: `${url}/metrics`, events: true })).toThrow(/eventsUrl/);
    expect(() => new OTLPExporter({ url, eventsUrl: 'logs' })).toThrow(/OTLPExporter eventsUrl/);
  });
});

const hasReceiver = [
  requirePart('otlpReceiver', otlpReceiverPath()),
  requirePart('node24', nodePath('node24')),
].every(Boolean);

it.skipIf(!hasReceiver)('a running receiver of OTLP shows events', async () => {
  const server = await startReceiver();
  try {
    for (const encoding of ['protobuf', 'json'] as const) {
      const collector = makeCollector();
      collector.recordEvent(`order by ${encoding}`, { total: 3 }, { labels: { shop: 'a' } });
      // This receiver does not read gzip.
      const options = { encoding, compression: 'none' } as const;
      const exporter = exporterTo(`${server.url}/v1/metrics`, options);
      expect(await exporter.exportMetrics(collector)).toBe(true);
    }
    const answer = await fetch(`${server.url}/api/query/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ window: 0 }),
    });
    const { logs } = (await answer.json()) as { readonly logs: readonly Fields[] };
    const names = logs.map(({ attributes }) => (attributes as Fields)['event.name']);
    expect(names.sort()).toEqual(['order by json', 'order by protobuf']);
    for (const { attributes } of logs) expect(attributes).toMatchObject({ shop: 'a' });
  } finally {
    await server.stop();
  }
});

/** Makes what is read from protobuf and from JSON comparable. */
function comparable(value: unknown, key = ''): unknown {
  if (key === 'traceId' || key === 'spanId') {
    const isText = typeof value === 'string';
    return isText ? value : Buffer.from(value as number[]).toString('hex');
  }
  if (Array.isArray(value)) return value.map((one) => comparable(one));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(
    // The library leaves empty lists out.
    ([name, one]) => !(name === 'values' && Array.isArray(one) && one.length === 0),
  );
  return Object.fromEntries(fields.map(([name, one]) => [name, comparable(one, name)]));
}
