/** Tests faults that came, or could have come, when series stopped being objects and copies came in parts. */
import { get } from 'node:http';
import { formatPrometheus } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { errors, LINKS, makeCollector, sampleOf, samplesOf } from '../collectors.ts';
import { parseText } from '../formats/text-parser.ts';

/** More series than are kept as objects without being bound. */
const MANY = 1500;
const keys = Array.from({ length: MANY }, (_, i) => `key-${i}`);

describe('a family with many series', () => {
  it.each(LINKS)('counts each of them, however often it is used, %s link', async (link) => {
    const collector = makeCollector({ link });
    const counter = collector.registerCounter('a_total', '', { labelNames: ['k'] });
    for (let round = 0; round < 4; round++) {
      for (const [i, k] of keys.entries()) counter.increment(i + round / 2, { k });
    }
    const bound = counter.labels({ k: 'key-1400' });
    bound.increment(0.25);
    counter.increment(0.25, { k: 'key-1400' });
    expect(counter.getValue({ k: 'key-1400' }).value).toBe(4 * 1400 + 3.5);
    const samples = await samplesOf(collector, 'a_total');
    expect(samples).toHaveLength(MANY);
    for (const { labels, value } of samples) {
      expect(value).toBe(4 * keys.indexOf(labels.k) + 3 + (labels.k === 'key-1400' ? 0.5 : 0));
    }
  });

  it('starts at zero where the cells of another series were', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('a_total', '', { labelNames: ['k'] });
    for (let round = 0; round < 2; round++) for (const k of keys) counter.increment(1, { k });
    // The last series is no object. What was written to it last must not be taken for the next one.
    const last = keys.at(-1)!;
    counter.increment(5, { k: last });
    counter.remove({ k: last });
    counter.increment(1, { k: 'new' });
    expect(await sampleOf(collector, 'a_total', { k: 'new' })).toBe(1);
    counter.increment(1, { k: 'new' });
    counter.reset();
    counter.increment(1, { k: 'new' });
    expect(await sampleOf(collector, 'a_total', { k: 'new' })).toBe(1);
    expect(counter.getValue({ k: 'new' }).value).toBe(1);
  });

  it('refuses a label too many, also where the others are those of the last call', async () => {
    const collector = makeCollector();
    const names = ['a', 'b', 'c', 'd'];
    for (const count of [1, 2, 3, 4]) {
      const labelNames = names.slice(0, count);
      const counter = collector.registerCounter(`c${count}_total`, '', { labelNames });
      const labels = Object.fromEntries(labelNames.map((name) => [name, 'x']));
      for (let i = 0; i < 3; i++) counter.increment(1, labels);
      counter.increment(1, { ...labels, more: 'x' });
      const { [labelNames[count - 1]]: _, ...fewer } = labels;
      counter.increment(1, fewer as never);
      expect(await sampleOf(collector, `c${count}_total`, labels)).toBe(3);
    }
    expect(await errors(collector, 'invalid_labels')).toBe(8);
  });

  it('takes numbers and their text for the same labels, in any turn', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('a_total', '', { labelNames: ['m', 's'] });
    for (let i = 0; i < 3; i++) {
      for (const s of [200, '200', 404, '404', true, 'true']) {
        counter.increment(1, { m: 'GET', s } as never);
      }
    }
    const samples = await samplesOf(collector, 'a_total');
    expect(samples.map(({ labels, value }) => [labels.s, value])).toEqual([
      ['200', 6],
      ['404', 6],
      ['true', 6],
    ]);
  });
});

describe('a catalogue', () => {
  it.each(['shared', 'message'] as const)(
    'of more texts than it numbers keeps all label sets apart, %s link',
    async (link) => {
      const count = 70_000;
      const collector = makeCollector({ link, seriesLimit: 2 * count });
      const counter = collector.registerCounter('a_total', '', { labelNames: ['k', 'n'] });
      await collector.startCollection();
      for (let i = 0; i < count; i++) counter.increment(i, { k: `k${i}`, n: `n${i % 10}` });
      const samples = await samplesOf(collector, 'a_total');
      expect(samples).toHaveLength(count);
      const wrong = samples.filter(
        ({ labels, value }) => labels.k !== `k${value}` || labels.n !== `n${value % 10}`,
      );
      expect(wrong).toEqual([]);
    },
  );

  it('that is copied in parts never gives one series the cells of another', async () => {
    const collector = makeCollector({ link: 'message', seriesLimit: 1_000_000 });
    const gauge = collector.registerGauge('g', '', { labelNames: ['k'] });
    // With so many, a copy takes several turns of the event loop.
    const count = 300_000;
    for (let i = 0; i < count; i++) gauge.set(i, { k: `${i}` });
    await collector.startCollection();
    let next = count;
    for (let round = 0; round < 4; round++) {
      const texts = [formatPrometheus(collector), formatPrometheus(collector)];
      let waiting = true;
      void Promise.all(texts).finally(() => {
        waiting = false;
      });
      // This ends after a while: on a busy machine the removals would hold the copy up for longer than it
      // takes.
      for (let turn = 0; waiting && turn < 200; turn++) {
        // A series is removed and another takes its cells, while the copy is under way.
        for (let i = 0; i < 500; i++, next++) {
          gauge.remove({ k: `${next - count}` });
          gauge.set(next, { k: `${next}` });
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      for (const text of await Promise.all(texts)) {
        const samples = parseText(text).samples.filter(({ name }) => name === 'g');
        expect(samples.filter(({ labels, value }) => labels.k !== `${value}`)).toEqual([]);
      }
    }
  });
});

describe('a scraper that reads slowly', () => {
  it('gets all of a large exposition, and no listener is left behind', async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error) => void warnings.push(warning);
    process.on('warning', warned);
    const collector = makeCollector({ seriesLimit: 200_000 });
    const counter = collector.registerCounter('a_total', '', { labelNames: ['k'] });
    for (let i = 0; i < 200_000; i++) counter.increment(1, { k: `a-rather-long-label-value-${i}` });
    const { url } = await collector.serve({ port: 0 });
    const length = await new Promise<[number, number]>((resolve, reject) => {
      get(url, async (response) => {
        let received = 0;
        for await (const chunk of response) {
          received += chunk.length;
          await new Promise((next) => setImmediate(next));
        }
        resolve([received, Number(response.headers['content-length'])]);
      }).on('error', reject);
    });
    expect(length[0]).toBeGreaterThan(8_000_000);
    expect(length[0]).toBe(length[1]);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', warned);
    expect(warnings).toEqual([]);
  });
});
