/** A thread that joins may be anybody's code: what it says of families, erasures and cells harms nobody else. */
import { formatPrometheus } from 'utilityfog-telemetry';
import { afterEach, describe, expect, it } from 'vitest';
import {
  CONTROL_BYTES,
  CONTROL_VERSION,
  familyWord,
  headOf,
  LAYOUT_VERSION,
  RECORD_FAMILY,
  RECORD_SERIES,
  RECORD_TEXT,
  SEGMENT_FILLED,
} from '../../src/pages/journal-layout.ts';
import { checkMetrics } from '../backends/promtool.ts';
import { logOf, makeCollector } from '../collectors.ts';
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
  port.onmessage = ({ data }) => heard.get(data?.id)?.(data);
  let last = 0;
  return (method: string, ...values: unknown[]) => {
    const id = `said ${++last}`;
    const answered = new Promise<Answer>((resolve) => heard.set(id, resolve));
    const argumentList = values.map((value) => ({ type: 'RAW', value }));
    port.postMessage({ id, type: 'APPLY', path: [method], argumentList });
    return answered;
  };
}

async function joined(collector: Collector, cell = 5) {
  const call = speaker(collector);
  const control = new SharedArrayBuffer(CONTROL_BYTES);
  new Int32Array(control)[CONTROL_VERSION] = LAYOUT_VERSION;
  await call('join', { control, direct: true, main: false, eventsSent: 0 });
  const page = new SharedArrayBuffer(4096);
  new Float64Array(page).fill(cell);
  await call('addPage', 0, page);
  return call;
}

/** A journal of one family, and of one series of it at place 0. */
function journal(definition: object, labelValues: readonly string[] = []): SharedArrayBuffer {
  const text = (value: string) => {
    const words = [headOf(RECORD_TEXT, 2 + Math.ceil(value.length / 2)), value.length];
    for (let i = 0; i < value.length; i += 2) {
      words.push(value.charCodeAt(i) | ((value.charCodeAt(i + 1) || 0) << 16));
    }
    return words;
  };
  const whole = {
    ...{ description: '', type: 'counter', unit: '', labelNames: [], labels: {} },
    ...{ combine: 'sum', buckets: [], ...definition },
  };
  const words = [
    ...text(JSON.stringify(whole)),
    ...labelValues.flatMap(text),
    ...[headOf(RECORD_FAMILY, 4), familyWord(1, false), 0, 0],
    ...[headOf(RECORD_SERIES, 3 + labelValues.length), familyWord(1, false), 0],
    ...labelValues.map((_, i) => i + 1),
  ];
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
    'le of a histogram': [{ type: 'histogram', labelNames: ['le'], buckets: [1] }, ['q']],
    'buckets that fall': [{ type: 'histogram', buckets: [5, 1, 1] }, []],
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
    expect(logOf(collector)).toEqual([expect.stringContaining('cannot be read')]);
    if (promtoolPath()) expect((await checkMetrics(text)).parseError).toBeUndefined();
  });

  it('is told of erasures field by field, and of none that is too long', async () => {
    const collector = makeCollector({ link: 'shared' });
    await collector.startCollection();
    // It never answers: what it is told stays in what the collector leaves to the next.
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

  it('has 64 periodic exports at most', async () => {
    const collector = makeCollector({ link });
    const call = await joined(collector);
    const plan = { exporter: 'x', format: 'json', destination: '/nowhere/at/all/x.json' };
    const answers = [];
    for (let i = 0; i < 65; i++) answers.push(await call('schedule', plan, 1e6, i));
    expect(answers.filter(({ type }) => type === 'RAW')).toHaveLength(64);
  });
});
