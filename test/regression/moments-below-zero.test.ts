/**
 * Firefox tells of first moments of a navigation that are a few milliseconds before its start, so below 0 by
 * `performance.now()`. A span with such a start began when it was made, after the whole load.
 */
import { expect, it } from 'vitest';
import { ours, theirs } from '../opentelemetry/traces/implementations.ts';
import { spansIn } from '../opentelemetry/traces/sent-spans.ts';

it.each([ours, theirs])('a span may begin just before the clock does: $name', async ({ start }) => {
  const { provider, sent } = await start();
  const span = provider.getTracer('page').startSpan('documentLoad', { startTime: -4 });
  span.addEvent('requestStart', -1);
  span.end(76);
  const [sentSpan] = spansIn(await sent());
  const { startTimeUnixNano, endTimeUnixNano, events } = sentSpan!;
  const since = (time: string) =>
    Math.round(Number(BigInt(time) - BigInt(startTimeUnixNano)) / 1e6);
  expect(since(endTimeUnixNano)).toBe(80);
  expect(since(events![0]!.timeUnixNano)).toBe(3);
});
