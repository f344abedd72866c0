import {
  check,
  equal,
  errorLines,
  errorsFor,
  ownLines,
  plainSeries,
  rejection,
  sample,
} from './checks.mjs';

/** Cases on what is recorded, and how it reads in an exposition and a snapshot. */
export const recording = {
  async 'metrics and their exact exposition'({ telemetry, make }) {
    const collector = make({ labels: { service: 'test "1"' } });
    const requests = collector.registerCounter('requests_total', 'Requests\nby \\ method', {
      labelNames: ['method', 'path'],
    });
    const temperature = collector.registerGauge('temperature_celsius', 'Temperature');
    const sizes = collector.registerHistogram('size_bytes', '', { buckets: [0.5, 1, 2.5] });
    requests.increment(2, { method: 'GET', path: '/' });
    const bound = requests.labels({ method: 'POST', path: '/a' });
    bound.increment();
    bound.increment(0.5);
    temperature.set(20);
    temperature.increment(2);
    temperature.decrement(295.15);
    for (const size of [0.1, 0.5, 1, 2, 3]) sizes.observe(size);

    equal(
      ownLines(await telemetry.formatPrometheus(collector)).join('\n'),
      [
        '# HELP requests_total Requests\\nby \\\\ method',
        '# TYPE requests_total counter',
        'requests_total{service="test \\"1\\"",method="GET",path="/"} 2',
        'requests_total{service="test \\"1\\"",method="POST",path="/a"} 1.5',
        '# HELP temperature_celsius Temperature',
        '# TYPE temperature_celsius gauge',
        'temperature_celsius{service="test \\"1\\""} -273.15',
        '# TYPE size_bytes histogram',
        'size_bytes_bucket{service="test \\"1\\"",le="0.5"} 2',
        'size_bytes_bucket{service="test \\"1\\"",le="1"} 3',
        'size_bytes_bucket{service="test \\"1\\"",le="2.5"} 4',
        'size_bytes_bucket{service="test \\"1\\"",le="+Inf"} 5',
        'size_bytes_sum{service="test \\"1\\""} 6.6',
        'size_bytes_count{service="test \\"1\\""} 5',
      ].join('\n'),
      'the exposition',
    );
    requests.remove({ method: 'GET', path: '/' });
    collector.unregister('temperature_celsius');
    sizes.reset();
    const after = await telemetry.formatPrometheus(collector);
    check(!after.includes('method="GET"'), 'a removed series is still exposed');
    check(!after.includes('temperature_celsius'), 'an unregistered family is still exposed');
    equal(
      sample(after, 'size_bytes_count{service="test \\"1\\""}'),
      0,
      'a histogram after reset()',
    );
  },

  async 'native histograms and summaries'({ telemetry, make }) {
    const collector = make();
    const sizes = collector.registerHistogram('size_bytes', '', {
      native: { schema: 3 },
      labelNames: ['kind'],
    });
    const times = collector.registerSummary('time_seconds', '', { quantiles: [0.5, 1] });
    // Pages may still be loading the code for this.
    for (let i = 1; i <= 100; i++) {
      sizes.observe(i, { kind: 'a' });
      times.observe(i / 10);
    }
    sizes.observe(-1, { kind: 'a' });
    const { metrics } = await collector.getSnapshot();
    const [{ count, sum, native }] = metrics.size_bytes;
    equal([count, sum], [101, 5049], 'the number of observations and their sum');
    equal(native.schema, 3, 'the schema');
    const inBuckets = ({ counts }) => counts.reduce((all, one) => all + one, 0);
    equal(
      [native.positive, native.negative].map(inBuckets),
      [100, 1],
      'the observations in positive and in negative buckets',
    );
    equal(sizes.getValue({ kind: 'a' }).native.count, 101, 'what this thread has observed');
    const { quantiles } = metrics.time_seconds;
    for (const [quantile, value] of Object.entries({ 0.5: 5.05, 1: 10 })) {
      const isNear = Math.abs(quantiles[quantile] / value - 1) < 0.012;
      check(isNear, `the quantile ${quantile} is ${quantiles[quantile]}`);
    }
    const text = await telemetry.formatPrometheus(collector);
    equal(sample(text, 'size_bytes_bucket{kind="a",le="+Inf"}'), 101, 'the text');
    equal(sample(text, 'time_seconds_count'), 100, 'the text of the summary');
    equal(errorLines(text), [], 'errors');
  },

  async 'exemplars of counters and histograms'({ telemetry, make, warnings }) {
    const collector = make();
    const requests = collector.registerCounter('requests_total', '', { labelNames: ['method'] });
    let asked = 0;
    const times = collector.registerHistogram('time_seconds', '', {
      buckets: [1],
      exemplars: () => ({ trace_id: `asked ${++asked}` }),
    });
    const sizes = collector.registerHistogram('size_bytes', '', { native: { schema: 3 } });
    requests.increment(2, { method: 'GET' }, { exemplar: { trace_id: 'given' } });
    requests.increment(1, { method: 'PUT' }, { exemplar: { trace_id: 'x'.repeat(200) } });
    for (let i = 0; i < 100; i++) times.observe(0.5);
    times.observe(3);
    sizes.observe(7, undefined, { exemplar: { trace_id: 'of a native one' } });
    const text = await telemetry.formatOpenMetrics(collector);
    const examples = ownLines(text).filter((line) => line.includes(' # {'));
    equal(
      // The time at the end is another each time.
      examples.map((line) => line.replace(/ \S+$/, '')),
      [
        'requests_total{method="GET"} 2 # {trace_id="given"} 2',
        'time_seconds_bucket{le="1.0"} 100 # {trace_id="asked 1"} 0.5',
        'time_seconds_bucket{le="+Inf"} 101 # {trace_id="asked 2"} 3',
        'size_bytes_bucket{le="+Inf"} 1 # {trace_id="of a native one"} 7',
      ],
      'the lines with exemplars',
    );
    check(asked < 5, `the function was called ${asked} times`);
    equal(errorsFor(text, 'invalid_exemplar'), 1, 'the exemplar that was refused');
    equal(warnings().length, 1, 'the number of warnings');
  },

  async 'series that nobody records, and come back'({ telemetry, make }) {
    const collector = make();
    const options = { labelNames: ['n'], expireAfter: 0.2 };
    const counter = collector.registerCounter('a_total', '', options);
    const bound = counter.labels({ n: 'x' });
    bound.increment(5);
    const lines = async () => {
      const text = await telemetry.formatPrometheus(collector);
      return ownLines(text).filter((line) => line.startsWith('a_total{'));
    };
    while ((await lines()).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    bound.increment(2);
    equal(await lines(), ['a_total{n="x"} 2'], 'the series that has come back');
  },

  async 'names that only UTF-8 allows'({ telemetry, make }) {
    const collector = make({ names: 'utf8' });
    const counter = collector.registerCounter('http.requests 雪', '', { labelNames: ['user.id'] });
    counter.increment(2, { 'user.id': 7 });
    const lines = async (options) =>
      ownLines(await telemetry.formatPrometheus(collector, options)).filter(
        (line) => !line.startsWith('#'),
      );
    equal(await lines(), ['http_requests__{user_id="7"} 2'], 'the escaped names');
    const whole = { version: '1.0.0', escaping: 'allow-utf-8' };
    equal(await lines(whole), ['{"http.requests 雪","user.id"="7"} 2'], 'the names as they are');
  },

  async 'label values of any kind'({ telemetry, make }) {
    const collector = make();
    const seen = collector.registerCounter('seen_total', 'Seen', { labelNames: ['value'] });
    const values = {
      '': '',
      'quote " backslash \\ newline \n': 'quote \\" backslash \\\\ newline \\n',
      'üñí 雪 🦊': 'üñí 雪 🦊',
      'lone \ud800 surrogate': 'lone \ufffd surrogate',
      'tab \t and \r and \u0000': 'tab \t and \r and \u0000',
    };
    for (const value of [...Object.keys(values), '__proto__']) seen.increment(1, { value });
    seen.increment(3, { value: 7 });
    seen.increment(4, { value: true });
    const text = await telemetry.formatPrometheus(collector);
    for (const written of Object.values(values)) {
      equal(sample(text, `seen_total{value="${written}"}`), 1, `the series of "${written}"`);
    }
    equal(sample(text, 'seen_total{value="__proto__"}'), 1, 'the series of "__proto__"');
    equal(sample(text, 'seen_total{value="7"}'), 3, 'the series of a number');
    equal(sample(text, 'seen_total{value="true"}'), 4, 'the series of a boolean');

    seen.increment(1, { value: 'x'.repeat(1_000_000) });
    const cut = await telemetry.formatPrometheus(collector);
    check(cut.length < 20_000, `a value of a million characters makes ${cut.length} of exposition`);
  },

  async 'gauges with collect'({ telemetry, make, warnings }) {
    const collector = make();
    let reading = 0;
    collector.registerGauge('returned', '', { collect: () => ++reading });
    collector.registerGauge('awaited', '', { collect: async () => 10 * reading });
    const labelNames = ['of'];
    collector.registerGauge('labelled', '', {
      labelNames,
      collect: (gauge) => gauge.set(7, { of: 'a' }),
    });
    for (const turn of [1, 2]) {
      const text = await telemetry.formatPrometheus(collector);
      equal(sample(text, 'returned'), turn, 'the gauge whose callback returns');
      equal(sample(text, 'awaited'), 10 * turn, 'the gauge whose callback is awaited');
      equal(sample(text, 'labelled{of="a"}'), 7, 'the gauge whose callback sets it');
    }
    collector.registerGauge('failing', '', {
      collect: () => {
        throw new Error('of the application');
      },
    });
    const text = await telemetry.formatPrometheus(collector);
    equal(sample(text, 'returned'), 3, 'a gauge beside one that fails');
    // This thread counts the failure after the read that it belongs to.
    const next = await telemetry.formatPrometheus(collector);
    check(errorsFor(next, 'collect') >= 1, 'a failing callback is not counted');
    equal(warnings().length, 1, 'the number of warnings');
  },

  async 'infos and state sets'({ telemetry, make, warnings }) {
    const collector = make({ labels: { job: 'x' } });
    const info = collector.registerInfo('build_info', '', { labels: { version: '1.2' } });
    const phase = collector.registerStateSet('phase', '', { states: ['idle', 'busy'] });
    const flags = collector.registerStateSet('flags', '', {
      states: ['a', 'b', 'c'],
      multiple: true,
      labelNames: ['of'],
    });
    phase.set('busy');
    flags.enable('a', { of: 1 });
    flags.labels({ of: 1 }).enable('c');
    phase.set('bussy');
    collector.resetAllMetrics();
    info.reset();
    const atStart = await telemetry.formatPrometheus(collector);
    equal(sample(atStart, 'build_info{job="x",version="1.2"}'), 1, 'an info after a reset');
    equal(sample(atStart, 'phase{job="x",phase="idle"}'), 1, 'the first state after a reset');
    equal(sample(atStart, 'flags{job="x",of="1",flags="a"}'), 0, 'a flag after a reset');
    equal(errorsFor(atStart, 'invalid_value'), 0, 'what was refused before the reset');
    equal(warnings().length, 1, 'the number of warnings');
    phase.set('busy');
    flags.enable('c', { of: 1 });
    const text = await telemetry.formatPrometheus(collector);
    equal(sample(text, 'phase{job="x",phase="idle"}'), 0, 'a state that is off');
    equal(sample(text, 'phase{job="x",phase="busy"}'), 1, 'a state that is on');
    equal(sample(text, 'flags{job="x",of="1",flags="b"}'), 0, 'a flag that is off');
    equal(sample(text, 'flags{job="x",of="1",flags="c"}'), 1, 'a flag that is on');
    const { phase: shown } = (await collector.getSnapshot()).metrics;
    equal(JSON.stringify(shown.states), '{"idle":false,"busy":true}', 'the states in a snapshot');
  },

  async 'callbacks of every kind'({ telemetry, make, warnings }) {
    const collector = make();
    let total = 5;
    const rooms = ['a', 'b'];
    collector.registerCounter('total', '', { collect: () => total });
    collector.registerGauge('labelled', '', {
      labelNames: ['room'],
      collect: async () => rooms.map((room, i) => ({ value: i, labels: { room } })),
    });
    collector.registerHistogram('theirs', '', {
      buckets: [1],
      collect: () => ({
        buckets: [
          { le: 1, count: 2 },
          { le: Infinity, count: 3 },
        ],
        sum: 7,
      }),
    });
    collector.registerStateSet('phase', '', { states: ['idle', 'busy'], collect: () => 'busy' });
    const several = collector.registerGauge('several');
    const remove = collector.onCollect(async () => several.set(total));
    const text = await telemetry.formatPrometheus(collector);
    equal(sample(text, 'total'), 5, 'the total of a source');
    equal(sample(text, 'labelled{room="b"}'), 1, 'a series of a list');
    equal(sample(text, 'theirs_bucket{le="1"}'), 2, 'a bucket of a source');
    equal(sample(text, 'theirs_count'), 3, 'the count of a source');
    equal(sample(text, 'phase{phase="busy"}'), 1, 'the state of a source');
    equal(sample(text, 'several'), 5, 'what a callback for several metrics has set');
    total = 2;
    rooms.pop();
    remove();
    const next = await telemetry.formatPrometheus(collector);
    equal(sample(next, 'total'), 2, 'the total of a source that has started anew');
    check(!next.includes('room="b"'), 'a series that is no longer named is shown');
    equal(sample(next, 'several'), 5, 'what a callback has set that was removed');
    collector.registerCounter('odd_total', '', { collect: () => 'odd' });
    await telemetry.formatPrometheus(collector);
    const last = await telemetry.formatPrometheus(collector);
    check(!/^odd_total/m.test(last), 'an odd total is shown');
    check(errorsFor(last, 'invalid_value') >= 1, 'an odd total is not counted');
    equal(warnings().length, 1, 'the number of warnings');
  },

  async histograms({ telemetry, make }) {
    const collector = make();
    const plain = collector.registerHistogram('plain_seconds');
    equal(plain.getValue().buckets.length, telemetry.DEFAULT_BUCKETS.length + 1, 'the buckets');
    const labelled = collector.registerHistogram('labelled_seconds', '', {
      labelNames: ['of'],
      buckets: telemetry.linearBuckets(1, 1, 3),
    });
    labelled.observe(2, { of: 'a' });
    labelled.observe(4, { of: 'a' });
    const seconds = labelled.startTimer({ of: 'b' })();
    check(seconds >= 0 && seconds < 10, `a timer that was stopped at once says ${seconds} s`);
    equal(await labelled.time(async () => 'result', { of: 'b' }), 'result', 'the result of time()');
    const error = await rejection(
      labelled.time(() => Promise.reject(new Error('of the application')), { of: 'b' }),
      'time() of what fails',
    );
    equal(error.message, 'of the application', 'the error that time() passes on');

    const text = await telemetry.formatPrometheus(collector);
    equal(sample(text, 'labelled_seconds_bucket{of="a",le="2"}'), 1, 'a bound is included');
    equal(sample(text, 'labelled_seconds_bucket{of="a",le="3"}'), 1, 'buckets are cumulative');
    equal(sample(text, 'labelled_seconds_bucket{of="a",le="+Inf"}'), 2, 'the last bucket');
    equal(sample(text, 'labelled_seconds_sum{of="a"}'), 6, 'the sum');
    equal(sample(text, 'labelled_seconds_count{of="b"}'), 3, 'the observations of timers');
  },

  async 'bad input is refused and counted'({ telemetry, make, warnings }) {
    const { TelemetryError } = telemetry;
    const collector = make();
    const jobs = collector.registerCounter('jobs_total', '', { labelNames: ['kind'] });
    const sizes = collector.registerHistogram('sizes', '', { buckets: [1] });
    jobs.increment(1, { kind: 'a' });
    for (const amount of [-1, Number.NaN, Number.POSITIVE_INFINITY, '1', null]) {
      jobs.increment(amount, { kind: 'a' });
    }
    jobs.increment(1, { colour: 'a' });
    jobs.increment(1);
    sizes.observe(Number.NaN);
    collector.recordEvent(undefined, () => {}, { labels: null, metadata: null });
    const definitions = [
      () => collector.registerCounter('jobs_total'),
      () => collector.registerCounter('9 lives'),
      () => collector.registerCounter('x_total', '', { labelNames: ['__name__'] }),
      () => collector.registerHistogram('x', '', { buckets: [2, 1] }),
      () => collector.registerHistogram('x', '', { buckets: [] }),
    ];
    for (const define of definitions) {
      const error = await rejection((async () => define())(), `${define}`);
      check(error instanceof TelemetryError && error.code, `${define} throws ${error}`);
    }
    const text = await telemetry.formatPrometheus(collector);
    equal(sample(text, 'jobs_total{kind="a"}'), 1, 'the counter');
    equal(sample(text, 'sizes_count'), 0, 'the histogram');
    equal(errorsFor(text, 'invalid_value'), 6, 'refused values');
    equal(errorsFor(text, 'invalid_labels'), 2, 'refused labels');
    equal(warnings().length, 3, 'the number of warnings: one per metric and reason');
  },

  async 'series beyond the limit'({ telemetry, make }) {
    const collector = make({ seriesLimit: 3 });
    const ids = collector.registerCounter('ids_total', '', { labelNames: ['id'] });
    for (let id = 0; id < 10; id++) ids.increment(1, { id });
    const text = await telemetry.formatPrometheus(collector);
    equal(sample(text, 'ids_total{otel_metric_overflow="true"}'), 7, 'the overflow series');
    equal(sample(text, 'telemetry_series_overflow_total{metric="ids_total"}'), 7, 'its counter');
  },

  async 'events and hooks'({ telemetry, make, warnings }) {
    const collector = make({ eventLimit: 3 });
    const heard = [];
    const remove = collector.addHook('login', ({ value }) => heard.push(value.user));
    collector.addHook('login', () => {
      throw new Error('of a hook');
    });
    const before = Date.now() / 1000;
    collector.recordEvent('too old', {});
    collector.recordEvent('login', { user: 1 }, { labels: { source: 'web' }, metadata: { b: 7 } });
    equal(heard, [1], 'what a hook has heard when recordEvent() returns');
    remove();
    collector.recordEvent('login', { user: 2 });
    collector.recordEvent('odd', { 'a\n"b': ['\ud83e\udd8a', null, -0.5] });
    equal(heard, [1], 'what a removed hook has heard');

    const events = await collector.getEvents();
    equal(
      events.map(({ timestamp, ...rest }) => rest),
      [
        { name: 'login', value: { user: 1 }, labels: { source: 'web' }, metadata: { b: 7 } },
        { name: 'login', value: { user: 2 }, labels: {}, metadata: {} },
        { name: 'odd', value: { 'a\n"b': ['🦊', null, -0.5] }, labels: {}, metadata: {} },
      ],
      'the newest events',
    );
    const times = events.map(({ timestamp }) => timestamp);
    check(
      times.every((time) => time >= before - 1 && time < before + 20),
      `the times of events are ${times}`,
    );
    equal((await collector.getEvents(1)).length, 1, 'the number of events asked for');
    const text = await telemetry.formatPrometheus(collector);
    equal(sample(text, 'telemetry_events_total'), 4, 'the counter of events');
    equal(errorsFor(text, 'hook'), 2, 'the counter of hooks that failed');
    equal(warnings().length, 1, 'the number of warnings');
  },

  async 'collection runs tell their hooks'({ telemetry, make }) {
    const collector = make();
    collector.registerGauge('answer').set(42);
    const run = new Promise((resolve) => collector.addHook('collection', resolve));
    equal(collector.running, false, 'running before');
    await collector.startCollection();
    equal(collector.running, true, 'running after startCollection()');
    const { duration, metrics_count, events_count } = await run;
    check(duration >= 0 && duration < 20, `a run took ${duration} seconds`);
    equal({ metrics_count, events_count }, { metrics_count: 1, events_count: 0 }, 'the run');
    const text = await telemetry.formatPrometheus(collector);
    equal(sample(text, 'telemetry_collection_runs_total'), 1, 'the counter of runs');
    await collector.stopCollection();
    equal(collector.running, false, 'running after stopCollection()');
  },

  async 'the shape of a snapshot'({ telemetry, make }) {
    const collector = make();
    collector.registerCounter('plain_total').increment(3);
    const labelNames = ['of'];
    collector.registerGauge('labelled', '', { labelNames }).set(1.5, { of: 'a' });
    collector.registerHistogram('sizes', '', { buckets: [0.1, 1] }).observe(0.5);
    collector.recordEvent('one', 1);
    const snapshot = await collector.getSnapshot();
    const { timestamp, metrics, events_count, running } = snapshot;
    check(Math.abs(timestamp - Date.now() / 1000) < 20, `the time of the snapshot is ${timestamp}`);
    equal({ events_count, running }, { events_count: 1, running: false }, 'the snapshot');
    const { plain_total, labelled, sizes } = metrics;
    const created = 'recently';
    equal(plainSeries(plain_total), { value: 3, created, labels: {}, timestamp: 0 }, 'a counter');
    equal(
      labelled.map(plainSeries),
      [{ value: 1.5, labels: { of: 'a' }, timestamp: 0 }],
      'a labelled gauge',
    );
    const buckets = { 0.1: 0, 1: 1, '+Inf': 1 };
    const expected = { count: 1, sum: 0.5, buckets, created, labels: {}, timestamp: 0 };
    equal(plainSeries(sizes), expected, 'a histogram');
    const parsed = JSON.parse(await telemetry.formatJSON(collector, { pretty: true }));
    equal(parsed.metrics.plain_total.value, 3, 'the same as JSON text');
  },

  async 'hooks for the system and the runtime'({ telemetry, make }) {
    const collector = make();
    telemetry.setupCoordinationHooks(collector);
    telemetry.setupMessagingHooks(collector);
    telemetry.setupHealthHooks(collector);
    await telemetry.setupRuntimeHooks(collector);
    collector.recordEvent('coordination_message', { latency_seconds: 0.5, active_nodes: 3 });
    collector.recordEvent('message_sent', { queue_size: 2 });
    collector.recordEvent('message_received', { queue_size: 1, duration_seconds: 0.25 });
    collector.recordEvent('health_check', { status: 'degraded', duration_seconds: 0.25 });
    // What a callback counts is shown in the next exposition.
    await telemetry.formatPrometheus(collector);
    const text = await telemetry.formatPrometheus(collector);
    equal(sample(text, 'coordination_active_nodes'), 3, 'coordination_active_nodes');
    equal(sample(text, 'messages_sent_total'), 1, 'messages_sent_total');
    equal(sample(text, 'message_queue_size'), 1, 'message_queue_size');
    equal(sample(text, 'health_status'), 2, 'health_status');
    equal(errorLines(text), [], 'errors');
    const values = text.split('\n').filter((line) => line && !line.startsWith('#'));
    equal(
      values.filter((line) => /NaN$/.test(line)),
      [],
      'what could not be read',
    );
  },
};
