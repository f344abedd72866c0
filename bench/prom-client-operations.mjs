/** The operations of prom-client's benchmark, for any of the two that have its interface. */

/** Labels and some of their values. Some are numbers, as status codes are. */
const LABELS = {
  method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'],
  status: [200, 201, 204, 301, 400, 404, 500, 503],
  tenant: ['one', 'two', 'three', 'four'],
  zone: ['north', 'east', 'south', 'west'],
  device: ['phone', 'desk'],
  version: ['1', '2'],
};
const NAMES = Object.keys(LABELS);

/** Returns all label sets with so many values for each label. Values that the list lacks are made. */
function labelSets(counts) {
  let sets = [{}];
  for (const [i, count] of counts.entries()) {
    const name = NAMES[i];
    const values = Array.from({ length: count }, (_, n) => LABELS[name][n] ?? `value ${n}`);
    sets = sets.flatMap((set) => values.map((value) => ({ ...set, [name]: value })));
  }
  return sets;
}

const metricOf = (client, type, counts, registers = [new client.Registry()]) =>
  new client[type]({
    name: type.toLowerCase(),
    help: 'help',
    labelNames: NAMES.slice(0, counts.length),
    registers,
  });

/** Records one label set after the other. */
function each(type, counts, record) {
  return {
    setUp(client) {
      const metric = metricOf(client, type, counts);
      const once = labelSets(counts);
      const sets = Array.from({ length: Math.ceil(64 / once.length) }, () => once).flat();
      return () => {
        for (let i = 0; i < sets.length; i++) record(metric, sets[i]);
        return sets.length;
      };
    },
  };
}

const SETS = {
  '1 x 64': [64],
  '2 x 8': [8, 8],
  '2 x 4, 2 x 2': [4, 4, 2, 2],
  '2 x 2, 2 x 4': [2, 2, 4, 4],
  '6 x 2': [2, 2, 2, 2, 2, 2],
};
const forAllSets = (title, type, record) =>
  Object.fromEntries(
    Object.entries(SETS).map(([sets, counts]) => [`${title}, ${sets}`, each(type, counts, record)]),
  );

/** Reads a registry with a histogram and a counter. */
function reading(read, counts, { defaults = 0, isOpen = false } = {}) {
  return {
    isAsync: true,
    setUp(client) {
      const register = new client.Registry(isOpen ? client.openMetricsContentType : undefined);
      const added = Array.from({ length: defaults }, (_, i) => [`default${i}`, `value ${i}`]);
      register.setDefaultLabels(Object.fromEntries(added));
      const histogram = metricOf(client, 'Histogram', counts, [register]);
      const counter = metricOf(client, 'Counter', counts, [register]);
      for (const labels of labelSets(counts)) {
        histogram.observe({ ...labels }, 1);
        counter.inc({ ...labels }, 1);
      }
      return async () => {
        await read(register);
        return 1;
      };
    },
  };
}

const READ = {
  'no labels': [[]],
  '1 x 64': [[64]],
  '2 x 4': [[4, 4]],
  '2 x 8': [[8, 8]],
  '6 x 2': [[2, 2, 2, 2, 2, 2]],
  '2 x 4, 2 defaults': [[4, 4], { defaults: 2 }],
  '2 x 2, 4 defaults': [[2, 2], { defaults: 4 }],
};
const readings = (title, read, more) =>
  Object.fromEntries(
    Object.entries(READ).map(([sets, [counts, options]]) => [
      `${title}, ${sets}`,
      reading(read, counts, { ...options, ...more }),
    ]),
  );

export const OPERATIONS = {
  'new counter, 4 labels': {
    setUp(client) {
      let register = new client.Registry();
      let count = 0;
      return () => {
        // Neither of the two is to hold millions of metrics.
        if (count++ % 1000 === 0) register = new client.Registry();
        const labelNames = NAMES.slice(0, 4);
        new client.Counter({ name: `c${count}`, help: 'help', labelNames, registers: [register] });
        return 1;
      };
    },
  },
  'counter.inc()': {
    setUp(client) {
      const counter = metricOf(client, 'Counter', []);
      return () => {
        for (let i = 0; i < 100; i++) counter.inc();
        return 100;
      };
    },
  },
  'counter.inc({}, 1)': each('Counter', [], (counter, labels) => counter.inc(labels, 1)),
  'counter.inc(labels), the same set': each('Counter', [1, 1], (counter) =>
    counter.inc({ method: 'GET', status: '200' }),
  ),
  'counter.inc(labels), 8 x 8 x 3': each('Counter', [8, 8, 3], (counter, labels) =>
    counter.inc(labels, 1),
  ),
  'counter.inc(labels), one of two is missing': each('Counter', [8, 8], (counter, { method }) =>
    counter.inc({ method }),
  ),
  'counter.labels(…).inc()': each('Counter', [8, 8], (counter, { method, status }) =>
    counter.labels(method, status).inc(),
  ),
  'gauge.inc(1)': {
    setUp(client) {
      const gauge = metricOf(client, 'Gauge', []);
      return () => {
        for (let i = 0; i < 100; i++) gauge.inc(1);
        return 100;
      };
    },
  },
  'gauge.inc(labels), 2 x 8': each('Gauge', [8, 8], (gauge, labels) => gauge.inc(labels, 1)),
  'gauge.set(labels), 2 x 8': each('Gauge', [8, 8], (gauge, labels) => gauge.set(labels, 1)),
  ...forAllSets('histogram.observe(labels)', 'Histogram', (one, labels) => one.observe(labels, 1)),
  ...forAllSets('histogram.startTimer(labels)', 'Histogram', (one, labels) =>
    one.startTimer(labels)({}),
  ),
  ...forAllSets('summary.observe(labels)', 'Summary', (one, labels) => one.observe(labels, 1)),
  ...readings('getMetricsAsJSON()', (register) => register.getMetricsAsJSON()),
  ...readings('metrics()', (register) => register.metrics()),
  ...readings('metrics(), OpenMetrics', (register) => register.metrics(), { isOpen: true }),
  'AggregatorRegistry.aggregate()': {
    async setUp(client) {
      const all = [];
      for (let i = 0; i < 3; i++) {
        const register = new client.Registry();
        for (const type of ['Counter', 'Histogram']) {
          const metric = metricOf(client, type, [8, 8, 3], [register]);
          for (const labels of labelSets([8, 8, 3])) {
            if (type === 'Counter') metric.inc(labels, 1);
            else metric.observe(labels, 1);
          }
        }
        all.push(await register.getMetricsAsJSON());
      }
      return () => {
        client.AggregatorRegistry.aggregate(all);
        return 1;
      };
    },
  },
};
