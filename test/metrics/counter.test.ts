import { MetricType } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { errors, makeCollector, sampleOf, samplesOf } from '../collectors.ts';

describe('a counter', () => {
  it('starts at zero, and shows so before anything is recorded', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('a_total', 'A');
    expect(counter.getValue()).toMatchObject({ value: 0, labels: {} });
    expect(await sampleOf(collector, 'a_total')).toBe(0);
  });

  it('adds 1 unless told otherwise, and fractions', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('a_total');
    counter.increment();
    counter.increment(5);
    counter.increment(0.5);
    counter.increment(0);
    expect(counter.getValue().value).toBe(6.5);
    expect(await sampleOf(collector, 'a_total')).toBe(6.5);
  });

  it('knows its name, description and type', () => {
    const counter = makeCollector().registerCounter('a_total', 'What it counts');
    expect(counter).toMatchObject({
      name: 'a_total',
      description: 'What it counts',
      type: MetricType.Counter,
    });
  });

  it('gives the time of a reading, in seconds', () => {
    const { timestamp } = makeCollector().registerCounter('a_total').getValue();
    expect(Math.abs(timestamp - Date.now() / 1000)).toBeLessThan(60);
  });

  it('keeps a series per label set, with the constant labels in front', async () => {
    const collector = makeCollector({ labels: { job: 'test' } });
    const counter = collector.registerCounter('a_total', '', {
      labels: { version: 2 },
      labelNames: ['method'],
    });
    counter.increment(1, { method: 'GET' });
    counter.labels({ method: 'PUT' }).increment(2);
    expect(await samplesOf(collector, 'a_total')).toEqual([
      { name: 'a_total', labels: { job: 'test', version: '2', method: 'GET' }, value: 1 },
      { name: 'a_total', labels: { job: 'test', version: '2', method: 'PUT' }, value: 2 },
    ]);
    expect(counter.getValue({ method: 'PUT' })).toMatchObject({
      value: 2,
      labels: { version: '2', method: 'PUT' },
    });
  });

  it('lets a metric label win over a label of the collector', async () => {
    const collector = makeCollector({ labels: { job: 'all', kind: 'all' } });
    collector.registerCounter('a_total', '', { labels: { job: 'own' } }).increment();
    const counter = collector.registerCounter('b_total', '', { labelNames: ['kind'] });
    counter.increment(1, { kind: 'own' });
    expect(await sampleOf(collector, 'a_total', { job: 'own', kind: 'all' })).toBe(1);
    expect(await sampleOf(collector, 'b_total', { job: 'all', kind: 'own' })).toBe(1);
  });

  it('does not make a series by reading one', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('a_total', '', { labelNames: ['n'] });
    expect(counter.getValue({ n: 1 }).value).toBe(0);
    expect(await samplesOf(collector, 'a_total')).toEqual([]);
  });

  it('goes back to zero by reset, and keeps its series and bound handles', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('a_total', '', { labelNames: ['n'] });
    const bound = counter.labels({ n: 1 });
    bound.increment(7);
    counter.reset();
    expect(await sampleOf(collector, 'a_total', { n: '1' })).toBe(0);
    bound.increment(2);
    expect(await sampleOf(collector, 'a_total', { n: '1' })).toBe(2);
  });

  it('never becomes infinite', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('a_total');
    counter.increment(1e308);
    counter.increment(1e308);
    expect(counter.getValue().value).toBe(1e308);
    expect(await errors(collector, 'invalid_value')).toBe(1);
  });
});
