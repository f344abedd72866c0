/** Tests label sets that give another value each time they are read. */
import { formatPrometheus } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { errors, makeCollector, sampleOf, samplesOf } from '../collectors.ts';
import { parseText } from '../formats/text-parser.ts';

/** Two label sets of one metric, and a getter that gives now the one and now the other. */
function changing(...values: unknown[]) {
  let reads = 0;
  return {
    get k() {
      return values[reads++ % values.length] as string;
    },
  };
}

describe('labels behind a getter', () => {
  it('count once, whichever value they had: the series that was made an object took the name of another', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('a_total', '', { labelNames: ['k'] });
    const labels = changing('1', '2', '3');
    for (let i = 0; i < 60; i++) counter.increment(1, labels);
    const samples = await samplesOf(collector, 'a_total');
    expect(samples.reduce((sum, { value }) => sum + value, 0)).toBe(60);
    for (const k of ['1', '2', '3']) counter.remove({ k });
    for (const k of ['4', '5', '6']) counter.increment(1, { k });
    for (const k of ['4', '5', '6']) expect(await sampleOf(collector, 'a_total', { k })).toBe(1);
  });

  it('do not throw when the second reading is no label value', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('a_total', '', { labelNames: ['k'] });
    counter.increment(1, { k: '1' });
    counter.increment(1, changing('1', undefined));
    expect(await sampleOf(collector, 'a_total', { k: '1' })).toBe(2);
    counter.labels(changing('2', undefined)).increment();
    expect(await errors(collector, 'invalid_labels')).toBe(1);
    parseText(await formatPrometheus(collector));
  });

  it('may record to the same metric', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('a_total', '', { labelNames: ['a', 'b'] });
    counter.increment(1, {
      b: 'outer',
      get a() {
        counter.increment(1, { a: 'inner', b: 'inner' });
        return 'outer';
      },
    });
    expect(await sampleOf(collector, 'a_total', { a: 'outer', b: 'outer' })).toBe(1);
  });

  // Labels in another order than the label names are read twice.
  for (const order of [['who'], ['who', 'what'], ['what', 'who']]) {
    for (const when of [1, 2]) {
      it(`that make the series while they are read lose nothing: it was made twice (${order}, reading ${when})`, () => {
        const labelNames = ['who', 'what'].slice(0, order.length);
        const counter = makeCollector().registerCounter('c_total', '', { labelNames });
        const plain = Object.fromEntries(order.map((name) => [name, 'x']));
        let reads = 0;
        let inner = 0;
        const labels = { ...plain };
        Object.defineProperty(labels, 'who', {
          enumerable: true,
          get: () => {
            if (++reads === when) counter.increment((inner = 1), plain);
            return 'x';
          },
        });
        counter.increment(10, labels);
        expect(counter.getValue(plain).value).toBe(10 + inner);
      });
    }
  }

  it('that vanish leave the only series alone: another took its place', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('c_total');
    counter.increment(5);
    let asked = 0;
    const labels = new Proxy({} as Record<string, never>, {
      ownKeys: () => (asked++ === 0 ? ['x'] : []),
      getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: '1' }),
    });
    counter.increment(100, labels);
    counter.increment(1);
    expect(counter.getValue().value).toBe(106);
    expect(await samplesOf(collector, 'c_total')).toMatchObject([{ value: 106 }]);
  });
});
