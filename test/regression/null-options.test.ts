/** `null` stands for an option of a metric that was not given: programs read such options from JSON. */
import { expect, it } from 'vitest';
import { makeCollector, sampleOf } from '../collectors.ts';

it('takes null for every option of every kind', async () => {
  const collector = makeCollector();
  const common = { labels: null, labelNames: null, unit: null };
  collector.registerCounter('a_total', '', common as never).increment();
  const gauge = { ...common, combine: null, collect: null };
  collector.registerGauge('g', '', gauge as never).set(5);
  collector.registerHistogram('h', '', { ...common, buckets: null } as never).observe(0.3);
  collector.registerInfo('i_info', '', { ...common, collect: null } as never);
  const states = { states: ['on', 'off'], multiple: null, collect: null };
  collector.registerStateSet('s', '', { ...common, ...states } as never).set('off' as never);
  expect(await sampleOf(collector, 'a_total')).toBe(1);
  expect(await sampleOf(collector, 'g')).toBe(5);
  expect(await sampleOf(collector, 'h_bucket', { le: '0.5' })).toBe(1);
  expect(await sampleOf(collector, 'i_info')).toBe(1);
  expect(await sampleOf(collector, 's', { s: 'on' })).toBe(0);
  expect(await sampleOf(collector, 's', { s: 'off' })).toBe(1);
  expect(collector.getMetric('g')?.collects).toBe(false);
});
