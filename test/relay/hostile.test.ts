import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { formatPrometheus } from 'utilityfog-telemetry';
import { createRelay } from 'utilityfog-telemetry/relay';
import { describe, expect, it } from 'vitest';
import { errors, makeCollector, sampleOf } from '../collectors.ts';
import { parseText } from '../formats/text-parser.ts';
import { counted, jsonOf, message, NOW, nested, otlpRequest, post, protobufOf } from './batches.ts';

const JSON_HEADERS = { 'content-type': 'application/json' };
const PROTOBUF_HEADERS = { 'content-type': 'application/x-protobuf' };

function setUp(options: object = {}) {
  // A strict collector throws at what the relay should have refused.
  const collector = makeCollector({ strict: true });
  collector.registerCounter('orders_total').increment(7);
  const relay = createRelay({ allowOrigins: [], aggregate: collector, ...options });
  const sendText = (text: string) => relay(post(text, JSON_HEADERS));
  const sendBytes = (bytes: Uint8Array<ArrayBuffer>) => relay(post(bytes, PROTOBUF_HEADERS));
  /** Fails if something else than what pages may write has changed, or if the relay does not go on. */
  const stillSound = async () => {
    expect(await sampleOf(collector, 'orders_total')).toBe(7);
    expect(await errors(collector, 'invalid_value')).toBe(0);
    expect(await errors(collector, 'invalid_labels')).toBe(0);
    const outcome = { outcome: 'failed' };
    expect(await sampleOf(collector, 'relay_requests_total', outcome)).toBeUndefined();
    parseText(await formatPrometheus(collector));
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    const time = NOW * 2n;
    const sender = `sound ${Math.random()}`;
    const sound = { sender, metrics: [counted('sound_total', 1, {}, time)] };
    expect((await relay(otlpRequest(sound))).status).toBe(200);
  };
  return { collector, relay, sendText, sendBytes, stillSound };
}

const batch = {
  metrics: [
    { ...counted('views_total', 3, { page: '/a' }), description: 'Views' },
    {
      name: 'took_seconds',
      kind: 'histogram',
      points: [{ bounds: [0.1, 1], counts: [1, 0, 2], count: 3, sum: 4, labels: { page: '/' } }],
    },
  ],
} as const;

/** Puts a value in the place of one that is somewhere in the data. */
function replaced(data: unknown, at: number, value: unknown): unknown {
  let left = at;
  const visit = (one: unknown): unknown => {
    if (left-- === 0) return value;
    if (Array.isArray(one)) return one.map(visit);
    if (typeof one !== 'object' || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([key, item]) => [key, visit(item)]));
  };
  return visit(data);
}

describe('hostile JSON', () => {
  it('may have anything in any place', { timeout: 200_000 }, async () => {
    const { sendText, stillSound } = setUp();
    const odd = fc.oneof(
      fc.constantFrom<unknown>(null, true, -1, 1e308, '', 'NaN', '1e999', [], {}, [[]], [null]),
      fc.constantFrom<unknown>({ __proto__: null, toString: 3 }, '__proto__', 'constructor'),
      fc.jsonValue(),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(60), odd, async (at, value) => {
        const { status } = await sendText(JSON.stringify(replaced(jsonOf(batch), at, value)));
        expect([200, 400]).toContain(status);
      }),
      { numRuns: 400 },
    );
    await stillSound();
  });

  it.each([
    ['nothing', ''],
    ['half of it', '{"resourceMetrics":[{'],
    ['a number', '7'],
    ['a list', '[]'],
    ['one odd character', '\ud800'],
    ['lists in lists', '['.repeat(1e6)],
    ['whole lists in lists', '['.repeat(1e5) + ']'.repeat(1e5)],
    ['objects in objects', `${'{"resource":'.repeat(1e5)}1`],
  ])('may be %s', async (_, text) => {
    const { sendText, stillSound } = setUp();
    const { status } = await sendText(text);
    expect(status).toBe(400);
    await stillSound();
  });

  it('may be no text', async () => {
    const { relay, stillSound } = setUp();
    const bytes = new TextEncoder().encode(JSON.stringify(jsonOf(batch)));
    bytes[bytes.indexOf('V'.charCodeAt(0))] = 0xff;
    expect((await relay(post(bytes, JSON_HEADERS))).status).toBe(400);
    await stillSound();
  });

  it('may have values in values without end', async () => {
    const { relay, sendText, stillSound } = setUp();
    const deep = `${'{"arrayValue":{"values":['.repeat(20_000)}${']}}'.repeat(20_000)}`;
    const labels = { page: 'here' };
    const text = JSON.stringify(jsonOf({ metrics: [counted('x_total', 1, labels)] }));
    const answer = await sendText(text.replace('{"stringValue":"here"}', deep));
    expect(await answer.json()).toMatchObject({ partialSuccess: { rejectedDataPoints: '1' } });
    expect(relay).toBeTypeOf('function');
    await stillSound();
  });

  it('may name what objects have', async () => {
    const { collector, sendText, stillSound } = setUp();
    const names = ['constructor', 'toString', 'hasOwnProperty', 'valueOf'];
    const labels = Object.fromEntries(names.map((name) => [name, name]));
    const metrics = names.map((name) => counted(name, 1, labels));
    const text = JSON.stringify(jsonOf({ sender: '__proto__', metrics })).replace(
      '{"resourceMetrics"',
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"resourceMetrics"',
    );
    expect(await (await sendText(text)).text()).toBe('{}');
    expect(await sampleOf(collector, 'constructor', labels)).toBe(1);
    const forbidden = counted('x_total', 1, JSON.parse('{"__proto__":"polluted"}'));
    expect(await (await sendText(JSON.stringify(jsonOf({ metrics: [forbidden] })))).text()).toMatch(
      /labels are not|not one that the collector takes/,
    );
    await stillSound();
  });

  it('may have lone surrogates, and texts that need care in an exposition', async () => {
    const { collector, sendText, stillSound } = setUp();
    const nasty = ['\ud800', '"\\\n', '\u0000', '{}', '\u2028', '💥', '\udfff\ud800'];
    let time = NOW;
    for (const page of nasty) {
      time += 1_000_000n;
      const metrics = [counted('x_total', 1, { page }, time)];
      expect((await sendText(JSON.stringify(jsonOf({ metrics })))).status).toBe(200);
    }
    const { samples } = parseText(await formatPrometheus(collector));
    expect(samples.filter(({ name }) => name === 'x_total')).toHaveLength(nasty.length);
    await stillSound();
  });

  it('may have lone surrogates, which do not make one series of two', async () => {
    const { collector, sendText } = setUp();
    const points = [
      { labels: { a: '1\ud8002', b: '3' }, value: 1 },
      { labels: { a: '1', b: '2\ud8003' }, value: 1 },
    ];
    await sendText(JSON.stringify(jsonOf({ metrics: [{ name: 'x_total', points }] })));
    const { samples } = parseText(await formatPrometheus(collector));
    expect(samples.filter(({ name }) => name === 'x_total')).toHaveLength(2);
  });
});

