/**
 * Gets each contender ready to record: it is imported and opened, and a hundred metrics are registered.
 * Nothing is imported before it is asked for, since importing is what is measured.
 */

import { IDLE_MODULE } from '../yardsticks/idle-module.mjs';

/** @typedef {{ registered(): Promise<number> | number, close?(): Promise<void> }} Started */

const KINDS = ['counter', 'gauge', 'histogram'];
const PREFIX = 'startup_';
const help = 'Benchmark';

/** Metrics of all kinds; every second one has labels. */
export const METRICS = Array.from({ length: 100 }, (_, i) => ({
  kind: KINDS[i % 3],
  name: `${PREFIX}${KINDS[i % 3]}_${i}${i % 3 === 0 ? '_total' : ''}`,
  labelNames: i % 2 === 0 ? [] : ['method', 'route'],
}));

/** @returns {Promise<Started>} */
async function ours() {
  const { TelemetryCollector } = await import('utilityfog-telemetry');
  const collector = new TelemetryCollector();
  for (const { kind, name, labelNames } of METRICS) {
    if (kind === 'counter') collector.registerCounter(name, help, { labelNames });
    else if (kind === 'gauge') collector.registerGauge(name, help, { labelNames });
    else collector.registerHistogram(name, help, { labelNames });
  }
  const isKnown = ({ name }) => collector.getMetric(name) !== undefined;
  return {
    registered: () => METRICS.filter(isKnown).length,
    close: () => collector.shutdown(),
  };
}

/** @param {typeof import('prom-client')} client @returns {Started} */
function prometheusStyle(client) {
  const registry = new client.Registry();
  const registers = [registry];
  for (const { kind, name, labelNames } of METRICS) {
    if (kind === 'counter') new client.Counter({ name, help, labelNames, registers });
    else if (kind === 'gauge') new client.Gauge({ name, help, labelNames, registers });
    else new client.Histogram({ name, help, labelNames, registers });
  }
  return { registered: () => registry.getMetricsAsArray().length };
}

/** It tells of instruments only once they have recorded. @returns {Promise<Started>} */
async function opentelemetry() {
  const { MeterProvider, MetricReader } = await import('@opentelemetry/sdk-metrics');
  const reader = new (class extends MetricReader {
    async onShutdown() {}
    async onForceFlush() {}
  })();
  const provider = new MeterProvider({ readers: [reader] });
  const meter = provider.getMeter('bench');
  const instruments = [];
  for (const { kind, name } of METRICS) {
    if (kind === 'counter') instruments.push(meter.createCounter(name));
    else if (kind === 'gauge') instruments.push(meter.createGauge(name));
    else instruments.push(meter.createHistogram(name));
  }
  const registered = async () => {
    for (const instrument of instruments) (instrument.add ?? instrument.record).call(instrument, 1);
    const { resourceMetrics } = await reader.collect();
    return resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics).length;
  };
  return { registered, close: () => provider.shutdown() };
}

/** The yardstick: what the runtime takes to import anything at all. @returns {Promise<Started>} */
async function emptyModule() {
  await import('../yardsticks/empty-module.mjs');
  return { registered: () => METRICS.length };
}

/** The other one: to import as much text as ours has, and run none of it. @returns {Promise<Started>} */
async function idleModule() {
  await import(IDLE_MODULE.href);
  return { registered: () => METRICS.length };
}

/** The part of the time of ours that passes before anything of it is called. @returns {Promise<Started>} */
async function importAlone() {
  await import('utilityfog-telemetry');
  return { registered: () => METRICS.length };
}

/** @type {Record<string, () => Promise<Started>>} by contender */
export const START = {
  ours,
  'prom-client': async () => prometheusStyle((await import('prom-client')).default),
  'prometheus-io': async () => prometheusStyle((await import('@prometheus-io/client')).default),
  opentelemetry,
  'empty-module': emptyModule,
  'idle-module': idleModule,
  'import-alone': importAlone,
};
