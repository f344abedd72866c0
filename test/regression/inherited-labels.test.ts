/**
 * Tests that labels are those that the application gave, not those that a script has put into all objects.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { errors, makeCollector, samplesOf } from '../collectors.ts';

const inherit = (labels: Record<string, unknown>) => Object.assign(Object.prototype, labels);
afterEach(() => {
  for (const name of Object.keys(Object.prototype)) {
    delete (Object.prototype as unknown as Record<string, unknown>)[name];
  }
});

describe.each([
  ['before the metric is registered', 0],
  ['before the first series is made', 1],
] as const)('labels that objects inherit from %s', (_, moment) => {
  it.each([
    ['the only one', {}, { method: 'GET' }],
    ['the last of two', { host: 'a' }, { host: 'a', method: 'GET' }],
    ['the last of four', { a: 1, b: 2, c: 3 }, { a: 1, b: 2, c: 3, method: 'GET' }],
  ])('are refused as %s', async (_, given, whole) => {
    const collector = makeCollector();
    if (moment === 0) inherit({ method: 'GET' });
    const labelNames = Object.keys(whole);
    const counter = collector.registerCounter('requests_total', '', { labelNames });
    if (moment === 1) inherit({ method: 'GET' });
    for (const _ of [1, 2]) counter.increment(1, whole as never);
    for (const _ of [1, 2]) counter.increment(10, { ...given } as never);
    counter.increment(100, { ...whole, method: 'PUT' } as never);
    expect(counter.getValue({ ...whole } as never).value).toBe(2);
    for (const name of Object.keys(Object.prototype)) {
      delete (Object.prototype as unknown as Record<string, unknown>)[name];
    }
    const samples = await samplesOf(collector, 'requests_total');
    expect(samples.map(({ labels, value }) => [labels.method, value])).toEqual([
      ['GET', 2],
      ['PUT', 100],
    ]);
    expect(await errors(collector, 'invalid_labels')).toBe(2);
  });
});
