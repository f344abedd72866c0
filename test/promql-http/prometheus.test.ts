/** Asks a real Prometheus and the HTTP API the same, of the same samples, and compares the answers. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrometheusServer, startPrometheus } from '../backends/prometheus-server.ts';
import { prometheusPath, promtoolPath, requirePart } from '../parts.ts';
import {
  type Ask,
  collectorOf,
  END,
  form,
  type GivenSeries,
  PLACES,
  SHOP,
  START,
} from './asking.ts';

const canRun = [
  requirePart('prometheus', prometheusPath()),
  requirePart('promtool', promtoolPath()),
].every(Boolean);

/** Writes samples in OpenMetrics. */
function exposition(series: readonly GivenSeries[]): string {
  const escaped = (text: string) => text.replace(/\\/g, '\\\\').replace(/"/g, '\\"');
  const number = (value: number) => String(value).replace('Infinity', 'Inf');
  const lines = series.flatMap(({ labels: { __name__, ...labels }, samples }) => {
    const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
    return samples.map(([time, value]) => `${__name__}{${pairs}} ${number(value)} ${time}`);
  });
  return `${lines.join('\n')}\n# EOF\n`;
}

const T = `time=${END}`;
const RANGE = `start=${START + 600}&end=${END}&step=45`;
const encoded = (expr: string) => `query=${encodeURIComponent(expr)}`;

const EXPRESSIONS = [
  ...['1', '"a"', '-1 ^ 2', 'none', 'odd', 'odd[1m]', 'requests_total', 'temperature'],
  'sum by (code) (rate(requests_total[5m]))',
  'topk(2, requests_total)',
  'histogram_quantile(0.9, odd)',
  'requests_total{code=~"4..|5.."} / ignoring (code) group_left () requests_total{code="200"}',
  'label_replace(temperature, "place", "$1", "room", "(.).*")',
  'max_over_time(sum(rate(requests_total[1m]))[10m:1m])',
  ...['sort_desc(requests_total)', 'absent(none{a="b"})', 'scalar(odd{kind="large"})', 'time()'],
  'count_values("value", requests_total > bool 1500)',
  'requests_total offset 5m - requests_total @ 1700000900',
];

/** Requests whose answers are compared, status and all. */
const REQUESTS = [
  ...EXPRESSIONS.map((expr) => `query?${encoded(expr)}&${T}`),
  ...EXPRESSIONS.map((expr) => `query_range?${encoded(expr)}&${RANGE}`),
  ...['1.5', '1e3', '2023-11-14T22:13:20.5Z', '2023-11-14T22:13:20.123456+01:00'].map(
    (time) => `query?query=time()&time=${encodeURIComponent(time)}`,
  ),
  ...['1m', '1.5', '1m30s', '90', '0', '-1', 'x', ''].map(
    (step) => `query_range?query=time()&start=0&end=200&step=${step}`,
  ),
  'query_range?query=1&start=0&end=11000.999&step=1',
  'query_range?query=1&start=0&end=11001&step=1',
  'query_range?query=1&start=1&end=0&step=1',
  'query_range?query=1&end=0&step=1',
  'query?query=1&timeout=abc',
  'query?query=1&timeout=1e300',
  'query?query=1&query=2&time=0',
  ...[
    '(',
    'sum(x',
    'rate(x)',
    'x{',
    'x{a=}',
    'foo(x)',
    '1 +',
    '"',
    'x[5m',
    'sum(x) by',
    '',
  ].flatMap((expr) => [`query?${encoded(expr)}`, `query_exemplars?${encoded(expr)}`]),
  `query?${encoded('label_replace(odd, "a", "b", "c", "[")')}&${T}`,
  ...[
    '',
    '{}',
    '{job=~".*"}',
    'x{',
    'odd',
    'odd{kind!="none"}',
    '{__name__=~"odd|temperature"}',
  ].flatMap((selector) => [
    `series?match[]=${encodeURIComponent(selector)}`,
    ...(selector ? [`labels?match[]=${encodeURIComponent(selector)}`] : []),
  ]),
  'series',
  'series?match[]=odd&match[]=temperature&match[]=odd',
  'series?match[]=none',
  ...['labels', 'label/job/values', 'label/__name__/values', 'label/none/values'],
  'label/code/values?match[]=requests_total{instance="a"}&match[]=odd',
  'labels?match[]=odd&match[]=temperature',
  'labels?start=5&end=4',
  ...['rules', 'alerts', 'rules?type=x', 'metadata', 'metadata?limit=a', 'metadata?metric=none'],
  'query_exemplars?query=1',
  'query_exemplars?query=odd',
  'query_exemplars?query=1&start=5&end=4',
  ...['sum by(a)(x)', 'x / on (a) y', `sum(${'requests_total{job="shop"} + '.repeat(5)}1)`].map(
    (expr) => `format_query?${encoded(expr)}`,
  ),
];

/** What Prometheus 2.42 says in other words than 3.14, whose words are ours. It also has fewer warnings. */
function renewed(text: string): string {
  return text
    .replace('Invalid time value', 'invalid time value')
    .replace('"invalid expression type', '"invalid parameter \\"query\\": invalid expression type');
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

describe.skipIf(!canRun)('a real Prometheus', () => {
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    prometheus = await startPrometheus({ targets: [], stored: exposition(SHOP) });
  });
  afterAll(() => prometheus?.stop());

  const theirs = async (path: string, init?: RequestInit): Promise<Answer> => {
    const response = await fetch(`${prometheus.url}/api/v1/${path}`, init);
    const text = renewed(await response.text());
    const isJson = response.headers.get('content-type') === 'application/json';
    return { status: response.status, body: isJson ? JSON.parse(text) : undefined };
  };
  const ours = async (ask: Ask, path: string, init?: RequestInit): Promise<Answer> => {
    const { status, json } = await ask(path, init);
    const { warnings, infos, ...body } = (json ?? {}) as Record<string, unknown>;
    return { status, body: json && body };
  };

  it.each(REQUESTS)('answers in the same way to %s', async (path) => {
    const ask = await PLACES['handler()'](collectorOf());
    expect(comparable(await ours(ask, path))).toEqual(comparable(await theirs(path)));
  });

  it.each(['query', 'query_range', 'series', 'labels'])(
    'takes the same forms: %s',
    async (path) => {
      const ask = await PLACES['serve()'](collectorOf());
      const init = form(
        ...([
          ['query', 'sum(odd)'],
          ['time', String(END)],
          ['start', String(START + 600)],
        ] as const),
        ...([
          ['end', String(END)],
          ['step', '60'],
          ['match[]', 'odd'],
        ] as const),
      );
      const given = 'query=1&match[]=temperature';
      expect(comparable(await ours(ask, `${path}?${given}`, init))).toEqual(
        comparable(await theirs(`${path}?${given}`, init)),
      );
    },
  );

  it.each([
    ['instant', `--time=${END}`, 'sum by (code) (requests_total)'],
    ['range', `--start=${START + 600}`, `--end=${END}`, '--step=2m', 'sum(odd)'],
    ['series', '--match=odd', '--match=temperature', `--start=${START}`, `--end=${END}`],
    ['labels', `--start=${START}`, `--end=${END}`, 'job'],
  ])('prints the same by promtool query %s', async (...args) => {
    const { url } = await collectorOf().serve({ port: 0, api: true });
    const at = ['instant', 'range'].includes(args[0]) ? args.length - 1 : args.length;
    const run = async (server: string) => {
      const last = args[0] === 'labels' ? args.length - 1 : at;
      const all = [...args.slice(0, last), server, ...args.slice(last)];
      const { stdout } = await promisify(execFile)(promtoolPath()!, ['query', ...all]);
      return stdout.split('\n').sort();
    };
    const printed = await run(new URL('/', url).href);
    expect(printed.length).toBeGreaterThan(1);
    expect(printed).toEqual(await run(prometheus.url));
  });
});

/** Leaves out the order of series, and the last bits of numbers. */
function comparable(answer: Answer): Answer {
  return JSON.parse(JSON.stringify(answer), (_, value) => {
    if (typeof value === 'string' && /^-?[\d.]+(e[+-]?\d+)?$/.test(value)) {
      return Number(value).toPrecision(12);
    }
    const isOfSeries = Array.isArray(value) && value.every((one) => typeof one === 'object');
    return isOfSeries
      ? value
          .map((one) => [JSON.stringify(one), one])
          .sort()
          .map(([, one]) => one)
      : value;
  });
}
