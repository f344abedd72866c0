/** Tests what the processes of one server have together, as the primary process shows it. */
import { execFile, spawn } from 'node:child_process';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import {
  formatOpenMetrics,
  formatPrometheus,
  type TelemetryCollector,
  TelemetryError,
} from 'utilityfog-telemetry';
import { acceptProcess, acceptWorkers, connectToPrimary } from 'utilityfog-telemetry/cluster';
import { afterEach, describe, expect, it } from 'vitest';
import { errors, logOf, makeCollector, sampleOf, samplesOf } from '../collectors.ts';
import { MortalCollector } from '../threads/real-thread.ts';
import { clustered, forked, type RealProcess, type Recording } from './real-process.ts';

const x = { n: 'x' };
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** Starts processes of the collector in one of the ways that Node has. */
const WAYS = {
  'fork, JSON': (collector: TelemetryCollector) => accepted(collector, forked('json')),
  'fork, advanced': (collector: TelemetryCollector) => accepted(collector, forked('advanced')),
  'node:cluster, JSON': (collector: TelemetryCollector) => workerOf(collector, 'json'),
  'node:cluster, advanced': (collector: TelemetryCollector) => workerOf(collector, 'advanced'),
};

function accepted(collector: TelemetryCollector, process: RealProcess): Promise<RealProcess> {
  stops.push(acceptProcess(collector, process.child));
  return joined(process);
}

function workerOf(collector: TelemetryCollector, serialization: 'json' | 'advanced') {
  stops.push(acceptWorkers(collector));
  return joined(clustered(serialization));
}

/** Resolves when the process has joined. */
async function joined(process: RealProcess): Promise<RealProcess> {
  expect(await process.ask('flush')).toBe(true);
  return process;
}

describe.each(Object.entries(WAYS))('processes started by %s', (_, start) => {
  it('add up, whatever is recorded', async () => {
    const collector = makeCollector({ link: 'shared' });
    const processes = await Promise.all([start(collector), start(collector)]);
    const record = (kind: Recording['kind'], name: string, combine?: string) =>
      Promise.all(
        processes.map((one, i) => one.record({ kind, name, value: [2, 5][i]!, combine })),
      );
    await record('counter', 'a_total');
    for (const kind of ['histogram', 'native', 'summary'] as const) await record(kind, kind);
    for (const combine of ['sum', 'min', 'max', 'mean', 'last']) {
      await record('gauge', combine, combine);
    }
    await processes[0]!.record({ kind: 'gauge', name: 'last', value: 7 });
    await processes[1]!.record({ kind: 'states', name: 'phase', value: 'busy' });
    collector.registerCounter('a_total', '', { labelNames: ['n'] }).increment(100, x);
    const text = await formatPrometheus(collector);
    for (const line of [
      'a_total{n="x"} 107',
      'histogram_bucket{n="x",le="1"} 0',
      'histogram_bucket{n="x",le="10"} 2',
      'histogram_sum{n="x"} 7',
      'native_count{n="x"} 2',
      'native_sum{n="x"} 7',
      'summary_count{n="x"} 2',
      'sum{n="x"} 7',
      'min{n="x"} 2',
      'max{n="x"} 5',
      'mean{n="x"} 3.5',
      'last{n="x"} 7',
      'phase{n="x",phase="busy"} 1',
    ]) {
      expect(text).toContain(`\n${line}\n`);
    }
    expect((await collector.diagnostics()).threads).toBe(3);
    expect(await processes[0]!.ask('link')).toBe('message');
    expect(logOf(collector)).toEqual([]);
  });

  it('send events and exemplars', async () => {
    const collector = makeCollector({ link: 'shared' });
    const one = await start(collector);
    await one.record({ kind: 'counter', name: 'a_total', value: 1, exemplar: { trace_id: 'abc' } });
    const value = { text: 'a\u{1f600}"\n', list: [1, -0, null], none: undefined };
    await one.ask('event', { value });
    expect(await one.ask('flush')).toBe(true);
    expect(await formatOpenMetrics(collector)).toContain('a_total{n="x"} 1 # {trace_id="abc"} 1');
    const [event] = await collector.getEvents();
    expect(event).toMatchObject({ name: 'told', value: { text: value.text, list: [1, 0, null] } });
  });

  it('keep their counts as of the last report when they are killed, and their gauges go', async () => {
    const collector = makeCollector({ link: 'shared' });
    const one = await start(collector);
    await one.record({ kind: 'gauge', name: 'g', value: 1 });
    await one.ask('keepCounting', { name: 'a_total' });
    await expect.poll(() => sampleOf(collector, 'a_total', x)).toBeGreaterThan(3);
    const reported = await sampleOf(collector, 'a_total', x);
    await one.kill();
    await expect.poll(() => sampleOf(collector, 'g', x)).toBeUndefined();
    expect(await sampleOf(collector, 'a_total', x)).toBe(reported);
    // The one that takes its place adds to that.
    const next = await start(collector);
    await next.count(10);
    expect(await sampleOf(collector, 'a_total', x)).toBe(reported! + 10);
    expect((await collector.diagnostics()).threads).toBe(2);
  });

  it('bring many series', async () => {
    const collector = makeCollector({ link: 'shared', seriesLimit: 30_000 });
    const processes = await Promise.all([start(collector), start(collector)]);
    await Promise.all(processes.map((one) => one.ask('many', { name: 'a_total', count: 20_000 })));
    // Nobody waits for so many to be sent when a reading asks for them.
    for (const one of processes) await expect.poll(() => one.ask('flush')).toBe(true);
    const samples = await samplesOf(collector, 'a_total');
    expect(samples).toHaveLength(20_000);
    expect(samples.every(({ value }) => value === 2)).toBe(true);
  });

  it('reset with the others, and let series expire', async () => {
    const collector = makeCollector({ link: 'shared' });
    const one = await start(collector);
    await one.count(5);
    expect(await sampleOf(collector, 'a_total', x)).toBe(5);
    collector.resetAllMetrics();
    await expect.poll(() => one.ask('valueOf', { name: 'a_total' })).toBe(0);
    await one.count(2);
    expect(await sampleOf(collector, 'a_total', x)).toBe(2);
    await one.ask('expiring', { name: 'b_total' });
    await expect.poll(() => sampleOf(collector, 'b_total', x)).toBeUndefined();
    await one.ask('reset');
    await expect.poll(() => sampleOf(collector, 'a_total', x)).toBe(0);
  });

  it('follow to the collector that replaces one that has failed', async () => {
    const mortal = new MortalCollector();
    const { collector } = mortal;
    const one = await start(collector);
    await one.count(5);
    expect(await sampleOf(collector, 'a_total', x)).toBe(5);
    await mortal.kill();
    await one.count(2);
    await expect.poll(() => sampleOf(collector, 'a_total', x)).toBe(7);
    await one.ask('shutdown');
    expect(await sampleOf(collector, 'a_total', x)).toBe(7);
    await collector.shutdown();
  });

  it('let their own threads and processes in', async () => {
    const collector = makeCollector({ link: 'shared' });
    const one = await start(collector);
    await one.count(1);
    expect(await one.ask('thread', { link: 'message', name: 'a_total' })).toEqual([]);
    await one.ask('child', { name: 'a_total' });
    expect(await sampleOf(collector, 'a_total', x)).toBe(3);
    expect(logOf(collector)).toEqual([]);
  });

  it('tell a thread of theirs that its memory cannot be shared', async () => {
    const collector = makeCollector({ link: 'shared' });
    const one = await start(collector);
    await one.count(1);
    const logged = await one.ask('thread', { link: 'shared', name: 'a_total' });
    expect(logged).toContainEqual(expect.stringContaining('could not be read'));
    expect(await sampleOf(collector, 'a_total', x)).toBe(1);
  });
});

