/** The example that OpenTelemetry's packages instrument sends the same with this package as with OpenTelemetry's SDK. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, it, vi } from 'vitest';
import { startPrometheus } from '../backends/prometheus-server.ts';
import { type InstalledExample, installExample } from '../examples/installed-example.ts';
import { type Received, receiver } from '../exporters/http-server.ts';
import { prometheusPath, requirePart } from '../parts.ts';
import { type SentSpan, spansIn, tracesIn } from './traces/sent-spans.ts';
import { decoded } from './two-providers.ts';

const REQUESTS = ['/orders/book', '/orders/pen', '/orders/nothing'];

const running: ChildProcess[] = [];
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(running.map((child) => child.exitCode === null && once(child, 'exit')));
});

/** Starts the service, and resolves to what it prints: addresses by what they are of. */
async function start(example: InstalledExample, script: string, receiver: string) {
  const env = { OTLP_URL: receiver, EXPORT_INTERVAL: '1', PORT: '0', METRICS_PORT: '0' };
  const child = spawn(process.execPath, example.nodeArguments(script), {
    cwd: example.folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  const addresses: Record<string, string> = {};
  for await (const line of createInterface(child.stdout)) {
    const [what, address] = line.split(/\s+/) as [string, string];
    addresses[what] = address;
    if (what === 'app') break;
  }
  return addresses;
}

interface Attribute {
  readonly key: string;
  readonly value: Record<string, unknown>;
}
interface Point {
  readonly attributes?: readonly Attribute[];
  readonly count?: string;
}
interface Metric {
  readonly name: string;
  readonly unit?: string;
  readonly histogram?: { readonly dataPoints: readonly Point[] };
}
interface Request {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly {
      readonly scope: { readonly name: string; readonly version: string };
      readonly metrics: readonly Metric[];
    }[];
  }[];
}

/** Differs from one run to the next. */
const isRandom = (key: string) => /\.port$|^url\.full$|^network\.peer\.port$/.test(key);

const textOf = (attributes: readonly Attribute[] = []) =>
  attributes
    .filter(({ key }) => !isRandom(key))
    .map(({ key, value }) => `${key}=${Object.values(value).join()}`)
    .sort()
    .join(' ');

/** Requests that the SDK makes to send its own telemetry. */
const isOwn = (attributes: readonly Attribute[] = []) =>
  textOf(attributes).includes('http.request.method=POST');

/** Returns the series of HTTP in the last request for metrics with their counts, and the names of all metrics. */
function metricsIn(received: readonly Received[]) {
  const last = received.findLast(({ path }) => path === '/v1/metrics');
  if (!last) return { counts: [], names: [] };
  const gzipped = last.headers['content-encoding'] === 'gzip';
  const { resourceMetrics } = decoded(gzipped ? gunzipSync(last.body) : last.body) as Request;
  const scopes = resourceMetrics[0]!.scopeMetrics.filter(({ scope }) =>
    scope.name.startsWith('@opentelemetry/'),
  );
  const each = scopes.flatMap(({ scope, metrics }) =>
    metrics.map((metric) => ({ title: `${scope.name} ${metric.name} ${metric.unit}`, metric })),
  );
  const counts = each.flatMap(({ title, metric }) =>
    metric.name.startsWith('http.')
      ? metric
          .histogram!.dataPoints.filter(({ attributes }) => !isOwn(attributes))
          .map(({ attributes, count }) => `${title} ${textOf(attributes)}: ${count}`)
      : [],
  );
  return { counts: counts.sort(), names: each.map(({ title }) => title).sort() };
}

/** Returns each span with the names of those that it is in, from the outside. */
function pathsOf(spans: readonly SentSpan[]): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const pathOf = (span: SentSpan): string => {
    const parent = byId.get(span.parentSpanId ?? '');
    const own = `${span.name} ${span.kind} ${textOf(span.attributes as Attribute[])}`;
    return parent ? `${pathOf(parent)} > ${own}` : own;
  };
  return spans.map(pathOf).sort();
}

it('sends the metrics and spans of the service as the original does', async () => {
  const example = await installExample('opentelemetry');
  const [toUs, toThem] = [await receiver(), await receiver()];
  const ours = await start(example, 'start', toUs.url);
  const theirs = await start(example, 'original', toThem.url);
  for (const { app } of [ours, theirs]) {
    for (const path of REQUESTS) await (await fetch(`${app}${path}`)).text();
  }
  const ourSpans = () => pathsOf(spansIn(tracesIn(toUs.received)));
  const theirSpans = () => pathsOf(spansIn(tracesIn(toThem.received)));
  // A request to the service, and two to its upstreams, which are in the service, too.
  const all = 5 * REQUESTS.length;
  await expect.poll(() => theirSpans().length).toBe(all);
  await expect.poll(() => ourSpans().length).toBe(all);
  expect(ourSpans()).toEqual(theirSpans());
  const original = () => metricsIn(toThem.received);
  await expect
    .poll(() => original().counts.filter((one) => one.includes('http.server')).length)
    .toBe(2);
  expect(original().names.length).toBeGreaterThan(10);
  // Neither may have sent its last counts yet.
  const areSame = () => expect(metricsIn(toUs.received)).toEqual(original());
  await vi.waitFor(areSame, { timeout: 60_000 });

  if (!requirePart('prometheus', prometheusPath())) return;
  const target = new URL(ours.metrics!).host;
  const prometheus = await startPrometheus({ targets: [target], scrapeInterval: '200ms' });
  try {
    await prometheus.waitForScrapes(target, 1);
    const served = await prometheus.query(
      'sum by (http_response_status_code) (http_server_request_duration_seconds_count)',
    );
    const found = served.map(({ labels, value }) => [labels.http_response_status_code, value]);
    expect(Object.fromEntries(found)).toEqual({ 200: 7, 404: 2 });
  } finally {
    await prometheus.stop();
  }
});
