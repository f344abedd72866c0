/**
 * Shows which options and results of the features and bridges the compiler accepts. `npm run types` reads this file;
 * nothing runs it. If a line below `@ts-expect-error` compiles, that is an error.
 */
import { TelemetryCollector } from 'utilityfog-telemetry';
import { alerting, alertmanager, pagerduty, webhook } from 'utilityfog-telemetry/alerting';
import { analytics } from 'utilityfog-telemetry/analytics';
import { createDetector } from 'utilityfog-telemetry/analytics/detectors';
import { instrumentPage } from 'utilityfog-telemetry/browser';
import { history } from 'utilityfog-telemetry/history';
import { meterProvider, tailSampling, tracerProvider } from 'utilityfog-telemetry/opentelemetry';
import { promql, QueryError } from 'utilityfog-telemetry/promql';
import { createEngine, memorySource } from 'utilityfog-telemetry/promql/engine';
import { createRelay } from 'utilityfog-telemetry/relay';
import { instrumentProcess } from 'utilityfog-telemetry/server';

const samples = history({ retention: 3600, maxBytes: undefined });
const alerts = alerting({ rules: { groups: [] }, notify: alertmanager({ url: 'http://a' }) });
const collector = new TelemetryCollector({ use: [samples, promql(), analytics(), alerts] });

export function options(): void {
  // @ts-expect-error: a misspelled option
  history({ retension: 60 });
  // @ts-expect-error: a text for a number of seconds
  promql({ timeout: '30s' });
  // @ts-expect-error: no rules
  alerting({ notify: [] });
  // @ts-expect-error: a rule without an expression
  alerting({ rules: { groups: [{ name: 'g', rules: [{ alert: 'A' }] }] } });
  // @ts-expect-error: a URL, and not what alertmanager() returns
  alerting({ rules: '', notify: 'http://a' });
  // @ts-expect-error: no URL
  webhook({ format: 'slack' });
  // @ts-expect-error: a form that there is not
  webhook({ url: 'http://a', format: 'teams' });
  // @ts-expect-error: the key has another name
  pagerduty({ integrationKey: 'k' });
  // @ts-expect-error: a season without a length
  createDetector({ season: 'month' });
  // @ts-expect-error: a share is a number
  tailSampling({ ratio: '10 %' });
  // @ts-expect-error: a sampler by name
  tracerProvider(collector, { sampler: 'always_on' });
  // @ts-expect-error: a view without what is meant must be an object
  meterProvider(collector, { views: ['h'] });
  // @ts-expect-error: a group that there is not
  instrumentPage(collector, { only: ['clicks'] });
  // @ts-expect-error: a list of paths, and no function
  instrumentProcess(collector, { ignore: ['/health'] });
  // @ts-expect-error: neither `forward` nor `aggregate`
  createRelay({ allowOrigins: '*' });
  // @ts-expect-error: both of them
  createRelay({ allowOrigins: '*', aggregate: collector, forward: { url: '', protocol: 'otlp' } });
  // @ts-expect-error: no collector
  new TelemetryCollector({ use: [history] });
}

export async function results(): Promise<void> {
  const answer = await collector.query('up', { time: 0 });
  // @ts-expect-error: it may be a scalar
  answer.result[0].metric;
  if (answer.resultType === 'vector') {
    const value: string | undefined = answer.result[0]?.value?.[1];
    const name: string | undefined = answer.result[0]?.metric.__name__;
    // @ts-expect-error: numbers are texts
    const number: number | undefined = answer.result[0]?.value?.[1];
    void [value, name, number];
  }
  if (answer.resultType === 'matrix') {
    const times = answer.result.flatMap(({ values = [] }) => values.map(([time]) => time));
    // @ts-expect-error: a matrix has `values`
    void (answer.result[0]!.value satisfies [number, string]);
    void (times satisfies number[]);
  }
  if (answer.resultType === 'scalar') void (answer.result satisfies [number, string]);
  // @ts-expect-error: no step
  await collector.queryRange('up', { start: 0, end: 1 });
  // @ts-expect-error: how far back is not said
  await collector.describe('up', {});

  const { newest } = await collector.feature(samples).status();
  void (newest satisfies number | undefined);
  const [group] = await collector.feature(alerts).rules();
  for (const rule of group?.rules ?? []) {
    // @ts-expect-error: recording rules have no alerts
    void rule.alerts;
    if (rule.type === 'alerting') void rule.alerts;
  }
  // @ts-expect-error: history() tells its status only
  collector.feature(samples).rules();

  const engine = createEngine(memorySource([{ labels: { __name__: 'a' }, samples: [[0, 1]] }]));
  // @ts-expect-error: the options of a range
  await engine.query('a', { start: 0, end: 1, step: 1 });
  // @ts-expect-error: a sample is a list
  memorySource([{ labels: {}, samples: [{ time: 0, value: 1 }] }]);
  await engine.query('a').catch((error: unknown) => {
    if (error instanceof QueryError && error.kind === 'parse') return error.position?.line;
    // @ts-expect-error: a kind that there is not
    return error instanceof QueryError && error.kind === 'syntax';
  });
}
