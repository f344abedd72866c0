/** Packages of OpenTelemetry that instrument an application record into our collector, unchanged. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OtlpReceiver, startReceiver } from '../backends/otlp-receiver.ts';
import { type PrometheusServer, startPrometheus } from '../backends/prometheus-server.ts';
import { checkMetrics } from '../backends/promtool.ts';
import { nodePath, otlpReceiverPath, prometheusPath, promtoolPath, requirePart } from '../parts.ts';

const hasAll = [
  requirePart('otlpReceiver', otlpReceiverPath()),
  requirePart('node24', nodePath('node24')),
  requirePart('prometheus', prometheusPath()),
  requirePart('promtool', promtoolPath()),
].every(Boolean);

async function startProgram(receiver: string) {
  const file = fileURLToPath(new URL('instrumented-program.mjs', import.meta.url));
  const program = spawn(process.execPath, [file, `${receiver}/v1/metrics`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(program.stdout.setEncoding('utf8'), 'data')) as [string];
  const ended = once(program, 'exit');
  return {
    ...(JSON.parse(line) as { scraped: string; sent: boolean }),
    async stop() {
      program.stdin.end();
      await ended;
    },
  };
}

describe.skipIf(!hasAll)(
  'an application with instrumentation-http, -undici and -runtime-node',
  () => {
    let receiver: OtlpReceiver;
    let program: Awaited<ReturnType<typeof startProgram>>;
    let prometheus: PrometheusServer;

    beforeAll(async () => {
      receiver = await startReceiver();
      program = await startProgram(receiver.url);
      const { host } = new URL(program.scraped);
      prometheus = await startPrometheus({ targets: [host], scrapeInterval: '200ms' });
      await prometheus.waitForScrapes(host, 1);
    });
    afterAll(async () => {
      await prometheus?.stop();
      await program?.stop();
      await receiver?.stop();
    });

    it('is scraped by a real Prometheus', async () => {
      const served = await prometheus.query(
        'sum by (http_response_status_code) (http_server_request_duration_seconds_count)',
      );
      const byStatus = (samples: typeof served) =>
        Object.fromEntries(
          samples.map(({ labels, value }) => [labels.http_response_status_code, value]),
        );
      // Six requests, and those of Prometheus to the server of the collector are in its worker.
      expect(byStatus(served)).toEqual({ 200: 4, 404: 2 });
      const called = await prometheus.query(
        'sum by (http_response_status_code, otel_scope_name) (http_client_request_duration_seconds_count)',
      );
      expect(new Set(called.map(({ labels }) => labels.otel_scope_name))).toEqual(
        new Set(['@opentelemetry/instrumentation-http', '@opentelemetry/instrumentation-undici']),
      );
      expect(called.reduce((sum, { value }) => sum + value, 0)).toBe(6);
      expect(await prometheus.query('v8js_memory_heap_used_bytes > 0')).not.toEqual([]);
      expect(await prometheus.query('nodejs_eventloop_utilization_ratio')).not.toEqual([]);
      expect(await prometheus.query('target_info{service_name="shop"}')).toMatchObject([
        { value: 1 },
      ]);
    });

    it('has an exposition that promtool reads', async () => {
      const text = await (await fetch(program.scraped)).text();
      expect((await checkMetrics(text)).parseError).toBeUndefined();
    });

    it('is understood by a receiver of OTLP', async () => {
      expect(program.sent).toBe(true);
      const [one] = await receiver.series('http.server.request.duration');
      expect(one).toMatchObject({
        kind: 'histogram',
        unit: 's',
        service: 'shop',
        scope: { name: '@opentelemetry/instrumentation-http' },
        attributes: { 'http.request.method': 'GET' },
      });
      const statuses = (await receiver.series('http.server.request.duration')).map(
        ({ attributes }) => attributes?.['http.response.status_code'],
      );
      // They are numbers still.
      expect(statuses.sort()).toEqual([200, 404]);
    });
  },
);
