/** Tests that a history goes on after a restart, after a crash of the worker, and in several tabs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { formatPrometheus, type TelemetryCollector } from 'utilityfog-telemetry';
import { history } from 'utilityfog-telemetry/history';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LabelSet } from '../../src/promql/label-set.ts';
import { LINKS, logOf, makeCollector } from '../collectors.ts';
import { makeFolder } from '../folder.ts';
import { makePast, matcher, type Past, samplesIn } from './past.ts';

const SECONDS = () => Math.floor(Date.now() / 1000);

async function persist() {
  return { persist: { name: 'app', directory: await makeFolder() } };
}

async function samplesOf({ part }: Past, name: string) {
  const found = await samplesIn(part, [matcher('__name__', name)]);
  return [...found.values()];
}

async function filesIn({ persist: { directory } }: Awaited<ReturnType<typeof persist>>) {
  const files = await readdir(directory);
  return files.filter((file) => file.includes('history')).map((file) => join(directory, file));
}

/** Samples `x`, whose values are the numbers of the runs, every five seconds. */
async function run(past: Past, from: number, to: number, begin: number): Promise<void> {
  const gauge = past.collector.getMetric('x') ?? past.collector.registerGauge('x');
  for (let i = from; i < to; i++) {
    (gauge as { set(value: number): void }).set(i);
    past.sample(await past.read(), begin + 5 * i);
  }
}

const runs = (from: number, to: number, begin: number) =>
  Array.from({ length: to - from }, (_, i) => [begin + 5 * (from + i), from + i]);

