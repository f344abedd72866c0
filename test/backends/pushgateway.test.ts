/** Our protobuf, as a real Pushgateway takes it and gives it back. */
import { spawn } from 'node:child_process';
import {
  formatPrometheus,
  PushgatewayExporter,
  type TelemetryCollector,
} from 'utilityfog-telemetry';
import { expect, onTestFinished, test } from 'vitest';
import { makeCollector } from '../collectors.ts';
import { type Message, readFamilies } from '../formats/protobuf-reader.ts';
import { pushgatewayPath, requirePart } from '../parts.ts';

const hasPushgateway = requirePart('pushgateway', pushgatewayPath());
const PROTOBUF =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';

/** Resolves to the URL of a new Pushgateway. */
async function startPushgateway(): Promise<string> {
  // Debian's keeps what it has over a restart unless it is told not to.
  const options = ['--web.listen-address=127.0.0.1:0', '--persistence.file='];
  const server = spawn(pushgatewayPath()!, options);
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  onTestFinished(async () => {
    server.kill('SIGTERM');
    await ended;
  });
  return new Promise((resolve, reject) => {
    let log = '';
    // It picks a free port itself and logs it, so nobody can take the port in between.
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      const found = /msg="Listening on".*?address=(\S+)/.exec(log);
      if (found) resolve(`http://${found[1]}`);
    });
    server.once('error', reject);
    void ended.then(() => reject(new Error(`the Pushgateway has ended:\n${log}`)));
  });
}

function everyKind(): TelemetryCollector {
  const collector = makeCollector({ labels: { region: 'eu "1"' } });
  const counter = collector.registerCounter('a_total', 'A\nb', { labelNames: ['n'] });
  for (const n of ['x', 'é"\\\n']) counter.increment(2.5, { n });
  collector.registerGauge('g').set(-Infinity);
  const native = { schema: 3 };
  const histograms = [
    collector.registerHistogram('classic_seconds', '', { buckets: [0.5, 5] }),
    collector.registerHistogram('native_seconds', '', { native }),
    collector.registerHistogram('both_seconds', '', { native, buckets: [0.5, 5] }),
  ];
  for (const histogram of histograms) for (let i = -20; i <= 100; i++) histogram.observe(i / 10);
  collector.registerHistogram('empty_seconds', '', { native });
  collector.registerSummary('taken_seconds', '', { quantiles: [0.5, 1] }).observe(3);
  collector.registerInfo('build_info', '', { labels: { version: '1' } });
  collector.registerStateSet('phase', '', { states: ['idle', 'busy'] }).set('busy');
  return collector;
}

/** Returns the families by name, each with its metrics, without the labels that a Pushgateway adds. */
function byName(families: readonly Message[], from?: readonly Message[]): Record<string, unknown> {
  const known = from && new Set(from.map(({ name }) => name));
  const own = families.filter(({ name }) => !known || known.has(name));
  return Object.fromEntries(
    own.map(({ name, help, type, metric }) => [name, { help, type, metric: metrics(metric) }]),
  );
}

/** A Pushgateway sorts the metrics of a family by their labels. */
function metrics(all: unknown): unknown[] {
  const added = new Set(['job', 'instance']);
  const own = (all as { label: { name: string; value: string }[] }[]).map(({ label, ...rest }) => ({
    label: label.filter(({ name }) => !added.has(name)).sort((a, b) => (a.name < b.name ? -1 : 1)),
    ...rest,
  }));
  const key = ({ label }: (typeof own)[number]) => JSON.stringify(label);
  return own.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

test.skipIf(!hasPushgateway)('a real Pushgateway gives our protobuf back as it was', async () => {
  const url = await startPushgateway();
  const answer = await everyKind().handler()(
    new Request('http://x/', { headers: { accept: PROTOBUF } }),
  );
  const type = answer.headers.get('content-type')!;
  expect(type.replaceAll(' ', '')).toBe(PROTOBUF.replaceAll(' ', ''));
  const body = new Uint8Array(await answer.arrayBuffer());
  const pushed = await fetch(`${url}/metrics/job/test`, {
    method: 'PUT',
    headers: { 'content-type': type },
    body,
  });
  expect([pushed.status, await pushed.text()]).toEqual([200, '']);
  const given = await fetch(`${url}/metrics`, { headers: { accept: PROTOBUF } });
  const back = readFamilies(new Uint8Array(await given.arrayBuffer()));
  const sent = readFamilies(body);
  // Native buckets, and since when each series counts, are among what comes back.
  expect(byName(back, sent)).toEqual(byName(sent));
});

test.skipIf(!hasPushgateway)('a real Pushgateway takes our text', async () => {
  const url = await startPushgateway();
  const pushed = await fetch(`${url}/metrics/job/test`, {
    method: 'PUT',
    body: await formatPrometheus(everyKind()),
  });
  expect([pushed.status, await pushed.text()]).toEqual([200, '']);
  const text = await (await fetch(`${url}/metrics`)).text();
  expect(text).toContain('a_total{instance="",job="test",n="x",region="eu \\"1\\""} 2.5\n');
});

test.skipIf(!hasPushgateway)('a real Pushgateway keeps a group until it is deleted', async () => {
  const url = await startPushgateway();
  const collector = everyKind();
  const grouping = { instance: 'a/b é', none: '' };
  const options = { url, job: 'batch', grouping, compression: 'gzip' } as const;
  const shown = async () => (await fetch(`${url}/metrics`)).text();
  const exporter = new PushgatewayExporter(options);
  expect(await exporter.exportMetrics(collector)).toBe(true);
  const labels = 'instance="a/b é",job="batch",n="x",none="",region="eu \\"1\\""';
  expect(await shown()).toContain(`\na_total{${labels}} 2.5\n`);
  // What a PUT does not have goes; what a POST does not have stays.
  collector.unregister('a_total');
  const post = new PushgatewayExporter({ ...options, method: 'POST', format: 'prometheus' });
  expect(await post.exportMetrics(collector)).toBe(true);
  expect(await shown()).toContain('a_total{');
  expect(await exporter.exportMetrics(collector)).toBe(true);
  expect(await shown()).not.toContain('a_total{');
  expect(await exporter.delete()).toBe(true);
  expect(await shown()).not.toContain('job="batch"');
});