it('counts each of eight workers once that are killed and started again and again', async () => {
  const collector = makeCollector({ link: 'shared' });
  stops.push(acceptWorkers(collector));
  let total = 0;
  let isOver = false;
  const lives = async () => {
    for (let life = 0; life < 4; life++) {
      const one = clustered(life % 2 ? 'json' : 'advanced');
      await one.count(7);
      await one.ask('flush');
      total += 7;
      await one.kill();
    }
  };
  const scrapes = async () => {
    const seen: number[] = [0];
    while (!isOver) seen.push((await sampleOf(collector, 'a_total', x)) ?? 0);
    return seen;
  };
  const scraping = scrapes();
  await Promise.all(Array.from({ length: 8 }, lives));
  isOver = true;
  const seen = await scraping;
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(await sampleOf(collector, 'a_total', x)).toBe(total);
  expect(total).toBe(8 * 4 * 7);
  await expect.poll(async () => (await collector.diagnostics()).threads).toBe(1);
});

it('is scraped while a process stands still', async () => {
  const collector = makeCollector({ link: 'shared' });
  const still = await accepted(collector, forked());
  const other = await accepted(collector, forked());
  await still.count(1);
  await other.count(1);
  expect(await sampleOf(collector, 'a_total', x)).toBe(2);
  still.child.kill('SIGSTOP');
  await other.count(1);
  expect(await sampleOf(collector, 'a_total', x)).toBe(3);
  still.child.kill('SIGCONT');
  await still.count(1);
  await expect.poll(() => sampleOf(collector, 'a_total', x)).toBe(4);
});