describe('hostile protobuf', () => {
  const sound = protobufOf(batch);

  it('may have any bytes changed', { timeout: 200_000 }, async () => {
    const { sendBytes, stillSound } = setUp();
    const change = fc.tuple(fc.nat(sound.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = Uint8Array.from(sound);
        for (const [at, byte] of changes) bytes[at] = byte;
        expect([200, 400]).toContain((await sendBytes(bytes)).status);
      }),
      { numRuns: 1000 },
    );
    await stillSound();
  });

  it('may be cut anywhere, or be anything', { timeout: 200_000 }, async () => {
    const { sendBytes, stillSound } = setUp();
    // One whole field may be left out: that is a request, too.
    for (let end = 1; end < sound.length; end++) {
      expect((await sendBytes(sound.slice(0, end))).status).toBe(400);
    }
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async (bytes) => {
        expect([200, 400]).toContain((await sendBytes(Uint8Array.from(bytes))).status);
      }),
      { numRuns: 500 },
    );
    await stillSound();
  });

  it('may have numbers that reach into what follows', async () => {
    const { collector, sendBytes, stillSound } = setUp();
    const lying = message((request) =>
      nested(request, 1, (all) =>
        nested(all, 2, (scope) =>
          nested(scope, 2, (metric) => {
            metric.tag(1, WireType.LengthDelimited).string('x_total');
            nested(metric, 7, (data) => {
              // The point is one byte long, the tag of its value, and the value stands behind it.
              data.tag(1, WireType.LengthDelimited).uint32(1);
              data.tag(4, WireType.Bit64).double(1);
            });
          }),
        ),
      ),
    );
    expect((await sendBytes(lying)).status).toBe(400);
    expect(collector.getMetric('x_total')).toBeUndefined();
    await stillSound();
  });

  it('may have lists that end within a number', async () => {
    const { collector, sendBytes, stillSound } = setUp();
    const lying = message((request) =>
      nested(request, 1, (all) =>
        nested(all, 2, (scope) =>
          nested(scope, 2, (metric) =>
            nested(metric, 9, (data) =>
              nested(data, 1, (point) => {
                // The list is one byte long, and the whole number stands behind it.
                point.tag(6, WireType.LengthDelimited).uint32(1).fixed64(1);
              }),
            ),
          ),
        ),
      ),
    );
    expect((await sendBytes(lying)).status).toBe(400);
    expect(collector.getAllMetrics().size).toBe(5);
    await stillSound();
  });

  it('may have texts that are none', async () => {
    const { collector, sendBytes, stillSound } = setUp();
    const at = Buffer.from(sound).indexOf('/a');
    const bytes = Uint8Array.from(sound);
    bytes[at] = 0xff;
    expect((await sendBytes(bytes)).status).toBe(400);
    expect(collector.getMetric('views_total')).toBeUndefined();
    await stillSound();
  });

  it('may have groups in groups', async () => {
    const { sendBytes, stillSound } = setUp();
    const groups = new Uint8Array(1e6).fill(0x0b);
    expect((await sendBytes(groups)).status).toBe(400);
    await stillSound();
  });

  it('may have lengths that reach into what follows', async () => {
    const { collector, sendBytes, stillSound } = setUp();
    const lying = message((request) =>
      nested(request, 1, (all) => {
        nested(all, 1, (resource) => {
          resource.tag(1, WireType.LengthDelimited).uint32(100);
        });
        all.tag(15, WireType.LengthDelimited).bytes(new Uint8Array(200));
      }),
    );
    expect((await sendBytes(lying)).status).toBe(400);
    expect(collector.getMetric('views_total')).toBeUndefined();
    await stillSound();
  });

  it('may have more messages than any page sends', async () => {
    const { sendBytes, stillSound } = setUp();
    const many = (write: (scope: BinaryWriter) => void) =>
      message((request) => nested(request, 1, (all) => nested(all, 2, write)));
    const metrics = many((scope) => {
      for (let i = 0; i < 1e6; i++) nested(scope, 2, () => {});
    });
    expect((await sendBytes(metrics)).status).toBe(413);
    const points = many((scope) =>
      nested(scope, 2, (metric) =>
        nested(metric, 10, (data) => {
          for (let i = 0; i < 1e6; i++) nested(data, 1, () => {});
        }),
      ),
    );
    expect((await sendBytes(points)).status).toBe(413);
    const writer = new BinaryWriter();
    for (let i = 0; i < 1e6; i++) nested(writer, 1, () => {});
    expect((await sendBytes(writer.finish())).status).toBe(413);
    await stillSound();
  });
});

