/** Adds a format from outside the library, by its contract and an entry in a collector's list. */
import { describe, expect, it } from 'vitest';
import type { OwnerSession } from '../../src/collector/sessions.ts';
import { type Format, textWriter } from '../../src/formats/format.ts';
import { chosenFormat } from '../../src/formats/negotiation.ts';
import { respond } from '../../src/http/handler.ts';
import { FORMATS } from '../../src/places/collector-services.ts';
import { assembledCollector } from '../collector/assembled-collector.ts';

/** Writes a line for each number without labels. The first line says how many texts it has written. */
const pairs: Format = {
  name: 'pairs',
  mediaTypes: [
    { type: 'text/pairs', contentType: 'text/pairs; charset=utf-8; header=absent' },
    { type: 'application/vnd.example.pairs', contentType: 'application/vnd.example.pairs' },
  ],
  open() {
    let text = 0;
    return {
      *write({ families }, { pretty }) {
        const pieces = [new TextEncoder().encode(`text,${++text}\n`)];
        for (const { name, series, values } of families) {
          yield;
          if (series.length !== 1 || values.length !== 1) continue;
          pieces.push(new TextEncoder().encode(`${name},${pretty ? ' ' : ''}${values[0]}\n`));
        }
        return { pieces, done() {} };
      },
    };
  },
};

/** Resolves to a collector with more formats. */
async function collectorWith(...more: Format[]): Promise<OwnerSession> {
  return (await assembledCollector({ formats: [...FORMATS, ...more] })).session;
}

const text = (body: Uint8Array) => new TextDecoder().decode(body);

describe('a format from outside', () => {
  it('is written where it is asked for by name, by one writer for each collector', async () => {
    const collector = await collectorWith(pairs);
    const { body, contentType } = await collector.render({ format: 'pairs' });
    expect(contentType).toBe('text/pairs; charset=utf-8; header=absent');
    expect(text(body)).toMatch(/^text,1\n(\w+,\d+\n)*telemetry_metrics_count,\d+\n/);
    const again = await collector.render({ format: 'pairs', pretty: true });
    expect(text(again.body)).toMatch(/^text,2\n(\w+, \d+\n)*telemetry_metrics_count, \d+\n/);
    const other = await collectorWith(pairs);
    expect(text((await other.render({ format: 'pairs' })).body)).toMatch(/^text,1\n/);
  });

  it('does not forget what it remembers when somebody asks for some families only', async () => {
    const collector = await collectorWith(pairs);
    const first = async (names?: string[]) =>
      text((await collector.render({ format: 'pairs', names })).body)
        .split('\n')
        .slice(0, 2);
    expect((await first())[0]).toBe('text,1');
    expect(await first(['telemetry_metrics_count'])).toEqual([
      'text,1',
      'telemetry_metrics_count,0',
    ]);
    expect((await first())[0]).toBe('text,2');
  });

  it.each([
    ['text/pairs', 'text/pairs; charset=utf-8; header=absent'],
    ['application/json;q=0.5, Text/Pairs', 'text/pairs; charset=utf-8; header=absent'],
    ['application/vnd.example.pairs', 'application/vnd.example.pairs'],
    ['text/pairs;q=0.5, text/plain', 'text/plain; version=0.0.4; charset=utf-8'],
    ['text/*', 'text/plain; version=0.0.4; charset=utf-8'],
    ['text/pairs;q=0', 'text/plain; version=0.0.4; charset=utf-8'],
    ['application/*', 'application/json; charset=utf-8'],
  ])('is served and handled where %j asks for it', async (accept, contentType) => {
    const collector = await collectorWith(pairs);
    const { url } = await collector.serve({ port: 0, host: '127.0.0.1', path: '/metrics' });
    const served = await fetch(url, { headers: { accept } });
    const request = new Request('http://localhost/', { headers: { accept } });
    const handled = await respond(request, {}, (wanted) => collector.render(wanted));
    for (const { headers } of [served, handled]) {
      expect(headers.get('content-type')).toBe(contentType);
      expect(headers.get('vary')).toBe('accept, accept-encoding');
    }
    const isCsv = contentType.includes('pairs');
    expect((await served.text()).includes('\ntelemetry_metrics_count,')).toBe(isCsv);
    expect((await handled.text()).includes('\ntelemetry_metrics_count,')).toBe(isCsv);
  });

  it('is compressed like any other', async () => {
    const collector = await collectorWith(pairs);
    const { body } = await collector.render({ accept: 'text/pairs', gzip: true });
    const stream = new Blob([body]).stream().pipeThrough(new DecompressionStream('gzip'));
    expect(await new Response(stream).text()).toMatch(/^text,1\n/);
  });

  it('shares answers with those who ask for the same by another way, and with no others', async () => {
    const collector = await collectorWith(pairs);
    const vendors = 'application/vnd.example.pairs';
    const asked = [{ format: 'pairs' }, { accept: 'text/pairs, */*;q=0.1' }, { accept: vendors }];
    const all = asked.flatMap((request) => [request, request, request]);
    const answers = await Promise.all(all.map((request) => collector.render(request)));
    const types = answers.map(({ contentType }) => contentType);
    expect(types).toEqual([
      ...Array(6).fill(pairs.mediaTypes[0].contentType),
      ...Array(3).fill(vendors),
    ]);
    // The first request gets the first text. The others come meanwhile, and share one text for each type.
    const texts = answers.map(({ body }) => /^text,\d+/.exec(text(body))![0]);
    expect([...new Set(texts)].sort()).toEqual(['text,1', 'text,2', 'text,3']);
  });

  it('is unknown to collectors that were not given it, which say what they have', async () => {
    const collector = await collectorWith();
    await expect(collector.render({ format: 'pairs' })).rejects.toThrow(
      'there is no format "pairs" here; there are prometheus, json, openmetrics, protobuf, ndjson, csv',
    );
    const plan = { exporter: 'own', format: 'pairs', destination: '/nowhere/at/all' };
    expect(await collector.runExport(plan)).toEqual({
      succeeded: false,
      error:
        'RangeError: there is no format "pairs" here; there are prometheus, json, openmetrics, protobuf, ndjson, csv',
    });
  });
});

describe('chosenFormat', () => {
  const format = (name: string, ...types: string[]): Format => ({
    name,
    mediaTypes: types.map((type) => ({ type, contentType: `${type}; of=${name}` })) as never,
    open: () => textWriter(() => name),
  });
  const formats = [
    format('first', 'application/vnd.a.b-c', 'text/also'),
    format('second', 'text/second', 'text/third'),
  ] as const;

  it.each([
    [{}, 'application/vnd.a.b-c; of=first'],
    [{ format: 'second' }, 'text/second; of=second'],
    [{ accept: '' }, 'application/vnd.a.b-c; of=first'],
    [{ format: 'second', accept: 'image/png' }, 'application/vnd.a.b-c; of=first'],
    // A range finds only the first type of a format.
    [{ accept: 'text/*' }, 'text/second; of=second'],
    [{ accept: 'text/also' }, 'text/also; of=first'],
    [{ accept: 'text/also;q=0.9, text/third' }, 'text/third; of=second'],
    [{ accept: 'application/*;q=0.5, */*;q=0.4' }, 'application/vnd.a.b-c; of=first'],
    [{ accept: 'application/*, text/second' }, 'text/second; of=second'],
    // There may be nothing between two commas.
    [{ accept: ', text/second;q=0.1, ,' }, 'text/second; of=second'],
  ])('takes of %j %s', (request, contentType) => {
    expect(chosenFormat(formats, request).contentType).toBe(contentType);
  });
});
