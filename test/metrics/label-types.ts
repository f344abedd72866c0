/**
 * Shows what the compiler accepts and what it does not. `npm run types` reads this file; nothing runs it. If
 * a line below `@ts-expect-error` compiles, that is an error.
 */
import {
  type AnyMetric,
  type Counter,
  type Gauge,
  type Histogram,
  type Info,
  type LabelSet,
  type StateSet,
  TelemetryCollector,
} from 'utilityfog-telemetry';

const collector = new TelemetryCollector({ logger: undefined, labels: undefined });
const NAMES = { labelNames: ['method', 'status'] } as const;
const GET = { method: 'GET', status: 200 } as const;

export function literalNames(): void {
  const counter = collector.registerCounter('c_total', '', { labelNames: ['method', 'status'] });
  counter.increment(1, GET);
  counter.increment(undefined, GET);
  counter.labels(GET).increment();
  counter.getValue(GET);
  // @ts-expect-error: no labels
  counter.increment();
  // @ts-expect-error: no labels
  counter.increment(3);
  // @ts-expect-error: no status
  counter.increment(1, { method: 'GET' });
  // @ts-expect-error: a label more
  counter.increment(1, { ...GET, route: '/' });
  // @ts-expect-error: the number comes first
  counter.increment(GET, 1);
  // @ts-expect-error: the number comes first
  counter.increment(GET);
  // @ts-expect-error: values without names
  counter.labels('GET', '200');
  // @ts-expect-error: values without names
  counter.increment(1, 'GET', '200');
  // @ts-expect-error: a list of values
  counter.increment(1, ['GET', '200']);
  // @ts-expect-error: no labels
  counter.labels();
  // @ts-expect-error: no labels
  counter.getValue();

  const gauge = collector.registerGauge('g', '', NAMES);
  gauge.set(1, GET);
  gauge.setToCurrentTime(GET);
  gauge.decrement(undefined, GET);
  // @ts-expect-error: no labels
  gauge.set(3);
  // @ts-expect-error: the number comes first
  gauge.set(GET, 3);
  // @ts-expect-error: no labels
  gauge.increment();
  // @ts-expect-error: no labels
  gauge.decrement(3);
  // @ts-expect-error: no labels
  gauge.setToCurrentTime();
  // @ts-expect-error: no labels
  gauge.getValue();

  const histogram = collector.registerHistogram('h', '', NAMES);
  histogram.observe(1, GET);
  histogram.time(() => 1, GET).toFixed();
  // @ts-expect-error: no labels
  histogram.observe(3);
  // @ts-expect-error: the number comes first
  histogram.observe(GET, 3);
  // @ts-expect-error: no labels
  histogram.time(() => 1);
  // @ts-expect-error: no labels
  histogram.getValue();
}

export function infosAndStates(): void {
  const info = collector.registerInfo('i_info', '', NAMES);
  info.labels(GET);
  info.getValue(GET).value.toFixed();
  info.remove(GET);
  // @ts-expect-error: no status
  info.labels({ method: 'GET' });
  // @ts-expect-error: no labels
  info.getValue();
  collector.registerInfo('plain_info', '', { labels: { version: '1' } }).getValue();
  // @ts-expect-error: its values have no unit
  collector.registerInfo('plain_info', '', { unit: 'seconds' });

  const phase = collector.registerStateSet('phase', '', { states: ['idle', 'busy'], ...NAMES });
  phase.set('busy', GET);
  phase.labels(GET).set('idle');
  phase.enable('busy', GET);
  phase.getValue(GET).states.busy.valueOf();
  // @ts-expect-error: not one of its states
  phase.set('bussy', GET);
  // @ts-expect-error: not one of its states
  phase.labels(GET).disable('bussy');
  // @ts-expect-error: not one of its states
  phase.getValue(GET).states.bussy;
  // @ts-expect-error: no labels
  phase.set('busy');
  // @ts-expect-error: the state comes first
  phase.set(GET, 'busy');
  // @ts-expect-error: no labels
  phase.getValue();
  // @ts-expect-error: no states
  collector.registerStateSet('phase', '', NAMES);
  // @ts-expect-error: no states
  collector.registerStateSet('phase', '');
  const plain = collector.registerStateSet('plain', '', { states: ['on', 'off'], multiple: true });
  plain.set('on');
  plain.disable('on', {});
  // @ts-expect-error: it has no labels
  plain.set('on', { method: 'GET' });
}

