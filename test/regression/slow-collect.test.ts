/** Tests what a `collect` callback that is slow, or never comes back, does to a reading. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatJSON, formatPrometheus, PrometheusAdapter } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import {
  errors,
  joinThread,
  LINKS,
  logOf,
  makeCollector,
  sampleOf,
  samplesOf,
} from '../collectors.ts';
import { makeFolder } from '../folder.ts';

/** The callback takes longer than the time in which a thread gives a sign of life. */
function slow(milliseconds = 500) {
  let calls = 0;
  return async () => {
    const call = ++calls;
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return call;
  };
}

const never = () => new Promise<number>(() => {});

describe.each(LINKS)('a slow callback over the %s link', (link) => {
  it('is waited for, the first time and later, also in a thread that joined', async () => {
    const collector = makeCollector({ link });
    collector.registerGauge('slow', '', { collect: slow() });
    collector.registerGauge('labelled', '', {
      labelNames: ['n'],
      async collect(gauge) {
        await new Promise((resolve) => setTimeout(resolve, 450));
        gauge.set(7, { n: 1 });
      },
    });
    const joined = joinThread(collector, { link: link === 'inline' ? 'shared' : link });
    joined.registerGauge('theirs', '', { collect: slow() });
    await joined.flush();
    const text = await formatPrometheus(collector);
    const values = ['slow', 'labelled{n="1"}', 'theirs'].map(
      (name) =>
        text
          .split('\n')
          .find((line) => line.startsWith(`${name} `))
          ?.split(' ')[1],
    );
    expect(values).toEqual(['2', '7', '2']);
    expect(await sampleOf(collector, 'slow')).toBe(3);
    expect(await errors(collector, 'collect_late')).toBe(0);
  });

  it('is waited for although it holds its thread up', async () => {
    const collector = makeCollector({ link });
    let calls = 0;
    collector.registerGauge('held', '', {
      collect() {
        const start = performance.now();
        while (performance.now() - start < 600);
        return ++calls;
      },
    });
    // On a busy machine the thread may be late with its first sign of life; then it is not waited for.
    const isUpToDate = async () => (await sampleOf(collector, 'held')) === calls;
    await expect.poll(isUpToDate).toBe(true);
  });

  it('that has never come back is left out, counted and named', async () => {
    const collector = makeCollector({ link, collectTimeout: 0.45 });
    collector.registerGauge('stuck_gauge', '', { collect: never });
    collector.registerGauge('stuck_max', '', { combine: 'max', collect: never });
    collector.registerGauge('stuck_labelled', '', {
      labelNames: ['n'],
      collect: () => new Promise<void>(() => {}),
    });
    collector.registerGauge('works', '', { collect: () => 3 });
    collector.registerGauge('throws', '', {
      collect() {
        throw new Error('no');
      },
    });
    const text = await formatPrometheus(collector);
    expect(text).toContain('# TYPE stuck_gauge gauge\n');
    expect(text).not.toMatch(/^(stuck|throws)/m);
    expect(text).toContain('works 3\n');
    const { metrics } = JSON.parse(await formatJSON(collector));
    expect(metrics).not.toHaveProperty('stuck_gauge');
    expect(metrics).not.toHaveProperty('throws');
    expect(metrics.stuck_labelled).toEqual([]);
    await expect.poll(() => errors(collector, 'collect_late')).toBeGreaterThanOrEqual(3);
    expect(logOf(collector).filter((line) => line.includes('stuck_gauge'))).toHaveLength(1);
    expect(logOf(collector).join()).toMatch(
      /stuck_labelled: collect is not back after 0\.45 seconds/,
    );
  });

  it('that is late keeps its last value, and holds up no other', async () => {
    const collector = makeCollector({ link, collectTimeout: 0.45 });
    let answer: (value: number) => void = () => {};
    let calls = 0;
    collector.registerGauge('slow', '', {
      collect: () => {
        if (++calls === 1) return 1;
        return new Promise<number>((resolve) => {
          answer = resolve;
        });
      },
    });
    let fast = 0;
    collector.registerGauge('fast', '', { collect: () => ++fast });
    for (const round of [1, 2, 3]) {
      const text = await formatPrometheus(collector);
      expect(text).toMatch(/^slow 1$/m);
      expect(text).toMatch(new RegExp(`^fast ${round}$`, 'm'));
    }
    // The thread says so when the time is over, and the collector does not wait for it any longer then. So a
    // count may come with a later reading, and a round may be without one.
    await expect.poll(() => errors(collector, 'collect_late')).toBeGreaterThanOrEqual(2);
    answer(9);
    // It is called again and is late again; its first answer is there.
    expect(await sampleOf(collector, 'slow')).toBe(9);
    answer(10);
  });

  it('is waited for as long as the scraper says, and no longer than the application says', async () => {
    const patient = makeCollector({ link, collectTimeout: 20 });
    let answer: (value: number) => void = () => {};
    const held = new Promise<number>((resolve) => {
      answer = resolve;
    });
    patient.registerGauge('slow', '', { collect: () => held });
    const { url } = await patient.serve({ port: 0 });
    const scrape = async (seconds: string) => {
      const headers = { 'x-prometheus-scrape-timeout-seconds': seconds };
      const served = await (await fetch(url, { headers })).text();
      const handled = await (await patient.handler()(new Request('http://x/', { headers }))).text();
      return [served, handled].map((text) => /^slow \d+$/m.test(text));
    };
    // Whoever waits for longer than the scraper says has the value.
    const late = setTimeout(() => answer(1), 10_000);
    expect(await scrape('0.5')).toEqual([false, false]);
    clearTimeout(late);
    const scraped = scrape('20');
    await new Promise((resolve) => setTimeout(resolve, 1200));
    answer(1);
    expect(await scraped).toEqual([true, true]);
    const hurried = makeCollector({ link, collectTimeout: 0.3 });
    hurried.registerGauge('stuck', '', { collect: never });
    const server = await hurried.serve({ port: 0 });
    const headers = { 'x-prometheus-scrape-timeout-seconds': '100' };
    expect(await (await fetch(server.url, { headers })).text()).not.toMatch(/^stuck/m);
  });

  it('may take longer for exports', async () => {
    const collector = makeCollector({ link, collectTimeout: 1 });
    collector.registerGauge('slow', '', { collect: slow(1500) });
    const file = join(await makeFolder(), 'metrics.prom');
    await new PrometheusAdapter(file).exportMetrics(collector);
    expect(await readFile(file, 'utf8')).toMatch(/^slow 1$/m);
  });

  it('may be waited for by several readings at a time', async () => {
    const collector = makeCollector({ link });
    collector.registerGauge('slow', '', { collect: slow() });
    let fast = 0;
    collector.registerGauge('fast', '', { collect: () => ++fast });
    const first = formatPrometheus(collector);
    await expect.poll(() => fast, { interval: 5 }).toBe(1);
    expect(await formatPrometheus(collector)).toMatch(/^fast 2$/m);
    expect(await first).toMatch(/^slow 1$/m);
  });
});