describe('sizes', () => {
  it.each(['json', 'protobuf'] as const)('of labels are bounded, in %s', async (encoding) => {
    const { collector, relay, stillSound } = setUp();
    const long = 'x'.repeat(1e6);
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`l${i}`, '1']));
    const refused = [
      counted('a_total', 1, { page: long }),
      counted('b_total', 1, { [long]: '1' }),
      counted('c_total', 1, many),
      counted('d_total', 1, { page: { kvlistValue: {} } }),
    ];
    const sent = [...refused, { ...counted('e_total', 1), description: long }];
    const response = await relay(otlpRequest({ metrics: sent }, encoding));
    expect(response.status).toBe(200);
    const labels = { reason: 'labels' };
    expect(await sampleOf(collector, 'relay_series_refused_total', labels)).toBe(refused.length);
    expect(await sampleOf(collector, 'e_total')).toBe(1);
    const named = otlpRequest({ sender: 'b', metrics: [counted(long, 1)] }, encoding);
    expect((await relay(named)).status).toBe(200);
    expect((await formatPrometheus(collector)).length).toBeLessThan(20_000);
    await stillSound();
  });

  it('of what names cost are bounded: a flood of names makes few families', async () => {
    const { collector, relay, stillSound } = setUp();
    const families = () => collector.getAllMetrics().size;
    const before = families();
    for (let i = 0; i < 10; i++) {
      const metrics = Array.from({ length: 5000 }, (_, j) => counted(`f${i}_${j}_total`, 1));
      expect((await relay(otlpRequest({ sender: `s${i}`, metrics }))).status).toBe(200);
    }
    expect(families() - before).toBe(200);
    const reason = { reason: 'families' };
    expect(await sampleOf(collector, 'relay_series_refused_total', reason)).toBe(10 * 5000 - 200);
    await stillSound();
  });

  it('of what names cost are bounded: names that are not sound are tried only so often', async () => {
    const { collector, relay, stillSound } = setUp();
    const metrics = Array.from({ length: 5000 }, (_, j) => counted(`!${j}`, 1));
    await relay(otlpRequest({ sender: 'other', metrics }));
    const of = (reason: string) => sampleOf(collector, 'relay_series_refused_total', { reason });
    expect(await of('name')).toBe(100);
    expect(await of('families')).toBe(4900);
    await stillSound();
  });

  it('of a flood of senders are bounded', { timeout: 200_000 }, async () => {
    const { collector, relay, stillSound } = setUp({ senderLimit: 100, seriesLimit: 100 });
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const heap = () => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const flood = async (from: number) => {
      for (let i = from; i < from + 3000; i++) {
        const sender = `${i}`.padEnd(400, 'x');
        const metrics = [counted('x_total', 1, { i: `${i}`.padEnd(900, 'y') })];
        await relay(otlpRequest({ sender, metrics }, 'protobuf'));
      }
    };
    await flood(0);
    const before = heap();
    await flood(3000);
    expect(heap() - before).toBeLessThan(2e6);
    expect(await sampleOf(collector, 'relay_series_refused_total', { reason: 'series' })).toBe(
      5900,
    );
    await stillSound();
  });
});
