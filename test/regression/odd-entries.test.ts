/** Tests what others put into the directory of records: one bad entry must not cost the rest. */
import { execFile, execFileSync } from 'node:child_process';
import {
  lstat,
  mkdir,
  readdir,
  readFile,
  symlink,
  truncate,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { joinPieces } from '../../src/bytes/pieces.ts';
import { encodeEnvelope } from '../../src/storage/envelope.ts';
import { errors, logOf, makeCollector, sampleOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

const isPosix = process.platform !== 'win32';
const root = process.getuid?.() === 0;
const ODD = 'b'.repeat(32);
const record = `app.${ODD}.telemetry`;

type Put = (path: string) => Promise<unknown>;

const fifo: Put = (path) => promisify(execFile)('mkfifo', [path]);
const socket: Put = (path) =>
  new Promise((resolve) => {
    const server = createServer().listen(path, () => resolve(undefined));
    onTestFinished(() => void server.close());
  });

const KINDS: [string, Put][] = [
  ['a dangling link', (path) => symlink('nowhere', path)],
  ['a link to itself', (path) => symlink(record, path)],
  ['a link to a file', async (path) => symlink('/etc/passwd', path)],
  ['a directory', (path) => mkdir(join(path, 'inside'), { recursive: true })],
  ['a FIFO', fifo],
  ['a socket', socket],
  [
    'a file over 2 GiB',
    async (path) => {
      await writeFile(path, '');
      await truncate(path, 2 ** 31 + 1);
    },
  ],
];

/** Makes a directory in which an earlier life has left a total of 3. */
async function withTotals(): Promise<string> {
  const directory = await makeFolder();
  const first = makeCollector({ persist: { name: 'app', directory } });
  first.registerCounter('a_total').increment(3);
  await first.shutdown();
  return directory;
}

function persistent(directory: string) {
  const collector = makeCollector({ persist: { name: 'app', directory } });
  return { collector, counter: collector.registerCounter('a_total') };
}

const damaged = async (directory: string) =>
  (await readdir(directory)).filter((file) => file.includes('.damaged-'));

describe.skipIf(!isPosix)('where a record is expected', () => {
  it.each(KINDS)('%s is set aside and told of, and the rest goes on', async (_, put) => {
    const directory = await withTotals();
    await put(join(directory, record));
    const { collector, counter } = persistent(directory);
    counter.increment(1);
    expect(await sampleOf(collector, 'a_total')).toBe(4);
    expect((await collector.flush()).stored).toBe(true);
    expect((await collector.diagnostics()).storage).toBe('filesystem');
    expect(await errors(collector, 'storage')).toBe(1);
    expect(logOf(collector)).toEqual([expect.stringMatching(/damaged record/)]);
    expect(await damaged(directory)).toEqual([expect.stringContaining(record)]);
    await collector.shutdown();
    const next = persistent(directory);
    expect(await sampleOf(next.collector, 'a_total')).toBe(4);
    expect(logOf(next.collector)).toEqual([]);
  });

  it.each(KINDS)('%s of an owner that lives is left alone', async (_, put) => {
    const directory = await withTotals();
    await put(join(directory, record));
    const owner = persistent(directory);
    await owner.collector.flush();
    const lock = (await readdir(directory)).find((file) => file.endsWith('.lock'))!;
    const odd = join(directory, `app.${'c'.repeat(32)}.telemetry`);
    await writeFile(
      join(directory, `app.${'c'.repeat(32)}.lock`),
      await readFile(join(directory, lock)),
    );
    await put(odd);
    const { collector } = persistent(directory);
    expect(await sampleOf(collector, 'a_total')).toBe(0);
    expect((await collector.diagnostics()).storage).toBe('filesystem');
    await lstat(odd);
  });

  it('what this user may not read is set aside', async () => {
    const directory = await withTotals();
    await writeFile(join(directory, record), 'secret', { mode: 0 });
    const program = `
      import { TelemetryCollector, formatPrometheus } from ${JSON.stringify(new URL('../../dist/node.js', import.meta.url).href)};
      const log = [];
      const logger = { warn: (text) => log.push(text), error: (text) => log.push(text) };
      const persist = { name: 'app', directory: ${JSON.stringify(directory)} };
      const collector = new TelemetryCollector({ logger, persist, link: 'inline' });
      collector.registerCounter('a_total');
      const { metrics } = await collector.getSnapshot();
      console.log(JSON.stringify([metrics.a_total.value, (await collector.flush()).stored, log.length]));
      await collector.shutdown();`;
    // Root may read everything, unless two capabilities are taken away.
    const without = ['setpriv', '--bounding-set', '-dac_override,-dac_read_search'];
    const node = [process.execPath, '--input-type=module', '-e', program];
    const [command, ...args] = root ? [...without, ...node] : node;
    const { stdout } = await promisify(execFile)(command!, args);
    expect(JSON.parse(stdout)).toEqual([3, true, 1]);
    expect(await damaged(directory)).toHaveLength(1);
  });
});

describe.skipIf(!isPosix)('where a lock is expected', () => {
  it.each(KINDS.slice(0, 6))('%s locks nothing', async (_, put) => {
    const directory = await withTotals();
    const [kept] = await readdir(directory);
    await put(join(directory, kept.replace('.telemetry', '.lock')));
    const { collector } = persistent(directory);
    expect(await sampleOf(collector, 'a_total')).toBe(3);
    expect((await collector.flush()).stored).toBe(true);
  });
});

describe.skipIf(!isPosix)('a process', () => {
  it.each(KINDS)('ends at once although there is %s', async (_, put) => {
    const directory = await withTotals();
    await put(join(directory, record));
    const entry = new URL('../../dist/node.js', import.meta.url).href;
    const options = { persist: { name: 'app', directory } };
    const program = `
      import { TelemetryCollector } from ${JSON.stringify(entry)};
      const collector = new TelemetryCollector(${JSON.stringify(options)});
      console.log((await collector.flush()).stored);
      process.exit(0);`;
    // Without that this would wait for ever.
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '-e',
      program,
    ]);
    expect(stdout).toBe('true\n');
  });
});

