/**
 * Tests a joined thread that runs anybody's code. What it says of families, erasures and cells must not
 * harm others.
 */
import { formatOpenMetrics, formatPrometheus } from 'utilityfog-telemetry';
import { afterEach, describe, expect, it } from 'vitest';
import {
  CONTROL_BYTES,
  CONTROL_HEARTBEAT,
  CONTROL_VERSION,
  familyWord,
  headOf,
  LAYOUT_VERSION,
  RECORD_FAMILY,
  RECORD_SERIES,
  RECORD_SERIES_ERASED,
  RECORD_SERIES_MOVED,
  RECORD_TEXT,
  SEGMENT_FILLED,
} from '../../src/pages/journal-layout.ts';
import { checkMetrics } from '../backends/promtool.ts';
import { errors, logOf, makeCollector } from '../collectors.ts';
import { promtoolPath } from '../parts.ts';

const ports: MessagePort[] = [];
afterEach(() => {
  for (const port of ports.splice(0)) port.close();
});

type Collector = ReturnType<typeof makeCollector>;
type Answer = { id: string; type: string; name?: string; value: unknown };

function speaker(collector: Collector) {
  const port = collector.createPort() as unknown as MessagePort;
  ports.push(port);
  const heard = new Map<string, (answer: Answer) => void>();
  const asked: { id: string; method: string }[] = [];
  port.onmessage = ({ data }) => {
    heard.get(data?.id)?.(data);
    if (data?.type === 'APPLY') asked.push({ id: data.id, method: data.path[0] });
  };
  let last = 0;
  const call = (method: string, ...values: unknown[]) => {
    const id = `said ${++last}`;
    const answered = new Promise<Answer>((resolve) => heard.set(id, resolve));
    const argumentList = values.map((value) => ({ type: 'RAW', value }));
    const transfer = values.filter((value) => value instanceof MessagePort);
    port.postMessage({ id, type: 'APPLY', path: [method], argumentList }, transfer);
    return answered;
  };
  const answer = (id: string, value: unknown) => port.postMessage({ id, type: 'RAW', value });
  return Object.assign(call, { port, asked, answer });
}

async function joined(collector: Collector, cell = 5) {
  const call = speaker(collector);
  const control = new SharedArrayBuffer(CONTROL_BYTES);
  new Int32Array(control)[CONTROL_VERSION] = LAYOUT_VERSION;
  await call('join', { control, direct: true, main: false, eventsSent: 0 });
  const page = new SharedArrayBuffer(4096);
  const cells = new Float64Array(page).fill(cell);
  await call('addPage', 0, page);
  return Object.assign(call, { control, cells });
}

const text = (value: string) => {
  const words = [headOf(RECORD_TEXT, 2 + Math.ceil(value.length / 2)), value.length];
  for (let i = 0; i < value.length; i += 2) {
    words.push(value.charCodeAt(i) | ((value.charCodeAt(i + 1) || 0) << 16));
  }
  return words;
};

/** Writes a family with this number, whose definition is the text with that number. */
const family = (id: number, definition: number, collects = false) => [
  ...[headOf(RECORD_FAMILY, 4), familyWord(id, collects), 0, definition],
];

const definitionText = (definition: object) =>
  JSON.stringify({
    ...{ description: '', type: 'counter', unit: '', labelNames: [], labels: {} },
    ...{ shape: {}, ...definition },
  });

/** Makes a journal with one family, and one series of it at address 0. */
function journal(
  definition: object,
  labelValues: readonly string[] = [],
  collects = false,
): SharedArrayBuffer {
  return segment([
    ...text(definitionText(definition)),
    ...labelValues.flatMap(text),
    ...family(1, 0, collects),
    ...[headOf(RECORD_SERIES, 3 + labelValues.length), familyWord(1, false), 0],
    ...labelValues.map((_, i) => i + 1),
  ]);
}

function segment(words: readonly number[]): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(4 * (1 + words.length));
  const memory = new Int32Array(buffer);
  memory.set(words, 1);
  memory[SEGMENT_FILLED] = 1 + words.length;
  return buffer;
}

const link = 'inline';

