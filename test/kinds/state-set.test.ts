import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { formatJSON, formatPrometheus, MetricType } from 'utilityfog-telemetry';
import { TelemetryCollector as EdgeCollector } from 'utilityfog-telemetry/edge';
import { describe, expect, it, onTestFinished } from 'vitest';
import { errors, joinThread, LINKS, logOf, makeCollector, samplesOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';
import { parseText } from '../formats/text-parser.ts';

const anything = (value: unknown) => value as never;
const PHASES = { states: ['idle', 'busy', 'gone'] } as const;

/** Joins a collector, says so, and then switches from state to state. */
const SWITCHES_WITHOUT_END = `
  const { parentPort, workerData } = require('node:worker_threads');
  import(workerData.entry).then(async ({ TelemetryCollector }) => {
    const collector = TelemetryCollector.connect(workerData.port);
    const phase = collector.registerStateSet('phase', '', { states: ['idle', 'busy', 'gone'] });
    await collector.flush();
    parentPort.postMessage('joined');
    for (;;) for (const state of ['busy', 'gone', 'idle']) phase.set(state);
  });
`;

type Collector = Parameters<typeof formatPrometheus>[0];

/** Resolves to the states that are on in the text, in the order of the states. */
async function statesOf(collector: Collector, name = 'phase', labels: object = {}) {
  const samples = await samplesOf(collector, name);
  return samples
    .filter(({ labels: { [name]: _, ...others } }) => {
      return JSON.stringify(others) === JSON.stringify(labels);
    })
    .filter(({ value }) => value === 1)
    .map((sample) => sample.labels[name]);
}

describe.each(LINKS)('a state set over the %s link', (link) => {
  it('is in one state, the first until another is set', async () => {
    const collector = makeCollector({ link, labels: { job: 'test' } });
    const phase = collector.registerStateSet('phase', 'What it does', PHASES);
    expect([phase.name, phase.type]).toEqual(['phase', MetricType.StateSet]);
    expect(phase.getValue().states).toEqual({ idle: true, busy: false, gone: false });
    expect(await formatPrometheus(collector)).toMatch(
      /^phase\{job="test",phase="idle"\} 1\nphase\{job="test",phase="busy"\} 0\nphase\{job="test",phase="gone"\} 0$/m,
    );
    phase.set('busy');
    expect(phase.getValue()).toMatchObject({
      states: { idle: false, busy: true, gone: false },
      labels: {},
    });
    const { metrics } = JSON.parse(await formatJSON(collector));
    expect(metrics.phase).toEqual({
      states: { idle: false, busy: true, gone: false },
      labels: { job: 'test' },
      timestamp: expect.any(Number),
    });
    const snapshot = await collector.getSnapshot();
    expect(snapshot.metrics.phase).toMatchObject({ states: { busy: true } });
    phase.reset();
    expect(phase.getValue().states.idle).toBe(true);
    expect(await statesOf(collector, 'phase', { job: 'test' })).toEqual(['idle']);
  });

  it('has a state for each label set', async () => {
    const collector = makeCollector({ link });
    const phase = collector.registerStateSet('phase', '', { ...PHASES, labelNames: ['worker'] });
    phase.set('busy', { worker: 'a' });
    phase.labels({ worker: 'b' }).set('gone');
    phase.labels({ worker: 'c' });
    expect(await statesOf(collector, 'phase', { worker: 'a' })).toEqual(['busy']);
    expect(await statesOf(collector, 'phase', { worker: 'b' })).toEqual(['gone']);
    expect(await statesOf(collector, 'phase', { worker: 'c' })).toEqual(['idle']);
    expect(phase.getValue({ worker: 'b' }).states.gone).toBe(true);
    expect(phase.getValue({ worker: 'none' }).states.idle).toBe(true);
    phase.remove({ worker: 'a' });
    expect(await samplesOf(collector, 'phase')).toHaveLength(6);
    phase.clear();
    expect(await samplesOf(collector, 'phase')).toEqual([]);
  });

  it('may be in several states, or in none', async () => {
    const collector = makeCollector({ link });
    const flags = collector.registerStateSet('phase', '', { ...PHASES, multiple: true });
    expect(await statesOf(collector)).toEqual([]);
    flags.enable('gone');
    flags.enable('idle');
    flags.enable('gone');
    expect(await statesOf(collector)).toEqual(['idle', 'gone']);
    expect(flags.getValue().states).toEqual({ idle: true, busy: false, gone: true });
    flags.disable('idle');
    flags.disable('idle');
    expect(await statesOf(collector)).toEqual(['gone']);
    flags.set('busy');
    expect(await statesOf(collector)).toEqual(['busy']);
    flags.disable('busy');
    expect(await statesOf(collector)).toEqual([]);
  });

  it('is in the state that a thread has set last', async () => {
    const owner = makeCollector({ link });
    const join = () => joinThread(owner, { link: link === 'inline' ? 'shared' : link });
    const [own, first, second] = [owner, join(), join()] as const;
    const [ofOwn, ofFirst] = [own, first, second].map((thread) =>
      thread.registerStateSet('phase', '', PHASES),
    );
    await first.flush();
    await second.flush();
    expect(await statesOf(owner)).toEqual(['idle']);
    ofFirst!.set('busy');
    await first.flush();
    // The others have set nothing, and so do not count.
    expect(await statesOf(owner)).toEqual(['busy']);
    ofOwn!.set('gone');
    expect(await statesOf(owner)).toEqual(['gone']);
    ofFirst!.set('busy');
    await first.flush();
    expect(await statesOf(owner)).toEqual(['busy']);
    // What a thread has set goes with it.
    await first.shutdown();
    expect(await statesOf(owner)).toEqual(['gone']);
  });

  it('refuses, counts and logs what is no state', async () => {
    const collector = makeCollector({ link });
    const phase = collector.registerStateSet('phase', '', PHASES);
    phase.set('busy');
    const odd = ['Busy', '', 'toString', 5, null, undefined, { worker: 'a' }, Symbol('x'), []];
    for (const state of odd) phase.set(anything(state));
    phase.enable('gone');
    phase.disable('busy');
    phase.set('gone', anything({ worker: 'a' }));
    expect(await statesOf(collector)).toEqual(['busy']);
    expect(await errors(collector, 'invalid_value')).toBe(odd.length + 2);
    expect(await errors(collector, 'invalid_labels')).toBe(1);
    expect(logOf(collector).join('\n')).toContain(
      'phase: set("Busy"): the states are [idle,busy,gone]',
    );
  });
});

describe('a state set', () => {
  it('says that enable() and disable() need a set of several', () => {
    const collector = makeCollector({ strict: true });
    const phase = collector.registerStateSet('phase', '', PHASES);
    expect(() => phase.enable('busy')).toThrow('phase: enable("busy"): it needs multiple: true');
    expect(() => phase.set(anything('Busy'))).toThrow(RangeError);
    const labelled = collector.registerStateSet('other', '', { ...PHASES, labelNames: ['n'] });
    const gone = labelled.labels({ n: 1 });
    labelled.remove({ n: 1 });
    expect(() => gone.set('busy')).toThrow('removed series');
  });

  it.each([
    ['no states', undefined],
    ['null', null],
    ['an empty list', []],
    ['a text', 'idle'],
    ['an object', { idle: 1 }],
    ['a repeated state', ['a', 'b', 'a']],
    ['an empty name', ['a', '']],
    ['a number', ['a', 1]],
    ['a hole', new Array(2)],
    ['a lone surrogate', ['a\ud800']],
    ['a name that is too long', ['a'.repeat(5000)]],
    ['too many', Array.from({ length: 1001 }, (_, i) => `${i}`)],
    ['symbols', [Symbol('a')]],
  ])('is refused with %s', (_, states) => {
    const collector = makeCollector();
    expect(() => collector.registerStateSet('phase', '', anything({ states }))).toThrow(
      expect.objectContaining({
        code: 'invalid_states',
        message: expect.stringContaining('give 1 to 1000 different texts'),
      }),
    );
    expect(() => collector.registerStateSet('phase', '', anything(undefined))).toThrow(
      'are no states of phase',
    );
  });

  it('is refused where its name is a label already, or could be none', () => {
    const collector = makeCollector();
    const register = (name: string, options: object) =>
      collector.registerStateSet(name, '', { ...PHASES, ...options });
    expect(() => register('phase', { labelNames: ['phase'] })).toThrow('a reserved label name');
    expect(() => register('phase', { labels: { phase: 'x' } })).toThrow('a reserved label name');
    expect(() => register('job:phase', {})).toThrow('no label name');
    expect(() => register('__phase', {})).toThrow('no label name');
    expect(() => register('otel_metric_overflow', {})).toThrow('a reserved label name');
    expect(() => register('phase', { unit: 'seconds' })).toThrow('unit must be left out');
    expect(() => register('phase', { multiple: 'yes' })).toThrow('multiple must be true or false');
    expect(collector.getAllMetrics().size).toBe(0);
  });

  it('wins over a constant label of its name', async () => {
    const collector = makeCollector({ labels: { phase: 'beta', job: 'x' } });
    collector.registerStateSet('phase', '', PHASES).set('gone');
    collector.registerCounter('a_total');
    expect(await statesOf(collector, 'phase', { job: 'x' })).toEqual(['gone']);
    expect(await samplesOf(collector, 'a_total')).toMatchObject([
      { labels: { phase: 'beta', job: 'x' } },
    ]);
  });

  it('is not kept over a restart', async () => {
    const persist = { name: 'app', directory: await makeFolder() };
    const first = makeCollector({ persist });
    first.registerStateSet('phase', '', PHASES).set('busy');
    first.registerCounter('a_total').increment(3);
    await first.shutdown();
    const second = makeCollector({ persist });
    second.registerCounter('a_total');
    expect(await formatPrometheus(second)).not.toContain('phase');
    second.registerStateSet('phase', '', PHASES);
    const text = await formatPrometheus(second);
    expect(text).toContain('\na_total 3\n');
    expect(await statesOf(second)).toEqual(['idle']);
  });

  it('folds what has no room into the overflow, where the last counts', async () => {
    const collector = makeCollector({ seriesLimit: 1 });
    const phase = collector.registerStateSet('phase', '', { ...PHASES, labelNames: ['n'] });
    phase.set('idle', { n: 1 });
    phase.set('busy', { n: 2 });
    phase.set('gone', { n: 3 });
    const overflow = { otel_metric_overflow: 'true' };
    expect(await statesOf(collector, 'phase', overflow)).toEqual(['gone']);
  });

  it.each([true, false])('of many states keeps each, several: %s', async (multiple) => {
    const states = Array.from({ length: 1000 }, (_, i) => `state ${i}`);
    const collector = makeCollector();
    const all = collector.registerStateSet('phase', '', { states, multiple });
    const chosen = [0, 52, 53, 54, 105, 106, 999].map((i) => states[i]!);
    for (const state of [...chosen, ...chosen.toReversed()]) {
      all.set(state);
      expect(await statesOf(collector)).toEqual([state]);
    }
    if (!multiple) return;
    for (const state of chosen) all.enable(state);
    expect(await statesOf(collector)).toEqual(chosen);
    for (const state of states) all.enable(state);
    expect(await statesOf(collector)).toEqual(states);
    for (const state of chosen) all.disable(state);
    expect(await statesOf(collector)).toEqual(states.filter((s) => !chosen.includes(s)));
  });

  it('shows exactly one state while another thread switches without end', async () => {
    const owner = makeCollector({ link: 'shared' });
    const port = owner.createPort();
    const worker = new Worker(SWITCHES_WITHOUT_END, {
      eval: true,
      workerData: { port, entry: new URL('../../dist/node.js', import.meta.url).href },
      transferList: [port as never],
    });
    onTestFinished(async () => void (await worker.terminate()));
    await once(worker, 'message');
    const seen = new Set<unknown>();
    for (let i = 0; i < 100; i++) {
      const on = await statesOf(owner);
      expect(on).toHaveLength(1);
      seen.add(on[0]);
    }
    expect(seen.size).toBeGreaterThan(1);
  });

  it('names its states in the text whatever they are', async () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1, unit: 'binary' }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(names, fc.nat(), async (states, at) => {
        const state = states[at % states.length]!;
        const collector = makeCollector();
        collector.registerStateSet('phase', '', { states }).set(state);
        const { samples } = parseText(await formatPrometheus(collector));
        const shown = samples.filter(({ name }) => name === 'phase');
        expect(shown.map(({ labels }) => labels.phase)).toEqual(states);
        expect(shown.map(({ value }) => value)).toEqual(states.map((s) => Number(s === state)));
        const { metrics } = JSON.parse(await formatJSON(collector));
        const isOn = states.map((s) => [s, s === state]);
        expect(Object.entries(metrics.phase.states).sort()).toEqual(isOn.sort());
        await collector.shutdown();
      }),
      { numRuns: 30 },
    );
  });

  it('is the same at the edge', async () => {
    const collector = new EdgeCollector({ labels: { service_instance_id: 'x' } });
    onTestFinished(() => collector.shutdown());
    const phase = collector.registerStateSet('phase', '', { ...PHASES, labelNames: ['n'] });
    const flags = collector.registerStateSet('flags', '', { ...PHASES, multiple: true });
    phase.set('gone', { n: 1 });
    phase.labels({ n: 2 });
    flags.enable('busy');
    flags.enable('gone');
    const id = { service_instance_id: 'x' };
    expect(await statesOf(collector, 'phase', { ...id, n: '1' })).toEqual(['gone']);
    expect(await statesOf(collector, 'phase', { ...id, n: '2' })).toEqual(['idle']);
    expect(await statesOf(collector, 'flags', id)).toEqual(['busy', 'gone']);
    const { metrics } = await collector.getSnapshot();
    expect(metrics.flags).toMatchObject({ states: { idle: false, busy: true, gone: true } });
    phase.remove({ n: 1 });
    expect(await statesOf(collector, 'phase', { ...id, n: '1' })).toEqual([]);
  });
});