const family = (series: unknown, more: object = {}) => ({
  name: 'a_total',
  type: 'counter',
  labelNames: [],
  buckets: [],
  series,
  ...more,
});
const histogram = (totals: unknown) => ({
  ...family([[[], false, totals]]),
  name: 'h',
  type: 'histogram',
  buckets: [1],
});
const labelled = (labelValues: unknown) => ({
  ...family([[labelValues, false, [5]]]),
  name: 'l_total',
  labelNames: ['n'],
});
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

async function plant(directory: string, payload: string): Promise<void> {
  const bytes = joinPieces(
    encodeEnvelope({ absorbed: [], payload: [new TextEncoder().encode(payload)] }),
  );
  await writeFile(join(directory, record), bytes);
}

describe('a record with a right checksum', () => {
  it.each([
    ['no JSON', 'nonsense'],
    ['null', 'null'],
    ['a number', '7'],
    ['of a later format', '{"format":2,"families":[],"events":[]}'],
    ['without lists', '{"format":1,"families":{},"events":7}'],
    ['deep', deep(20_000)],
    ['nothing', ''],
  ])('whose content cannot be read is set aside, not deleted: %s', async (_, payload) => {
    const directory = await withTotals();
    await plant(directory, payload);
    const planted = await readFile(join(directory, record));
    const { collector } = persistent(directory);
    expect(await sampleOf(collector, 'a_total')).toBe(3);
    await collector.flush();
    const [aside] = await damaged(directory);
    expect(await readFile(join(directory, aside))).toEqual(planted);
    expect(await errors(collector, 'storage')).toBe(1);
  });

  it.each([
    ['a negative count', family([[[], false, [-5]]])],
    ['a count that is no number', family([[[], false, [null]]])],
    ['NaN', family([[[], false, ['NaN']]])],
    ['an infinite count', family([[[], false, ['Infinity']]])],
    ['a count that overflows', family([[[], false, ['1e999']]])],
    ['too many numbers', family([[[], false, [5, 5]]])],
    ['no numbers', family([[[], false, []]])],
    ['a negative bucket', histogram([1, -1, 2])],
    ['a bucket that is NaN', histogram(['1', 'NaN', '2'])],
    ['half an observation', histogram([1, 0.5, 2])],
    ['too few buckets', histogram([1, 2])],
    ['label values that are no text', labelled([5])],
    ['a label value that is an object', labelled([{}])],
    ['too many label values', labelled(['x', 'y'])],
    ['no label values', labelled([])],
    ['label values that are no list', labelled('x')],
    ['half a character', labelled(['\ud800'])],
    ['a huge label value', labelled(['x'.repeat(1_000_000)])],
    ['series that are no list', family(7)],
    ['a series that is null', family([null])],
    ['a family that is null', null],
    ['a name that is none', family([[[], false, [5]]], { name: 7 })],
    ['a type that is none', family([[[], false, [5]]], { type: 'gauge' })],
    ['buckets that fall', { ...histogram([1, 2, 3, 4]), buckets: [2, 1] }],
  ])('keeps what can be, and is told of what cannot: %s', async (_, odd) => {
    const directory = await makeFolder();
    const sound = { ...family([[[], false, [3]]]), name: 'sound_total' };
    const event = '["e",1,null,{},{}]';
    const content = { format: 1, families: [odd, sound], events: [event] };
    await plant(directory, JSON.stringify(content));
    const collector = makeCollector({ persist: { name: 'app', directory } });
    collector.registerCounter('a_total').increment();
    collector.registerCounter('sound_total');
    collector.registerCounter('l_total', '', { labelNames: ['n'] });
    collector.registerHistogram('h', '', { buckets: [1] });
    const { metrics } = await collector.getSnapshot();
    expect(metrics).toMatchObject({
      a_total: { value: 1 },
      sound_total: { value: 3 },
      l_total: [],
      h: { count: 0, sum: 0 },
    });
    expect(await collector.getEvents()).toHaveLength(1);
    expect(await errors(collector, 'storage')).toBe(1);
    expect(logOf(collector)).toEqual([expect.stringContaining('refused')]);
  });

  it.each([
    ['no text', 7],
    ['no JSON', 'nonsense'],
    ['no event', '{}'],
    ['a name that is none', '[7,1,null,{},{}]'],
    ['a time that is none', '["e","x",null,{},{}]'],
    ['a deep value', `["e",1,${deep(50_000)},{},{}]`],
    ['a huge value', `["e",1,"${'x'.repeat(3_000_000)}",{},{}]`],
  ])('loses only the event that cannot be: %s', async (_, odd) => {
    const directory = await makeFolder();
    const event = '["e",1,{"sum":0},{},{}]';
    const content = { format: 1, families: [family([[[], false, [3]]])], events: [odd, event] };
    await plant(directory, JSON.stringify(content));
    for (const link of ['shared', 'inline'] as const) {
      const collector = makeCollector({ link, persist: { name: 'app', directory } });
      collector.registerCounter('a_total');
      expect(await sampleOf(collector, 'a_total')).toBe(3);
      expect((await collector.getEvents()).map(({ value }) => value)).toEqual([{ sum: 0 }]);
      await collector.shutdown();
    }
  });

  it('keeps sums that are negative, infinite or no number: observations may be so', async () => {
    const directory = await makeFolder();
    for (const value of [-5, Infinity, -Infinity]) {
      const collector = makeCollector({ persist: { name: 'app', directory } });
      collector.registerHistogram('h', '', { buckets: [1] }).observe(value);
      await collector.shutdown();
    }
    const collector = makeCollector({ persist: { name: 'app', directory } });
    collector.registerHistogram('h', '', { buckets: [1] });
    expect(await sampleOf(collector, 'h_sum')).toBeNaN();
    expect(await sampleOf(collector, 'h_count')).toBe(3);
    expect(await errors(collector, 'storage')).toBe(0);
  });
});