describe('what a callback returns', () => {
  it.each([
    ['a text', '12'],
    ['null', null],
    ['a bigint', 12n],
    ['an object', {}],
  ])('is counted and shown nowhere when it is %s', async (_, value) => {
    const collector = makeCollector();
    collector.registerGauge('odd', '', { collect: () => value as never });
    expect(await samplesOf(collector, 'odd')).toEqual([]);
    expect(await errors(collector, 'invalid_value')).toBeGreaterThanOrEqual(1);
    expect(logOf(collector).join()).toMatch(/odd: collect returned /);
  });

  it('may be any number, or nothing when it has set the gauge itself', async () => {
    const collector = makeCollector({ collectTimeout: 0.45 });
    collector.registerGauge('nan', '', { collect: () => Number.NaN });
    collector.registerGauge('zero', '', { collect: async () => 0 });
    collector.registerGauge('itself', '', { collect: (gauge) => gauge.set(4) });
    collector.registerGauge('before', '', { collect: never }).set(6);
    const text = await formatPrometheus(collector);
    expect(text).toMatch(/^nan NaN$/m);
    expect(text).toMatch(/^zero 0$/m);
    expect(text).toMatch(/^itself 4$/m);
    expect(text).toMatch(/^before 6$/m);
    expect(await errors(collector, 'invalid_value')).toBe(0);
  });

  it('is forgotten with the callback when the gauge is registered again without one', async () => {
    const collector = makeCollector({ onDuplicate: 'reuse' });
    collector.registerGauge('g', '', { collect: () => 'odd' as never });
    expect(await samplesOf(collector, 'g')).toEqual([]);
    collector.registerGauge('g');
    expect(await sampleOf(collector, 'g')).toBe(0);
  });
});

describe('the option collectTimeout', () => {
  it.each([0, -1, Number.NaN, Infinity, '5'])('is refused when it is %s', (collectTimeout) => {
    expect(() => makeCollector({ collectTimeout: collectTimeout as number })).toThrow(
      expect.objectContaining({ code: 'invalid_option' }),
    );
  });
});
