/**
 * Measures the engine of PromQL beside a real Prometheus, over the same 10,000 series of an hour: the expressions of
 * all recorded rules once, and a query as dashboards have them. Also measures what a collection run costs the history.
 * `node bench/queries.mjs`. It needs Prometheus, and the folder ../shared with the rules.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start as startHistory } from '../dist/history-part.js';
import { createEngine, memorySource } from '../dist/promql/engine.js';

const SHARED = new URL('../../shared/promql/', import.meta.url);
const SERIES = 10_000;
const SAMPLES = 720;
const STEP = 5;
const START = 1_800_000_000;
const END = START + (SAMPLES - 1) * STEP;
const ROUNDS = 5;

const { parseTest } = await import(new URL('tools/testfile.mjs', SHARED).href);
const { writeRequest } = await import(new URL('tools/oracle.mjs', SHARED).href);

/** A number from 0 to 1 that is the same each time. */
let seed = 1;
const random = () => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
  return seed / 0x7fffffff;
};
const middle = (values) => values.sort((one, other) => one - other)[values.length >> 1];
const inMs = (ms) => `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`;

/** The labels that the recorded rules were tried with, and more instances of the same until there are enough. */
function labelSets(rules) {
  const sets = new Map();
  const add = (labels) => sets.set(JSON.stringify(Object.entries(labels).sort()), labels);
  for (const { load } of rules) {
    for (const { series } of parseTest(load).commands) for (const one of series) add(one.labels);
  }
  const first = [...sets.values()].filter(({ instance }) => instance);
  for (let copy = 1; sets.size < SERIES; copy++) {
    for (const labels of first.slice(0, SERIES - sets.size)) {
      add({ ...labels, instance: `${labels.instance}-${copy}` });
    }
  }
  return [...sets.values()];
}

function samplesOf({ __name__: name }) {
  const isCounter = /_(total|count|sum|bucket)$/.test(name);
  let value = isCounter ? 1000 * random() : 0;
  return Array.from({ length: SAMPLES }, (_, i) => {
    value = isCounter ? value + Math.floor(10 * random()) : Math.round(100 * random());
    return [START + i * STEP, value];
  });
}

async function startPrometheus() {
  const folder = mkdtempSync(join(tmpdir(), 'queries-'));
  writeFileSync(join(folder, 'p.yml'), '');
  const port = await new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
  const args = [
    `--config.file=${folder}/p.yml`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--web.enable-remote-write-receiver',
    '--storage.tsdb.retention.time=100y',
    '--log.level=error',
  ];
  // One core, as the engine has.
  const env = { ...process.env, GOMAXPROCS: '1' };
  const child = spawn(process.env.PROMETHEUS_PATH ?? 'prometheus', args, { env, stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  for (;;) {
    const isReady = await fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    async write(series) {
      const inMilliseconds = series.map(({ labels, samples }) => [
        labels,
        samples.map(([time, value]) => [time * 1000, value]),
      ]);
      const headers = {
        'content-encoding': 'snappy',
        'content-type': 'application/x-protobuf',
        'x-prometheus-remote-write-version': '0.1.0',
      };
      const body = writeRequest(inMilliseconds);
      const response = await fetch(`${url}/api/v1/write`, { method: 'POST', headers, body });
      if (!response.ok) throw new Error(await response.text());
    },
    async ask(path, form) {
      const body = new URLSearchParams(form);
      const response = await fetch(`${url}/api/v1/${path}`, { method: 'POST', body });
      await response.text();
      return response.status;
    },
    /** How many milliseconds its engine has worked on queries. */
    async worked() {
      const text = await (await fetch(`${url}/metrics`)).text();
      const sums = text.matchAll(
        /^prometheus_engine_query_duration_seconds_sum\{slice="(?:prepare_time|inner_eval|result_sort)"\} (.*)$/gm,
      );
      return 1000 * [...sums].reduce((sum, [, value]) => sum + Number(value), 0);
    },
    stop() {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Measures both, in turn, and prints the medians. */
async function compare(what, ours, theirs, prometheus) {
  const times = { ours: [], theirs: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    await ours();
    times.ours.push(performance.now() - began);
    const before = await prometheus.worked();
    await theirs();
    times.theirs.push((await prometheus.worked()) - before);
  }
  const first = times.ours[0];
  const [one, other] = [middle(times.ours), middle(times.theirs)];
  console.log(
    `${what}: ${inMs(one)} (the first time ${inMs(first)}), Prometheus ${inMs(other)}: ${(one / other).toFixed(2)}x`,
  );
}

/** What a run of the collector costs the history. */
function measureHistory() {
  const families = Array.from({ length: 100 }, (_, i) => ({
    ...{ name: `family_${i}`, description: '', unit: '', type: 'gauge', data: 'number' },
    ...{ labels: {}, labelNames: ['series'] },
    series: Array.from({ length: SERIES / 100 }, (_, k) => ({
      labelNames: ['series'],
      labelValues: [String(k)],
    })),
  }));
  let now = START;
  const clock = {
    now: () => now,
    elapsed: () => now,
    every: () => () => {},
    after: () => () => {},
  };
  const host = { clock, part: () => undefined, fail: console.error, blobs: async () => undefined };
  const part = startHistory(host, { retention: 3600, maxBytes: 60e6, labels: {} });
  const times = [];
  for (let run = 0; run < SAMPLES; run++) {
    now += STEP;
    const read = families.map((family) => ({
      ...family,
      values: Float64Array.from(family.series, () => Math.round(100 * random())),
    }));
    const began = performance.now();
    part.sampled({ timestamp: now, families: read, eventsCount: 0, running: true });
    times.push(performance.now() - began);
  }
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  const { bytes } = part.calls.status();
  console.log(
    `a run of ${SERIES} series: ${inMs(middle(times))} (mean ${inMs(mean)}); an hour takes ${(bytes / 1e6).toFixed(1)} MB`,
  );
}

const rules = readFileSync(new URL('rules/answers.jsonl', SHARED), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
const series = labelSets(rules).map((labels) => ({ labels, samples: samplesOf(labels) }));
const dashboard = Array.from({ length: 1000 }, (_, i) => {
  const labels = { __name__: 'requests_total', instance: `i${i}`, route: `r${i % 20}` };
  return { labels, samples: samplesOf(labels) };
});
const engine = createEngine(memorySource([...series, ...dashboard]));
const prometheus = await startPrometheus();
try {
  for (let i = 0; i < series.length; i += 250) await prometheus.write(series.slice(i, i + 250));
  await prometheus.write(dashboard);
  let failed = 0;
  const evaluateRules = async () => {
    failed = 0;
    for (const { expr } of rules) {
      await engine.vector(expr, { time: END }).catch(() => {
        failed++;
      });
    }
  };
  await compare(
    `${rules.length} rules over ${series.length} series`,
    evaluateRules,
    async () => {
      for (const { expr } of rules) await prometheus.ask('query', { query: expr, time: END });
    },
    prometheus,
  );
  console.log(`(${failed} of them cannot be evaluated over these series)`);
  const query = 'sum by (route) (rate(requests_total[5m]))';
  const range = { start: END - 239 * 15, end: END, step: 15 };
  await compare(
    `${query}, 1,000 series, 240 steps`,
    () => engine.queryRange(query, range),
    () => prometheus.ask('query_range', { query, ...range }),
    prometheus,
  );
} finally {
  prometheus.stop();
}
measureHistory();