export function callbacks(): void {
  const labels = { a: 1 };
  collector.registerCounter('c_total', '', { collect: () => 5 });
  collector.registerCounter('c_total', '', { collect: async () => 5 });
  collector.registerCounter('c_total', '', { collect: (own) => own.increment(2) });
  collector.registerCounter('c_total', '', {
    labelNames: ['a'],
    collect(own) {
      own.increment(1, { a: 1 });
      this.increment(1, labels);
      return [{ value: 1, labels }];
    },
  });
  collector.registerGauge('g', '', { labelNames: ['a'], collect: () => ({ value: 1, labels }) });
  collector.registerInfo('i_info', '', { labelNames: ['a'], collect: async () => [{ labels }] });
  const states = ['on', 'off'] as const;
  collector.registerStateSet('s', '', { states, collect: () => 'on' });
  collector.registerStateSet('s', '', { states, collect: () => ({ value: ['on', 'off'] }) });
  collector.registerStateSet('s', '', { states, collect: async (own) => own.set('on') });
  const h = collector.registerHistogram('h', '', NAMES);
  collector.registerHistogram('h', '', { collect: () => h.getValue(GET) });
  collector.registerHistogram('h', '', { collect: () => ({ buckets: [], sum: 0 }) });
  collector.onCollect(() => {});
  // @ts-expect-error: a text
  collector.registerCounter('c_total', '', { collect: () => '5' });
  // @ts-expect-error: null
  collector.registerGauge('g', '', { collect: () => null });
  // @ts-expect-error: it has labels
  collector.registerGauge('g', '', { labelNames: ['a'], collect: () => 5 });
  // @ts-expect-error: not its label
  collector.registerGauge('g', '', { labelNames: ['b'], collect: () => [{ value: 1, labels }] });
  // @ts-expect-error: no labels
  collector.registerCounter('c_total', '', { labelNames: ['a'], collect: () => [{ value: 1 }] });
  // @ts-expect-error: not one of its states
  collector.registerStateSet('s', '', { states, collect: () => 'broken' });
  // @ts-expect-error: no sum
  collector.registerHistogram('h', '', { collect: () => ({ buckets: [] }) });
  // @ts-expect-error: no function
  collector.onCollect(5);
}

export function exemplars(): void {
  const exemplar = { trace_id: 'a', n: 1, sampled: true };
  const counter = collector.registerCounter('c_total', '', NAMES);
  counter.increment(1, GET, { exemplar });
  counter.increment(undefined, GET, { exemplar: undefined });
  counter.labels(GET).increment(1, { exemplar });
  // @ts-expect-error: no labels
  counter.increment(1, { exemplar });
  // @ts-expect-error: an option that there is not
  counter.increment(1, GET, { exemplars: exemplar });
  // @ts-expect-error: the labels of the exemplar in the place of options
  counter.increment(1, GET, exemplar);
  // @ts-expect-error: a text
  counter.increment(1, GET, { exemplar: 'a' });
  // @ts-expect-error: a value that is no text
  counter.increment(1, GET, { exemplar: { trace_id: {} } });
  // @ts-expect-error: the number comes first
  counter.labels(GET).increment({ exemplar });
  const plain = collector.registerCounter('plain_total');
  plain.increment(1, undefined, { exemplar });
  plain.increment(1, {}, { exemplar });
  // @ts-expect-error: it has no labels
  plain.increment(1, { exemplar });
  const histogram = collector.registerHistogram('h', '', { ...NAMES, native: true });
  histogram.observe(1, GET, { exemplar });
  histogram.labels(GET).observe(1, { exemplar });
  // @ts-expect-error: no labels
  histogram.observe(1, undefined, { exemplar });
  collector.registerHistogram('plain').observe(1, undefined, { exemplar });
  const summary = collector.registerSummary('s', '', NAMES);
  // @ts-expect-error: summaries have no exemplars
  summary.observe(1, GET, { exemplar });
  // @ts-expect-error: summaries have no exemplars
  summary.labels(GET).observe(1, { exemplar });
  // @ts-expect-error: gauges have no exemplars
  collector.registerGauge('g', '', NAMES).increment(1, GET, { exemplar });

  const current: { id: string } | undefined = undefined as never;
  collector.registerCounter('c_total', '', { exemplars: () => current });
  collector.registerHistogram('h', '', { ...NAMES, exemplars: () => ({ trace_id: 'a' }) });
  // @ts-expect-error: labels, and no function
  collector.registerCounter('c_total', '', { exemplars: exemplar });
  // @ts-expect-error: a promise
  collector.registerCounter('c_total', '', { exemplars: async () => exemplar });
  // @ts-expect-error: gauges have no exemplars
  collector.registerGauge('g', '', { exemplars: () => exemplar });
  const unknown = collector.getMetric('c_total') as Counter;
  unknown.increment(1, { anything: 'x' }, { exemplar });
  unknown.increment(1, undefined, { exemplar });
}