describe('a thread that joined', () => {
  it.each(['telemetry_metrics_count', 'telemetry_collection_runs_total', 'telemetry_errors_total'])(
    'cannot take %s from the collector',
    async (family) => {
      const collector = makeCollector({ link });
      collector.registerCounter('jobs_total').increment(3);
      const call = await joined(collector);
      await call('erase', [
        { what: 'remove', family },
        { what: 'clear', family },
      ]);
      const type = family.endsWith('_total') ? 'gauge' : 'counter';
      await call('addSegment', journal({ name: family, type }));
      await call('drain');
      await collector.flush();
      const text = await formatPrometheus(collector);
      expect(text).toContain('jobs_total 3');
      expect(text).toContain(`# TYPE ${family} ${type === 'gauge' ? 'counter' : 'gauge'}`);
    },
  );

  const refused: Record<string, [object, string[]]> = {
    'a label name that repeats': [{ labelNames: ['a', 'a'] }, ['1', '2']],
    'a label that is also constant': [{ labelNames: ['a'], labels: { a: 'x' } }, ['1']],
    'the name as a label': [{ labelNames: ['__name__'] }, ['jobs_total']],
    'le of a histogram': [
      { type: 'histogram', labelNames: ['le'], shape: { buckets: [1] } },
      ['q'],
    ],
    'buckets that fall': [{ type: 'histogram', shape: { buckets: [5, 1, 1] } }, []],
    'a unit of two lines': [{ unit: 's\n# EOF' }, []],
    'the name of no info': [{ type: 'info' }, []],
    'states that repeat': [{ type: 'stateset', shape: { states: ['a', 'a'] } }, []],
    'states that are no texts': [{ type: 'stateset', shape: { states: [{}] } }, []],
    'its own name as a label': [
      { type: 'stateset', labelNames: ['spoof_total'], shape: { states: ['a'] } },
      ['b'],
    ],
    'a state set whose name is no label': [
      { name: 'spoof_total:x', type: 'stateset', shape: { states: ['a'] } },
      [],
    ],
    'the label of what overflowed': [{ labelNames: ['otel_metric_overflow'] }, ['true']],
    'a description without end': [{ description: 'x'.repeat(70_000) }, []],
  };

  it.each(Object.keys(refused))('defines no family with %s', async (what) => {
    const collector = makeCollector({ link });
    collector.registerCounter('jobs_total', 'Jobs.').increment(3);
    const call = await joined(collector);
    const [definition, labelValues] = refused[what]!;
    await call('addSegment', journal({ name: 'spoof_total', ...definition }, labelValues));
    await call('drain');
    const text = await formatPrometheus(collector);
    expect(text).not.toContain('spoof_total');
    expect(text).toContain('jobs_total 3');
    // The name of that state set would be a label if UTF-8 names were allowed.
    expect(logOf(collector)).toEqual([expect.stringMatching(/cannot be read|does not take/)]);
    if (promtoolPath()) expect((await checkMetrics(text)).parseError).toBeUndefined();
  });

  const sound = { labels: { id: 'x' }, value: 1, timestamp: 5 };
  const unsoundExemplars: Record<string, unknown> = {
    'that is null': null,
    'that is an empty list': [],
    'of a bucket that there is not': [1, [], false, 1, sound],
    'of a bucket below 0': [1, [], false, -1, sound],
    'of a bucket that is no number': [1, [], false, '0', sound],
    'that is missing': [1, [], false, 0],
    'with label values that are none': [1, [{}], false, 0, sound],
    'whose value is no number': [1, [], false, 0, { ...sound, value: '1' }],
    'whose value is NaN': [1, [], false, 0, { ...sound, value: Number.NaN }],
    'whose time is NaN': [1, [], false, 0, { ...sound, timestamp: Number.NaN }],
    'before 1970': [1, [], false, 0, { ...sound, timestamp: -1 }],
    'without labels': [1, [], false, 0, { ...sound, labels: {} }],
    'whose labels are null': [1, [], false, 0, { ...sound, labels: null }],
    'with a label name of two lines': [1, [], false, 0, { ...sound, labels: { 'a\n': 'x' } }],
    'with a label that is no text': [1, [], false, 0, { ...sound, labels: { a: 1 } }],
    'with a lone surrogate': [1, [], false, 0, { ...sound, labels: { a: '\ud800' } }],
    'that is too long': [1, [], false, 0, { ...sound, labels: { a: 'x'.repeat(128) } }],
  };

  it.each(Object.keys(unsoundExemplars))('has no exemplar %s', async (what) => {
    const collector = makeCollector({ link });
    const call = await joined(collector);
    await call('addSegment', journal({ name: 'theirs_total' }));
    expect(await call('exemplars', [unsoundExemplars[what]])).toMatchObject({
      type: what === 'that is null' ? 'HANDLER' : 'RAW',
    });
    await call('drain');
    await call('exemplars', [[1, [], false, 0, { ...sound, labels: { id: 'sound' } }]]);
    const text = await formatOpenMetrics(collector);
    expect(text).toMatch(/^theirs_total 5\.?0? # \{id="sound"\} 1\S* 5\S*$/m);
    expect(text.match(/ # \{/g)).toHaveLength(1);
    if (what !== 'that is null') expect(await errors(collector, 'unsound_exemplars')).toBe(1);
  });

  it.each([[['x', 'z']], [[]]])(
    'has no exemplar of a series with the labels %j',
    async (values) => {
      const collector = makeCollector({ link });
      collector.registerCounter('own_total').increment(3);
      const call = await joined(collector);
      await call('addSegment', journal({ name: 'theirs_total', labelNames: ['a'] }, ['y']));
      const exemplar = { labels: { id: 'x' }, value: 5, timestamp: 5 };
      await call('exemplars', [[1, values, false, 0, exemplar]]);
      await call('drain');
      const record = [headOf(RECORD_SERIES, 4), familyWord(1, false), 8, 2];
      await call('addSegment', segment([...text('x'), ...record]));
      expect(await formatPrometheus(collector)).toContain('own_total 3');
      expect(JSON.stringify(await collector.getSnapshot())).not.toContain('"exemplars":');
    },
  );

  it('has no exemplar in a bucket of other values, nor in what has no exemplars', async () => {
    const collector = makeCollector({ link });
    const call = await joined(collector);
    const histogram = { name: 'theirs', type: 'histogram', shape: { buckets: [1, 2] } };
    await call('addSegment', journal(histogram));
    await call('drain');
    const at = (bucket: number, value: number) => [1, [], false, bucket, { ...sound, value }];
    await call('exemplars', [at(0, 1.5), at(1, 1), at(1, 3), at(2, 2), at(3, 5), at(2, Infinity)]);
    expect((await formatOpenMetrics(collector)).match(/^.* # \{.*$/gm)).toEqual([
      expect.stringContaining('theirs_bucket{le="+Inf"} 15 # {id="x"} +Inf 5'),
    ]);
    expect(await errors(collector, 'unsound_exemplars')).toBe(5);
    const other = makeCollector({ link });
    const ask = await joined(other);
    await ask('addSegment', journal({ name: 'theirs', type: 'gauge', shape: { combine: 'sum' } }));
    await ask('drain');
    await ask('exemplars', [[1, [], false, 0, sound]]);
    expect(JSON.stringify(await other.getSnapshot())).not.toContain('"exemplars":');
  });

  it('sends no more than a thousand exemplars at a time, and none of a time to come', async () => {
    const collector = makeCollector({ link });
    const call = await joined(collector);
    await call('addSegment', journal({ name: 'theirs_total' }));
    await call('drain');
    const one = [1, [], false, 0, { ...sound, timestamp: 1e12 }];
    expect(await call('exemplars', Array(1001).fill(one))).toMatchObject({ type: 'HANDLER' });
    expect(await formatOpenMetrics(collector)).not.toContain(' # {');
    expect(await call('exemplars', Array(1000).fill(one))).toMatchObject({ type: 'RAW' });
    const [, time] = / # \{id="x"\} 1\S* (\S+)/.exec(await formatOpenMetrics(collector))!;
    expect(Number(time)).toBeLessThanOrEqual(Date.now() / 1000);
  });

  it('is told of erasures field by field, and of none that is too long', async () => {
    const collector = makeCollector({ link: 'shared' });
    await collector.startCollection();
    // It never answers, so what it is told stays in the handover to the next collector.
    await joined(collector);
    const call = await joined(collector);
    const cyclic: Record<string, unknown> = { what: 'reset', family: 'x' };
    cyclic.self = cyclic;
    expect(await call('reset', { what: 'reset', family: 'x', extra: 1n })).toMatchObject({
      type: 'RAW',
    });
    expect(await call('reset', cyclic)).toMatchObject({ type: 'RAW' });
    expect(await call('reset', { what: 'reset', family: 'x'.repeat(70_000) })).toMatchObject({
      name: 'throw',
    });
  });

  it('makes no series of exports before it joins, and a bounded number afterwards', async () => {
    const collector = makeCollector({ link });
    const early = speaker(collector);
    await early('countExport', 'early', true);
    const call = await joined(collector);
    for (let i = 0; i < 3000; i++) void call('countExport', `e${i}`, true);
    await call('ping');
    const text = await formatPrometheus(collector);
    expect(text).not.toContain('early');
    const lines = text.split('\n').filter((line) => line.startsWith('telemetry_exports_total{'));
    expect(lines.length).toBeLessThanOrEqual(2001);
    expect(lines.at(-1)).toContain('otel_metric_overflow');
  });

  it('exchanges no page for a shorter one', async () => {
    const collector = makeCollector({ link });
    collector.registerCounter('jobs_total').increment(3);
    const call = await joined(collector);
    await call('addSegment', journal({ name: 'theirs_total' }));
    await call('drain');
    expect(await call('addPage', 0, new SharedArrayBuffer(8))).toMatchObject({ name: 'throw' });
    const copy = { segments: [], pages: [[0, new Float64Array(0)]], last: true };
    expect(await call('publish', copy)).toMatchObject({ name: 'throw' });
    const text = await formatPrometheus(collector);
    expect(text).toContain('theirs_total 5');
    expect(text).toContain('jobs_total 3');
  });

  it.each([-1000, Number.NaN, Number.POSITIVE_INFINITY])(
    'leaves nothing behind of cells that hold %d',
    async (cell) => {
      const collector = makeCollector({ link });
      collector.registerCounter('jobs_total').increment(3);
      const call = await joined(collector, cell);
      await call('addSegment', journal({ name: 'jobs_total' }));
      await call('drain');
      await call('leave');
      expect(await formatPrometheus(collector)).toContain('jobs_total 3');
    },
  );

  const first: Record<string, object> = {
    'as a gauge': { name: 'jobs_total', type: 'gauge' },
    'with a label': { name: 'jobs_total', labelNames: ['a'] },
    'as the count of a histogram': { name: 'jobs', type: 'histogram', shape: { buckets: [1] } },
  };

  it.each(Object.keys(first))('keeps no name from the owner that it had first %s', async (how) => {
    const collector = makeCollector({ link });
    const call = await joined(collector);
    const definition = first[how]! as { labelNames?: string[] };
    await call('addSegment', journal(definition, definition.labelNames ? ['1'] : []));
    await call('drain');
    await collector.flush();
    const name = how === 'as the count of a histogram' ? 'jobs_count' : 'jobs_total';
    collector.registerCounter(name).increment(3);
    const text = await formatPrometheus(collector);
    expect(text).toContain(`# TYPE ${name} counter\n${name} 3\n`);
    expect(text).not.toContain('{a="1"}');
    expect(text).not.toContain('# TYPE jobs histogram');
    expect(await errors(collector, 'definition_conflict')).toBe(1);
    // It also does not come back with what the thread says next, or when the thread leaves.
    await call('leave');
    expect(await formatPrometheus(collector)).toContain(`\n${name} 3\n`);
  });

  it('describes nothing that the owner describes', async () => {
    const collector = makeCollector({ link });
    const call = await joined(collector);
    await call('addSegment', journal({ name: 'jobs_total', description: 'Theirs.' }));
    await call('drain');
    expect(await formatPrometheus(collector)).toContain('# HELP jobs_total Theirs.');
    collector.registerCounter('jobs_total', 'Ours.').increment(3);
    expect(await formatPrometheus(collector)).toContain(
      '# HELP jobs_total Ours.\n# TYPE jobs_total counter\njobs_total 8\n',
    );
  });

  it.each([-1000, Number.NaN, Number.POSITIVE_INFINITY])(
    'shows nothing of cells that hold %d',
    async (cell) => {
      const collector = makeCollector({ link });
      collector.registerCounter('jobs_total').increment(3);
      const buckets = [1, 2];
      collector.registerHistogram('took', '', { buckets }).observe(1.5);
      const one = await joined(collector, cell);
      await one('addSegment', journal({ name: 'jobs_total' }));
      const two = await joined(collector, cell);
      await two('addSegment', journal({ name: 'took', type: 'histogram', shape: { buckets } }));
      await collector.flush();
      const exposition = await formatPrometheus(collector);
      expect(exposition).toContain('jobs_total 3\n');
      expect(exposition).toContain('took_count 1\n');
      if (Number.isNaN(cell)) expect(exposition).toContain('took_sum 1.5\n');
      expect(await errors(collector, 'unsound_cells')).toBe(2);
      expect(logOf(collector)).toEqual([expect.stringContaining('read as 0')]);
      await two('leave');
      expect(await formatPrometheus(collector)).toContain('took_sum 1.5\n');
    },
  );

  it.each([0.5, 2 ** 60, -1000, Number.NaN, Number.POSITIVE_INFINITY])(
    'counts nothing in native buckets whose block ends with %d',
    async (cell) => {
      const collector = makeCollector({ link });
      const native = { schema: 5, maxBuckets: 160, zeroThreshold: 2 ** -128 };
      collector.registerHistogram('took', '', { native }).observe(1.5);
      const call = await joined(collector, 0);
      const shape = { buckets: [], native: { ...native, reduces: true } };
      await call('addSegment', journal({ name: 'took', type: 'histogram', shape }));
      await call('drain');
      const { cells } = call;
      cells.set([7, 12, 0, 5, 1, 2, 0, 0, 0, 0, 3, cell]);
      expect(await formatPrometheus(collector)).toContain('took_sum 1.5\ntook_count 1\n');
      expect(await errors(collector, 'unsound_cells')).toBe(1);
      cells.set([7, 12, 0, 5, 1, 2, 0, 0, 0, 0, 3, 4]);
      expect(await formatPrometheus(collector)).toContain('took_sum 8.5\ntook_count 8\n');
      cells.set([cell], 11);
      await call('leave');
      expect(await formatPrometheus(collector)).toContain('took_sum 1.5\ntook_count 1\n');
    },
  );

  it.each([
    ['out of its pages', 511, 0, 'thread_unreadable'],
    ['from where it never was', 300, 2 ** 31 - 1, 'unsound_cells'],
    ['to where it is', 0, 0, 'unsound_cells'],
  ])('harms nobody when it moves a series %s', async (_, to, from, reason) => {
    const collector = makeCollector({ link });
    const native = { schema: 5, maxBuckets: 160, zeroThreshold: 0 };
    collector.registerHistogram('took', '', { native }).observe(1.5);
    const call = await joined(collector, -1);
    const shape = { buckets: [], native: { ...native, reduces: true } };
    const definition = definitionText({ name: 'took', type: 'histogram', shape });
    await call(
      'addSegment',
      segment([
        ...[...text(definition), ...family(1, 0)],
        ...[headOf(RECORD_SERIES, 3), familyWord(1, false), 0],
        ...[headOf(RECORD_SERIES_MOVED, 4), familyWord(1, false), to, from],
      ]),
    );
    await call('drain');
    expect(await formatPrometheus(collector)).toContain('took_sum 1.5\ntook_count 1\n');
    expect(await errors(collector, reason)).toBe(1);
    await call('leave');
    expect(await formatPrometheus(collector)).toContain('took_sum 1.5\ntook_count 1\n');
  });

  it.each([-1000, Number.NaN, Number.POSITIVE_INFINITY])(
    'says nothing of states by cells that hold %d',
    async (cell) => {
      const collector = makeCollector({ link });
      const states = ['idle', 'busy'];
      collector.registerStateSet('phase', '', { states }).set('busy');
      const call = await joined(collector, cell);
      const shape = { states, multiple: false };
      await call('addSegment', journal({ name: 'phase', type: 'stateset', shape }));
      await collector.flush();
      expect(await formatPrometheus(collector)).toContain('phase{phase="busy"} 1\n');
      expect(await errors(collector, 'unsound_cells')).toBe(1);
    },
  );

  it.each(['too long', 'lone surrogates'])('has no label values that are %s', async (what) => {
    const collector = makeCollector({ link });
    const value = what === 'too long' ? 'x'.repeat(70_000) : '\ud800';
    const one = await joined(collector);
    await one('addSegment', journal({ name: 'theirs_total', labelNames: ['a'] }, [value]));
    const two = await joined(collector);
    const erasure = [headOf(RECORD_SERIES_ERASED, 4), familyWord(1, false), 0, 1];
    const definition = definitionText({ name: 'others_total', labelNames: ['a'] });
    const words = [...text(definition), ...text(value), ...family(1, 0), ...erasure];
    await two('addSegment', segment(words));
    await two('drain');
    expect(await formatPrometheus(collector)).not.toContain('theirs_total{');
    expect(await errors(collector, 'thread_unreadable')).toBe(2);
  });

  it('has 64 periodic exports at most', async () => {
    const collector = makeCollector({ link });
    const call = await joined(collector);
    const plan = { exporter: 'x', format: 'json', destination: '/nowhere/at/all/x.json' };
    const answers = [];
    for (let i = 0; i < 65; i++) answers.push(await call('schedule', plan, 1e6, i));
    expect(answers.filter(({ type }) => type === 'RAW')).toHaveLength(64);
  });

  it('listens on 16 ports at most', async () => {
    const call = await joined(makeCollector({ link }));
    const options = { port: 0, host: '127.0.0.1', path: '/metrics' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => call('serve', options)));
    const listening = answers.filter(({ type }) => type === 'RAW');
    expect(listening).toHaveLength(16);
    await call('unserve', (listening[0] as { value: { id: number } }).value.id);
    expect(await call('serve', options)).toMatchObject({ type: 'RAW' });
  });

  it('that does not answer its scheduled exports is not waited for', async () => {
    const collector = makeCollector({ link });
    const call = await joined(collector);
    for (let i = 0; i < 3; i++) await call('schedule', undefined, 1e6, i);
    for (let i = 0; i < 20; i++) {
      const { exported, failures } = await collector.flush();
      expect(exported).toBe(false);
      expect(failures[0]).toContain('3 exports have not ended');
    }
  });

  it('that never says that its callbacks are back is asked once', async () => {
    const collector = makeCollector({ link, collectTimeout: 1 });
    const call = await joined(collector);
    const heartbeat = new Float64Array(call.control);
    const beats = setInterval(() => {
      heartbeat[CONTROL_HEARTBEAT]! += 0.01;
      for (const { id, method } of call.asked) if (method === 'refresh') call.answer(id, true);
    }, 10);
    await call('addSegment', journal({ name: 'slow', type: 'gauge' }, [], true));
    await call('drain');
    for (let i = 0; i < 4; i++) await formatPrometheus(collector);
    clearInterval(beats);
    expect(call.asked.filter(({ method }) => method === 'collected')).toHaveLength(1);
  });

  it('leaves room for others who want the exposition', async () => {
    const collector = makeCollector({ link });
    const call = await joined(collector);
    // It never answers when it is asked for its values.
    await call('addSegment', journal({ name: 'slow', type: 'gauge' }, [], true));
    await call('drain');
    const answers: Promise<Answer>[] = [];
    for (let i = 0; i < 600; i++) answers.push(call('render', { format: 'prometheus' }));
    await call('ping');
    expect(await formatPrometheus(collector)).toContain('telemetry_metrics_count');
    const made = (await Promise.all(answers)).filter(({ type }) => type === 'RAW');
    expect(made.length).toBeGreaterThan(0);
    expect(made.length).toBeLessThan(600);
  });

  it.each([
    ['snapshot'],
    ['getEvents', 1],
    ['flush'],
    ['runExport', { exporter: 'x', format: 'json', destination: '/nowhere/at/all/x.json' }],
  ])('has a few calls of %s under way, and not without end waiting', async (method, ...args) => {
    const collector = makeCollector({ link });
    const call = await joined(collector);
    await call('addSegment', journal({ name: 'slow', type: 'gauge' }, [], true));
    await call('drain');
    const answers = await Promise.all(Array.from({ length: 600 }, () => call(method, ...args)));
    const refused = answers.filter(({ type }) => type !== 'RAW');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(200);
    expect(await errors(collector, 'too_many_calls')).toBe(refused.length);
    const told = logOf(collector).filter((message) => message.includes('wait at most'));
    expect(told).toHaveLength(1);
  });

  it('lets in a bounded number of others', async () => {
    const collector = makeCollector({ link });
    const call = await joined(collector);
    const pass = () => {
      const { port1, port2 } = new MessageChannel();
      ports.push(port1);
      return { port1, answer: call('acceptPort', port2) };
    };
    const passed = Array.from({ length: 200 }, pass);
    const answers = await Promise.all(passed.map(({ answer }) => answer));
    const refused = answers.filter(({ type }) => type !== 'RAW').length;
    expect(refused).toBeGreaterThan(0);
    expect(await errors(collector, 'too_many_ports')).toBe(refused);
    expect(logOf(collector)).toEqual([expect.stringContaining('lets in')]);
    // Families that are gone make room.
    const closed = new Promise((resolve) => passed[1]!.port1.addEventListener('close', resolve));
    passed[0]!.port1.close();
    passed[1]!.port1.close();
    await closed;
    await expect.poll(async () => (await pass().answer).type).toBe('RAW');
  });

  it('registers a bounded number of families', async () => {
    const collector = makeCollector({ link });
    collector.registerCounter('jobs_total').increment(3);
    const call = await joined(collector);
    const words = Array.from({ length: 5000 }, (_, i) => [
      ...text(definitionText({ name: `theirs_${i}_total` })),
      ...family(i, i),
    ]);
    await call('addSegment', segment(words.flat()));
    await call('drain');
    const exposition = await formatPrometheus(collector);
    const theirs = exposition.match(/^# TYPE theirs_/gm)!.length;
    expect(theirs).toBeLessThan(5000);
    expect(exposition).toContain('jobs_total 3');
    expect(await errors(collector, 'too_many_families')).toBe(5000 - theirs);
    expect(logOf(collector)).toEqual([expect.stringContaining('families at most')]);
  });

  it('fills no log with conflicts', async () => {
    const collector = makeCollector({ link });
    const names = Array.from({ length: 100 }, (_, i) => `jobs_${i}_total`);
    for (const name of names) collector.registerCounter(name).increment(3);
    await collector.flush();
    const call = await joined(collector);
    const words = names.map((name, i) => [
      ...text(definitionText({ name, type: 'gauge' })),
      ...family(i, i),
    ]);
    await call('addSegment', segment(words.flat()));
    await call('drain');
    expect(await errors(collector, 'definition_conflict')).toBe(100);
    expect(logOf(collector).length).toBeLessThan(20);
  });

  it('takes its listeners and its exports along when it leaves', async () => {
    const collector = makeCollector({ link });
    const call = await joined(collector);
    const options = { port: 0, host: '127.0.0.1', path: '/metrics' };
    const { value } = await call('serve', options);
    const { url } = value as { url: string };
    expect((await fetch(url)).status).toBe(200);
    const plan = { exporter: 'x', format: 'json', destination: '/nowhere/at/all/x.json' };
    await call('schedule', plan, 1e6, 1);
    await call('leave');
    await expect
      .poll(() =>
        fetch(url).then(
          () => 'open',
          () => 'closed',
        ),
      )
      .toBe('closed');
    expect((await collector.flush()).exported).toBeUndefined();
    expect(await call('serve', options)).toMatchObject({ name: 'throw' });
    expect(await call('schedule', plan, 1e6, 1)).toMatchObject({ name: 'throw' });
  });

  it('gives files no other modes than files have', async () => {
    const call = await joined(makeCollector({ link }));
    const plan = { exporter: 'x', format: 'json', destination: '/nowhere/at/all/x.json' };
    for (const mode of [0o1000, 0o4755, 2 ** 40]) {
      expect(await call('schedule', { ...plan, mode }, 1e6, 1)).toMatchObject({ name: 'throw' });
      expect(await call('runExport', { ...plan, mode })).toMatchObject({ name: 'throw' });
    }
  });
});