describe('a process that joins early or late', () => {
  it('is let in that has asked before anybody listened', async () => {
    const collector = makeCollector({ link: 'shared' });
    const one = clustered();
    await one.ready;
    await one.count(3);
    stops.push(acceptWorkers(collector));
    expect(await one.ask('flush')).toBe(true);
    expect(await sampleOf(collector, 'a_total', x)).toBe(3);
  });

  it('is let in that has given up waiting for an answer', async () => {
    const collector = makeCollector({ link: 'shared' });
    const one = forked();
    await one.count(3);
    await one.hasLogged(/no collector .* has answered; call acceptWorkers\(\)/);
    await accepted(collector, one);
    await one.count(1);
    expect(await sampleOf(collector, 'a_total', x)).toBe(4);
  });

  it('is not let in once that was taken back', async () => {
    const collector = makeCollector({ link: 'shared' });
    acceptWorkers(collector)();
    const one = clustered();
    await one.count(3);
    await one.hasLogged(/has answered/);
    expect(await sampleOf(collector, 'a_total', x)).toBeUndefined();
    expect((await collector.diagnostics()).threads).toBe(1);
  });

  it('does not wait for long before it shuts down, and does not join afterwards', async () => {
    const collector = makeCollector({ link: 'shared' });
    const one = forked();
    await one.count(3);
    await one.ask('shutdown');
    expect(one.logged).toContainEqual(expect.stringMatching(/has answered/));
    stops.push(acceptProcess(collector, one.child));
    expect(await one.ask('valueOf', { name: 'a_total' })).toBe(3);
    expect((await collector.diagnostics()).threads).toBe(1);
  });

  it('is not let in once that was taken back, even if it runs already', async () => {
    const collector = makeCollector({ link: 'shared' });
    const one = forked();
    acceptProcess(collector, one.child)();
    await one.hasLogged(/has answered/);
    expect((await collector.diagnostics()).threads).toBe(1);
  });

  it('joins the collector that has let it in last', async () => {
    const [first, second] = [makeCollector({ link: 'shared' }), makeCollector({ link: 'shared' })];
    const one = forked();
    stops.push(acceptProcess(first, one.child));
    await accepted(second, one);
    await one.count(3);
    expect(await sampleOf(second, 'a_total', x)).toBe(3);
    expect(await sampleOf(first, 'a_total', x)).toBeUndefined();
  });
});

describe('the end of one side', () => {
  it('leaves a process without a collector that goes on', async () => {
    const collector = makeCollector({ link: 'shared' });
    const one = await accepted(collector, forked());
    await one.count(1);
    await one.ask('flush');
    expect(one.logged).toEqual([]);
    await collector.shutdown();
    await one.hasLogged(/collector of the primary process is gone; .* is not collected/);
    expect(await one.ask('flush')).toBe(false);
    await one.count(1);
    expect(await one.ask('valueOf', { name: 'a_total' })).toBe(2);
  });

  it('lets a process go on whose primary has disconnected', async () => {
    const collector = makeCollector({ link: 'shared' });
    const one = await accepted(collector, forked());
    await one.count(1);
    await one.ask('flush');
    one.child.disconnect();
    const [printed] = await once(one.child.stdout!, 'data');
    expect(JSON.parse(String(printed))).toEqual({ collected: false });
    await one.exit;
    expect(one.child.exitCode).toBe(0);
    expect(await sampleOf(collector, 'a_total', x)).toBe(1);
    await expect.poll(async () => (await collector.diagnostics()).threads).toBe(1);
  });

  it('has all of a process that has shut its collector down', async () => {
    const collector = makeCollector({ link: 'shared' });
    const one = await accepted(collector, forked());
    await one.count(4);
    await one.ask('shutdown');
    expect(await sampleOf(collector, 'a_total', x)).toBe(4);
    // By now it has heard that its last port is closed.
    await one.ask('flush');
    expect(one.logged).toEqual([]);
    expect((await collector.diagnostics()).threads).toBe(1);
    expect(await errors(collector, 'process')).toBe(0);
  });
});

describe('what cannot be meant is refused', () => {
  const invalid = (message: RegExp) =>
    expect.objectContaining({ code: 'invalid_option', message: expect.stringMatching(message) });

  it('when it is told what to accept', async () => {
    const collector = makeCollector();
    const child = spawn(process.execPath, ['-e', '']);
    expect(() => acceptProcess(collector, child)).toThrow(invalid(/an IPC channel, as fork\(\)/));
    expect(() => acceptProcess({} as never, child)).toThrow(invalid(/collector must be/));
    expect(() => acceptWorkers(null as never)).toThrow(invalid(/collector must be/));
    expect(() => acceptWorkers(collector, {} as never)).toThrow(invalid(/cluster must be/));
    expect(() => connectToPrimary('json' as never)).toThrow(invalid(/options must be/));
    expect(() => acceptProcess(collector, child)).toThrow(TelemetryError);
    await once(child, 'exit');
  });

  it('in a worker of node:cluster', async () => {
    const one = clustered();
    expect(await one.ask('misuse')).toBe('not_primary');
  });

  it('where there is no primary process', async () => {
    const url = JSON.stringify(new URL('../../dist/cluster.js', import.meta.url).href);
    const source = `import(${url}).then(({ connectToPrimary }) => connectToPrimary())
      .catch(({ code, name }) => console.log(name, code));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', source]);
    expect(stdout).toBe('TelemetryError no_primary\n');
    const thread = new Worker(source, { eval: true, stdout: true });
    expect(String(...(await once(thread.stdout, 'data')))).toBe('TelemetryError no_primary\n');
  });
});

it('needs no more listeners for more calls', () => {
  const before = cluster.listenerCount('fork');
  const collector = makeCollector();
  for (let i = 0; i < 20; i++) acceptWorkers(collector)();
  expect(cluster.listenerCount('fork')).toBe(before);
});