describe('a start', () => {
  it('reads no more than the heads of what living owners have', async () => {
    const directory = await makeFolder();
    const owner = persistent(directory);
    owner.counter.increment(3);
    await owner.collector.flush();
    const files = await readdir(directory);
    const large = join(directory, files.find((file) => file.endsWith('.telemetry'))!);
    // If it were read as a whole, it would be too large.
    await truncate(large, 2 ** 31 + 1);
    const { collector } = persistent(directory);
    expect((await collector.flush()).stored).toBe(true);
    expect(logOf(collector)).toEqual([]);
    await owner.collector.flush();
    await Promise.all([owner.collector.shutdown(), collector.shutdown()]);
    const next = persistent(directory);
    expect(await sampleOf(next.collector, 'a_total')).toBe(3);
  });

  it('clears away a lock that was being written when its owner was killed', async () => {
    const directory = await makeFolder();
    const [old, dead, fresh] = ['d', 'e', 'f'].map((id) =>
      join(directory, `app.${id.repeat(32)}.lock.tmp`),
    );
    await writeFile(old, '');
    await utimes(old, 1, 1);
    const child = execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' });
    const { host } = JSON.parse(await ownLock());
    await writeFile(dead, JSON.stringify({ host, pid: Number(child), started: 1, birth: '' }));
    await writeFile(fresh, '');
    const { collector } = persistent(directory);
    await collector.flush();
    const left = (await readdir(directory)).filter((file) => file.endsWith('.lock.tmp'));
    expect(left.map((file) => join(directory, file))).toEqual([fresh]);
  });
});

/** Returns the lock of an owner in this process. */
async function ownLock(): Promise<string> {
  const directory = await makeFolder();
  const { collector } = persistent(directory);
  await collector.flush();
  const lock = (await readdir(directory)).find((file) => file.endsWith('.lock'))!;
  return readFile(join(directory, lock), 'utf8');
}

describe.skipIf(!isPosix).each(KINDS)('%s where what is written has its place', (_, put) => {
  it.each(['telemetry', 'lock'])('keeps no %s from being written', async (kind) => {
    const directory = await makeFolder();
    const collector = makeCollector({ persist: { name: 'app', directory } });
    const counter = collector.registerCounter('a_total');
    counter.increment();
    expect(await collector.flush()).toMatchObject({ stored: true });
    const own = (await readdir(directory)).find((file) => file.endsWith(`.${kind}`))!;
    await put(join(directory, `${own}.tmp`));
    // A lock that something has taken away is written anew.
    if (kind === 'lock') await unlink(join(directory, own));
    for (let round = 0; round < 3; round++) {
      counter.increment();
      expect(await collector.flush()).toMatchObject({ stored: true });
    }
    expect(await errors(collector, 'storage')).toBe(0);
    const left = (await readdir(directory)).filter((file) => file.endsWith('.tmp'));
    expect(left.filter((file) => file !== `${own}.tmp`)).toEqual([]);
    await collector.shutdown();
    const next = makeCollector({ persist: { name: 'app', directory } });
    next.registerCounter('a_total');
    expect(await sampleOf(next, 'a_total')).toBe(4);
  });
});