export function timers(): void {
  const histogram = collector.registerHistogram('h', '', NAMES);
  histogram.startTimer()(GET).toFixed();
  histogram.startTimer(GET)();
  histogram.startTimer(GET)({ status: 500 });
  histogram.startTimer({ method: 'GET' })({ status: 200 });
  histogram.startTimer({ method: 'GET' })(GET);
  // @ts-expect-error: no labels
  histogram.startTimer()();
  // @ts-expect-error: no status
  histogram.startTimer({ method: 'GET' })();
  // @ts-expect-error: no status
  histogram.startTimer({ method: 'GET' })({ method: 'POST' });
  // @ts-expect-error: not one of its labels
  histogram.startTimer({ methud: 'GET' });
  // @ts-expect-error: not one of its labels
  histogram.startTimer({ method: 'GET' })({ status: 200, methud: 'GET' });
  // @ts-expect-error: a value without a name
  histogram.startTimer('GET');
  const plain = collector.registerHistogram('plain');
  plain.startTimer()();
  // @ts-expect-error: it has no labels
  plain.startTimer({ method: 'GET' });
  // @ts-expect-error: it has no labels
  plain.startTimer()({ method: 'GET' });
}

export function noNames(): void {
  const counter = collector.registerCounter('c_total');
  counter.increment();
  counter.increment(3);
  counter.increment(3, {});
  counter.getValue();
  // @ts-expect-error: it has no labels
  counter.increment(1, { method: 'GET' });
  // @ts-expect-error: it has no labels
  collector.registerGauge('g').set(1, { method: 'GET' });
  // @ts-expect-error: it has no labels
  collector.registerHistogram('h').observe(1, { method: 'GET' });
}

/** The compiler accepts these. The call itself finds the mistake. */
export function namesOfAnyKind(names: string[]): void {
  const counter = collector.registerCounter('c_total', '', { labelNames: names });
  counter.increment();
  counter.increment(1, { anything: 'x' });
  const known: AnyMetric | undefined = collector.getMetric('c_total');
  if (known?.type === 'counter') known.increment(1, { anything: 'x' });
  if (known?.type === 'stateset') known.set('any', { anything: 'x' });
  if (known?.type === 'info') known.labels({ anything: 'x' });
  if (known?.type === 'histogram') known.startTimer({ anything: 'x' })({ other: 1 });
  known?.getValue();
  (known as Counter).increment();
  (known as Counter<'method'>).increment(1, { method: 'GET' });
}

/** Each of them is also a metric whose label names are unknown. */
export const metrics: AnyMetric[] = [
  collector.registerCounter('c_total', '', NAMES),
  collector.registerGauge('g', '', NAMES),
  collector.registerHistogram('h', '', NAMES),
  collector.registerInfo('i_info', '', NAMES),
  collector.registerStateSet('phase', '', { states: ['idle', 'busy'], ...NAMES }),
  collector.registerCounter('plain_total'),
];
export const counter: Counter = collector.registerCounter('c_total', '', NAMES);
export const gauge: Gauge = collector.registerGauge('g', '', NAMES);
export const info: Info = collector.registerInfo('i_info', '', NAMES);
export const phase: StateSet = collector.registerStateSet('phase', '', {
  states: ['idle', 'busy'],
});
export const histogram: Histogram = collector.registerHistogram('h', '', NAMES);

export function generic<N extends string>(
  one: Counter<N>,
  other: Histogram<N>,
  labels: LabelSet<N>,
): AnyMetric {
  one.increment(1, labels);
  one.labels(labels).increment();
  other.observe(one.getValue(labels).value, labels);
  other.time(() => 1, labels);
  return one;
}
generic(counter as Counter<'a' | 'b'>, histogram as Histogram<'a' | 'b'>, { a: 1, b: 2 });

export function habits(): void {
  // @ts-expect-error: options in the place of the description
  collector.registerCounter('b', { labelNames: ['x'] });
  // @ts-expect-error: all in one object
  collector.registerCounter({ name: 'b', help: 'B', labelNames: ['x'] });
  // @ts-expect-error: names in the place of constant labels
  collector.registerCounter('b', '', { labels: ['method'] });
  // @ts-expect-error: a list in the place of options
  collector.registerGauge('b', '', ['method']);
  // @ts-expect-error: one name in the place of a list
  collector.registerHistogram('b', '', { labelNames: 'method' });
}

/** Options may be undefined, as a variable of the environment may be. */
export function undefinedOptions(token: string | undefined): void {
  collector.handler({ bearerToken: token, path: undefined });
  void collector.serve({ port: 0, bearerToken: token, host: undefined });
  collector.registerCounter('b', undefined, { labelNames: undefined, unit: token });
  collector.recordEvent('b', 1, { labels: undefined, metadata: undefined });
}