describe('a history that is kept', () => {
  it('goes on where it stopped, with a gap', async () => {
    const options = await persist();
    const begin = SECONDS() - 2000;
    const one = await makePast({}, options);
    await run(one, 0, 150, begin);
    const labels = LabelSet.of({ __name__: 'rule:x' });
    one.part.append((begin + 700) * 1000, [{ labels, value: 1 }]);
    one.part.append((begin + 745) * 1000, [{ labels, value: 'stale' }]);
    await one.collector.shutdown();
    const other = await makePast({}, options);
    await other.part.flush?.();
    const marker = [begin + 750, 'stale'];
    expect(await samplesOf(other, 'x')).toEqual([[...runs(0, 150, begin), marker]]);
    expect(await samplesOf(other, 'rule:x')).toEqual([
      [
        [begin + 700, 1],
        [begin + 745, 'stale'],
      ],
    ]);
    await run(other, 200, 300, begin);
    const all = [[...runs(0, 150, begin), marker, ...runs(200, 300, begin)]];
    expect(await samplesOf(other, 'x')).toEqual(all);
    await other.collector.shutdown();
    const third = await makePast({}, options);
    await third.part.flush?.();
    expect((await samplesOf(third, 'x'))[0].slice(0, 251)).toEqual(all[0]);
    expect(logOf(third.collector)).toEqual([]);
  });

  it('goes on without a gap if it was away for a moment only, and ends what is gone', async () => {
    const options = await persist();
    const one = await makePast({}, options);
    one.collector.registerGauge('y').set(1);
    const begin = SECONDS() - 50;
    await run(one, 0, 10, begin);
    await one.collector.shutdown();
    const other = await makePast({}, options);
    await other.part.flush?.();
    await run(other, 10, 12, begin);
    expect(await samplesOf(other, 'x')).toEqual([runs(0, 12, begin)]);
    expect((await samplesOf(other, 'y'))[0].at(-1)).toEqual([begin + 50, 'stale']);
  });

  it('has native histograms', async () => {
    const options = await persist();
    const one = await makePast({}, options);
    const histogram = one.collector.registerHistogram('h_seconds', '', { native: true });
    const begin = SECONDS() - 100;
    for (const [i, value] of [1, 2, NaN, -Infinity].entries()) {
      histogram.observe(value);
      one.sample(await one.read(), begin + i);
    }
    const before = await samplesOf(one, 'h_seconds');
    expect(before[0]).toHaveLength(4);
    await one.collector.shutdown();
    const other = await makePast({}, options);
    await other.part.flush?.();
    expect((await samplesOf(other, 'h_seconds'))[0].slice(0, 4)).toEqual(before[0]);
  });

  it('forgets what is too old, in storage, too', async () => {
    const options = await persist();
    const one = await makePast({ retention: 1000 }, options);
    const begin = SECONDS() - 2000;
    await run(one, 0, 400, begin);
    await one.part.flush?.();
    const contents = await Promise.all((await filesIn(options)).map((file) => readFile(file)));
    const segments = contents.filter((content) => content.includes('"writer"'));
    // Of 400 runs the last 200 count. 64 are a segment.
    expect(segments.length).toBeGreaterThanOrEqual(3);
    expect(segments.length).toBeLessThanOrEqual(6);
    await one.collector.shutdown();
    for (let life = 0; life < 3; life++) {
      const next = await makePast({ retention: 1000 }, options);
      await next.part.flush?.();
      expect((await samplesOf(next, 'x'))[0].length).toBeGreaterThan(195);
      await next.collector.shutdown();
      expect((await filesIn(options)).length).toBeLessThan(12);
    }
  });

  it('sets aside what it cannot read, and goes on', async () => {
    const options = await persist();
    const one = await makePast({}, options);
    const begin = SECONDS() - 1000;
    await run(one, 0, 150, begin);
    await one.collector.shutdown();
    for (const file of await filesIn(options)) {
      const content = await readFile(file);
      const isSecond = content.includes('"number":1,');
      if (isSecond) await writeFile(file, content.subarray(0, content.length - 100));
    }
    const other = await makePast({}, options);
    await other.part.flush?.();
    const [samples] = await samplesOf(other, 'x');
    expect(samples.slice(0, 64)).toEqual(runs(0, 64, begin));
    // What is lost is a gap.
    expect(samples[64]).toEqual([begin + 320, 'stale']);
    expect(samples.slice(65, 87)).toEqual(runs(128, 150, begin));
    expect(logOf(other.collector).join()).toContain('a damaged part of the history was set aside');
    expect(await formatPrometheus(other.collector)).toContain('reason="storage"} 1');
  });

  it('has each sample once after a crash between two writes', async () => {
    const options = await persist();
    const begin = SECONDS() - 1000;
    const one = await makePast({}, options);
    await run(one, 0, 40, begin);
    await one.part.flush?.();
    await run(one, 40, 70, begin);
    const contents = async () =>
      Promise.all((await filesIn(options)).map((file) => readFile(file, 'latin1').catch(() => '')));
    const written = async () => (await contents()).filter((one) => one.includes('"number":0,'));
    await expect.poll(async () => (await written()).length).toBe(2);
    // What the collector of a worker that fails has left is all that tells the next one of its owners.
    const other = await makePast({}, options);
    other.part.keeps!.restore(one.part.keeps!.write());
    await other.part.flush?.();
    const [samples] = await samplesOf(other, 'x');
    expect(samples.slice(0, 65)).toEqual([...runs(0, 64, begin), [begin + 320, 'stale']]);
    expect(samples).toHaveLength(65);
  });

  it('is that of two tabs together once both have ended', async () => {
    const options = await persist();
    const begin = SECONDS() - 1000;
    const tabs = [await makePast({}, options), await makePast({}, options)];
    for (const [i, tab] of tabs.entries()) {
      tab.collector.registerGauge(`of_${i}`).set(i);
      await run(tab, 0, 100, begin + i);
    }
    for (const { collector } of tabs) await collector.shutdown();
    const next = await makePast({}, options);
    await next.part.flush?.();
    for (const i of [0, 1])
      expect((await samplesOf(next, `of_${i}`))[0].length).toBeGreaterThan(99);
    // Samples of one series never run backwards.
    const [both] = await samplesOf(next, 'x');
    expect(both.length).toBeGreaterThan(99);
    const times = both.map(([time]) => time);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});

/** Lets the collector run so many times. */
async function collect(collector: TelemetryCollector, times: number): Promise<void> {
  let left = times;
  const done = new Promise<void>((resolve) => {
    collector.addHook('collection', () => {
      if (--left === 0) resolve();
    });
  });
  await collector.startCollection();
  await done;
  await collector.stopCollection();
}

describe.each(LINKS)('over the link %s', (link) => {
  it('the history of a collector is there after a restart', async () => {
    const options = { ...(await persist()), link, collectionInterval: 0.02 };
    const live = async (value: number) => {
      const past = history();
      const collector = makeCollector({ ...options, use: [past] });
      collector.registerGauge('x').set(value);
      await collect(collector, 70);
      return { collector, status: () => collector.feature(past).status() };
    };
    const first = await live(1);
    const before = await first.status();
    await first.collector.shutdown();
    const second = await live(2);
    // No run waits for storage.
    await expect.poll(async () => (await second.status()).oldest).toBe(before.oldest);
    // Each run has taken several samples. There may be more runs in one life than in the other.
    expect((await second.status()).samples).toBeGreaterThan(before.samples + 70);
  });
});

it('the history survives a worker that fails', async () => {
  const workers: Worker[] = [];
  const file = new URL('../../dist/worker.js', import.meta.url);
  const worker = () => {
    workers.push(new Worker(file));
    return workers.at(-1)!;
  };
  const past = history();
  const kept = { ...(await persist()), collectionInterval: 0.02 };
  const options = { ...kept, link: 'shared' as const, worker, use: [past] };
  const collector = makeCollector(options);
  collector.registerGauge('x').set(1);
  await collect(collector, 70);
  await collector.flush();
  const before = await collector.feature(past).status();
  expect(before.samples).toBeGreaterThan(500);
  await workers[0].terminate();
  const isThere = async () => {
    const { oldest, samples } = await collector.feature(past).status();
    return oldest === before.oldest && samples >= before.samples;
  };
  await expect.poll(isThere).toBe(true);
  await collect(collector, 3);
  const after = await collector.feature(past).status();
  expect(after.samples).toBeGreaterThan(before.samples);
  expect(workers).toHaveLength(2);
});

it('the history of a process that is killed goes on from what it had written', async () => {
  const options = await persist();
  const dist = new URL('../../dist/', import.meta.url);
  const program = `
    import { TelemetryCollector } from ${JSON.stringify(new URL('node.js', dist).href)};
    import { history } from ${JSON.stringify(new URL('history.js', dist).href)};
    const options = ${JSON.stringify(options)};
    const collector = new TelemetryCollector({ ...options, collectionInterval: 0.02, use: [history()] });
    collector.registerGauge('killed').set(1);
    setInterval(() => {}, 1000);
    await collector.startCollection();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
  onTestFinished(() => void child.kill('SIGKILL'));
  // Its second full block has the number 1.
  const written = async () => {
    const read = (file: string) => readFile(file, 'latin1').catch(() => '');
    const whole = (await filesIn(options)).filter((file) => !file.endsWith('.tmp'));
    return (await Promise.all(whole.map(read))).join();
  };
  await expect.poll(written).toContain('"number":1,');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const next = await makePast({}, options);
  await next.part.flush?.();
  const [samples] = await samplesOf(next, 'killed');
  // Two blocks were full.
  expect(samples.filter(([, value]) => value === 1).length).toBeGreaterThanOrEqual(128);
  expect(logOf(next.collector)).toEqual([]);
});
