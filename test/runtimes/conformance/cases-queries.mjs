import { check, equal, errorLines, rejection, sample } from './checks.mjs';
import { NOT_OFFERED, persistOf } from './place.mjs';

/** Seconds between collection runs. */
const INTERVAL = 0.05;
/** The same, where a detector has to see a hundred values. */
const SHORT_INTERVAL = 0.01;
/** Links, each with those that work wherever it does. */
const LINKS = {
  shared: ['shared', 'message', 'inline'],
  message: ['message', 'inline'],
  inline: ['inline'],
};

/** Cases on history, queries, alerts and analytics. Each holds over every link that the place has, at the same time. */
export const queries = {
  'a history of what was measured': overEachLink(async ({ telemetry, make }) => {
    const past = telemetry.history();
    const collector = make({ use: [past, telemetry.promql()], collectionInterval: INTERVAL });
    const jobs = collector.registerCounter('jobs_total');
    const sizes = collector.registerHistogram('size_bytes', '', { buckets: [1, 2, 4] });
    collector.registerGauge('gone').set(1);
    jobs.increment(3);
    for (const size of [1, 2, 2, 4]) sizes.observe(size);
    await collector.startCollection();
    // A sample has the time of its run, so a range from one to another has exactly these values.
    const start = await timeWhen(collector, 'jobs_total == 3 and gone');
    collector.unregister('gone');
    jobs.increment(4);
    const end = await timeWhen(collector, '(jobs_total == 7) unless gone');
    const step = Math.round((end - start) * 1000) / 1000;
    const valuesOf = async (expr) => {
      const { resultType, result } = await collector.queryRange(expr, { start, end, step });
      equal(resultType, 'matrix', 'the type of a range');
      return result.map(({ values }) => values);
    };
    const both = (before, after) => [
      [start, before],
      [end, after],
    ];
    equal(await valuesOf('sum(jobs_total)'), [both('3', '7')], 'the counter over time');
    equal(await valuesOf('sum(gone)'), [[[start, '1']]], 'a series that has ended');
    equal(await valuesOf('max(jobs_total offset 1h)'), [], 'the time before');
    const median = 'histogram_quantile(0.5, sum by (le) (size_bytes_bucket))';
    equal(await valuesOf(median), [both('1.5', '1.5')], 'a quantile over time');
    const { series, samples } = await collector.feature(past).status();
    check(series > 5 && samples >= 2 * 5, `the history has ${samples} samples of ${series} series`);
  }),

  'queries in PromQL': overEachLink(async ({ telemetry, make }) => {
    const { history, promql, QueryError } = telemetry;
    const collector = make({ use: [history(), promql()], collectionInterval: INTERVAL });
    const jobs = collector.registerCounter('jobs_total', '', { labelNames: ['kind'] });
    jobs.increment(3, { kind: 'a' });
    jobs.increment(4, { kind: 'b' });
    await collector.startCollection();
    const time = await timeWhen(collector, 'sum(jobs_total) == 7');
    const ask = async (expr) => (await collector.query(expr, { time })).result;
    equal(
      await ask('sort(2 * sum by (kind) (jobs_total{kind=~"a|b"}))'),
      [
        { metric: { kind: 'a' }, value: [time, '6'] },
        { metric: { kind: 'b' }, value: [time, '8'] },
      ],
      'a vector',
    );
    equal(await ask('1 / 0'), [time, '+Inf'], 'a scalar');
    equal(await ask('"text"'), [time, 'text'], 'a text');
    const { kind, name } = await collector.parsePromQL('rate(jobs_total[5m])');
    equal({ kind, name }, { kind: 'call', name: 'rate' }, 'the tree of an expression');
    const refused = async (expr) => {
      const error = await rejection(collector.query(expr), expr);
      check(error instanceof QueryError, `${expr} is refused with ${error}`);
      return [error.kind, error.position, error.message];
    };
    equal(
      await refused('sum(\n  jobs_total'),
      ['parse', { line: 2, column: 13 }, 'unclosed left parenthesis'],
      'an error of the syntax',
    );
    const [wrong, place] = await refused('1 + rate(jobs_total)');
    equal([wrong, place], ['type', { line: 1, column: 10 }], 'an error of types');
    // What answers the HTTP API is loaded now.
    const request = new Request('http://localhost/api/v1/query?query=1&time=7');
    const { data } = await (await collector.handler({ api: true })(request)).json();
    equal(data, { resultType: 'scalar', result: [7, '1'] }, 'an answer of the HTTP API');
    equal(errorLines(await telemetry.formatPrometheus(collector)), [], 'errors');
  }),

  'alerts of a rule file': overEachLink(async ({ telemetry, make }) => {
    const { collector, alerts, size, heard } = await withFullQueue(telemetry, make, '200ms');
    equal(await alerts.errors(), [], 'the mistakes in the rules');
    const { activeAt } = await heard('pending');
    equal(
      await heard('firing'),
      {
        ...{ name: 'QueueFull', state: 'firing', value: 9, activeAt },
        labels: { alertname: 'QueueFull', severity: 'page', zone: 'a' },
        annotations: { summary: 'there are 9 in a' },
      },
      'what the hook is told',
    );
    const [alert] = await alerts.alerts();
    equal([alert?.state, alert?.labels.zone], ['firing', 'a'], 'the alert that fires');
    const counted = 'count by (alertname, alertstate, zone) (ALERTS)';
    const { result } = await collector.query(counted);
    const shown = { alertname: 'QueueFull', alertstate: 'firing', zone: 'a' };
    equal(
      result.map(({ metric }) => metric),
      [shown],
      'ALERTS in a query',
    );
    const text = await telemetry.formatPrometheus(collector);
    equal(sample(text, 'queue:max{zone="a"}'), 9, 'what a rule has recorded');
    equal(errorLines(text), [], 'errors');
    size.set(1, { zone: 'a' });
    equal((await heard('resolved')).activeAt, activeAt, 'since when it was true');
    equal(await alerts.alerts(), [], 'the alerts when it is over');
  }),

  'an alert that goes on over a restart': overEachLink(async ({ telemetry, place, make, link }) => {
    if (!place.persist) return NOT_OFFERED;
    const more = { persist: persistOf(place, `alerts ${link}`) };
    // However slow the machine is, it does not fire in the first life.
    const first = await withFullQueue(telemetry, make, '1h', more);
    const { activeAt } = await first.heard('pending');
    await first.collector.shutdown();
    const began = Date.now() / 1000;
    const second = await withFullQueue(telemetry, make, '500ms', more);
    equal((await second.heard('firing')).activeAt, activeAt, 'since when it has been true');
    equal(second.told(), ['firing'], 'what is told in the second life');
    const timesOf = async (expr) => {
      const { result } = await second.collector.query(`${expr}[5m]`);
      return result.flatMap(({ values }) => values.map(([time]) => time)).sort((a, b) => a - b);
    };
    // The history has the evaluations of both lives. It fires at the first one of the second that may.
    const evaluations = await timesOf('queue:max');
    check(evaluations.includes(activeAt), `${activeAt} is none of ${evaluations}`);
    const isDue = (time) => time > began && Math.round((time - activeAt) * 1000) >= 500;
    const due = evaluations.find(isDue);
    equal((await timesOf('ALERTS{alertstate="firing"}'))[0], due, 'when it fires');
    equal(errorLines(await telemetry.formatPrometheus(second.collector)), [], 'errors');
    return undefined;
  }),

  'a watch for what is unusual': overItsLink(async ({ telemetry, place, make, link }) => {
    const more = place.persist ? { persist: persistOf(place, `watch ${link}`) } : {};
    const { collector, size, usual, watch, told } = watchedQueue(telemetry, make, more);
    await collector.startCollection();
    await learned(collector, watch);
    usual();
    size.set(1e6, { zone: 'a' });
    const report = told() ?? (await nextCall(collector, 'anomaly', ({ value }) => value === 1e6));
    equal([report.watch, report.labels], ['queue', { zone: 'a' }], 'what the hook is told');
    check(report.score >= 0.8 && report.high < 1e6, `the score is ${report.score}`);
    check(/^queue_size\{zone="a"\} is 1000000, but 1\d\.?\d* was/.test(report.text), report.text);
    const events = await collector.getEvents();
    check(
      events.some(({ name, value }) => name === 'anomaly' && value.value === 1e6),
      'no event tells of it',
    );
    const { max, count } = await collector.describe(size, { over: 600 });
    check(max === 1e6 && count > 30, `the largest of ${count} values is ${max}`);
    const { changes } = await collector.changes({ since: report.since - SHORT_INTERVAL, top: 100 });
    check(
      changes.some(({ metric }) => metric === 'queue_size'),
      'the change is not found',
    );
    const text = await telemetry.formatPrometheus(collector);
    check(/telemetry_anomaly_score\{.*watch="queue",/.test(text), 'no score is shown');
    equal(errorLines(text), [], 'errors');
    if (!place.persist) return;
    await collector.shutdown();
    const second = watchedQueue(telemetry, make, more);
    // What was learned comes from storage, for which no run waits, but a flush does.
    await second.collector.flush();
    await second.collector.startCollection();
    const [series] = await seriesOf(second.collector, second.watch);
    equal(series.warming, false, 'whether it learns anew after a restart');
  }),
};

/** Returns a case that does the same over each link of the place. They do not disturb each other. */
function overEachLink(run) {
  return async (here) => over(LINKS[here.place.expected.link], run, here);
}

/**
 * Returns a case for the link of the place alone. A detector learns from some hundred runs, and WebKit lets a page that
 * nobody sees have one timer a second, which the inline link would need for each.
 */
function overItsLink(run) {
  return async (here) => over([here.place.expected.link], run, here);
}

async function over(links, run, here) {
  const { expected } = here.place;
  const outcomes = links.map(async (link) => {
    const made = [];
    const make = (options) => {
      // The place may have a worker of its own for its link.
      made.push(here.make({ ...options, ...(link !== expected.link && { link }) }));
      return made.at(-1);
    };
    const outcome = await run({ ...here, make, link });
    if (outcome !== NOT_OFFERED) equal(made.at(-1).link, link, 'the link');
    return outcome;
  });
  return (await Promise.all(outcomes))[0];
}

/** Starts a collector whose rules see a queue that is full. */
async function withFullQueue({ history, promql, alerting }, make, hold, options) {
  const feature = alerting({ rules: rulesFor(hold) });
  const use = [history(), promql(), feature];
  const collector = make({ use, collectionInterval: INTERVAL, ...options });
  const told = [];
  collector.addHook('alert', (alert) => void told.push(alert));
  const size = collector.registerGauge('queue_size', '', { labelNames: ['zone'] });
  size.set(9, { zone: 'a' });
  await collector.startCollection();
  /** Resolves to what the hook was or will be told of that state. */
  const heard = (state) => {
    const found = told.find((alert) => alert.state === state);
    return found ?? nextCall(collector, 'alert', (alert) => alert.state === state);
  };
  const states = () => told.map(({ state }) => state);
  return { collector, alerts: collector.feature(feature), size, heard, told: states };
}

/** Makes a collector that watches a queue, whose length is usually about 10: until `usual()` is called. */
function watchedQueue({ history, promql, analytics }, make, options) {
  const use = [history(), promql(), analytics()];
  const collector = make({ use, collectionInterval: SHORT_INTERVAL, ...options });
  const size = collector.registerGauge('queue_size', '', { labelNames: ['zone'] });
  let turn = 0;
  const usual = collector.onCollect(() => size.set(10 + (turn++ % 7) / 10, { zone: 'a' }));
  let told;
  collector.addHook('anomaly', (report) => {
    if (report.value === 1e6) told ??= report;
  });
  const watch = collector.watch(size, { name: 'queue', threshold: 0.8 });
  return { collector, size, usual, watch, told: () => told };
}

/** Waits until the detector knows what is usual. */
async function learned(collector, watch) {
  for (;;) {
    const [series] = await seriesOf(collector, watch);
    if (!series.warming) return;
    await nextCall(collector, 'collection', () => true);
  }
}

/** Resolves to the series of a watch, once there are any. */
async function seriesOf(collector, watch) {
  for (;;) {
    const all = await watch.series();
    if (all.length > 0) return all;
    await nextCall(collector, 'collection', () => true);
  }
}

const rulesFor = (hold) => `groups:
  - name: queue
    interval: 100ms
    rules:
      - record: queue:max
        expr: max by (zone) (queue_size)
      - alert: QueueFull
        expr: queue:max > 5
        for: ${hold}
        labels: {severity: page}
        annotations: {summary: 'there are {{ $value }} in {{ $labels.zone }}'}
`;

/** Waits until the history has a sample for which the condition holds. Resolves to its time. */
async function timeWhen(collector, condition) {
  for (;;) {
    await nextCall(collector, 'collection', () => true);
    const expr = `max(timestamp(jobs_total) and on () (${condition}))`;
    const [found] = (await collector.query(expr)).result;
    if (found) return Number(found.value[1]);
  }
}

/** Resolves to what a hook is told, once it is what is wanted. */
function nextCall(collector, type, isWanted) {
  return new Promise((resolve) => {
    const remove = collector.addHook(type, (told) => {
      if (!isWanted(told)) return;
      remove();
      resolve(told);
    });
  });
}
