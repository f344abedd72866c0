// @vitest-environment happy-dom
import { act, createElement as h, StrictMode, useEffect, useState } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { TelemetryError } from 'utilityfog-telemetry';
import {
  Measured,
  TelemetryProvider,
  useCounter,
  useGauge,
  useHistogram,
  useTelemetry,
} from 'utilityfog-telemetry/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { makeCollector, sampleOf } from '../collectors.ts';

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

let root: Root;
let container: HTMLElement;
beforeEach(() => {
  container = document.createElement('div');
  root = createRoot(container);
});
afterEach(() => act(() => root.unmount()));

/** Counts how often it is mounted, and its clicks. */
function Buttons() {
  const mounts = useCounter('mounts_total', 'Mounts');
  const clicks = useCounter('clicks_total', 'Clicks', { labelNames: ['button'] });
  const shown = useGauge('shown', 'Buttons that are shown');
  const seconds = useHistogram('answer_seconds', 'Answers', { buckets: [1, 2] });
  useEffect(() => {
    mounts.increment();
    shown.increment();
    return () => shown.decrement();
  }, [mounts, shown]);
  const click = () => {
    clicks.increment(1, { button: 'save' });
    seconds.observe(0.5);
  };
  return h('button', { type: 'button', onClick: click }, 'Save');
}

it('survives StrictMode, which renders and mounts everything twice', async () => {
  const collector = makeCollector();
  const tree = h(
    StrictMode,
    null,
    h(TelemetryProvider, { collector }, h(Buttons), h(Buttons, { key: 2 })),
  );
  await act(async () => root.render(tree));
  const [first, second] = container.querySelectorAll('button');
  await act(async () => {
    first.click();
    second.click();
    second.click();
  });
  expect(await sampleOf(collector, 'clicks_total', { button: 'save' })).toBe(3);
  expect(await sampleOf(collector, 'mounts_total')).toBe(4);
  expect(await sampleOf(collector, 'shown')).toBe(2);
  expect(await sampleOf(collector, 'answer_seconds_count')).toBe(3);
  await act(async () => root.render(null));
  expect(await sampleOf(collector, 'shown')).toBe(0);
});

it('gives the code that hot reload brings the metrics that are there', async () => {
  const collector = makeCollector();
  const show = (Component: () => unknown) =>
    act(async () =>
      root.render(h(TelemetryProvider, { collector }, h(Component as typeof Buttons))),
    );
  await show(Buttons);
  const before = collector.getMetric('clicks_total');
  await act(async () => container.querySelector('button')!.click());
  await show(function Reloaded() {
    const clicks = useCounter('clicks_total', 'Other words', { labelNames: ['button'] });
    return h(
      'button',
      { type: 'button', onClick: () => clicks.increment(1, { button: 'save' }) },
      'Store',
    );
  });
  await act(async () => container.querySelector('button')!.click());
  expect(collector.getMetric('clicks_total')).toBe(before);
  expect(await sampleOf(collector, 'clicks_total', { button: 'save' })).toBe(2);
});

it('gives a metric that was unregistered anew with the next render', async () => {
  const collector = makeCollector();
  const show = () => act(async () => root.render(h(TelemetryProvider, { collector }, h(Buttons))));
  await show();
  collector.unregister('clicks_total');
  await show();
  await act(async () => container.querySelector('button')!.click());
  expect(await sampleOf(collector, 'clicks_total', { button: 'save' })).toBe(1);
});

it('renders on a server', () => {
  const collector = makeCollector();
  const html = renderToString(h(TelemetryProvider, { collector }, h(Buttons)));
  expect(html).toBe('<button type="button">Save</button>');
});

it('says what is wrong: no provider, or a name that another kind of metric has', async () => {
  const quiet = vi.spyOn(console, 'error').mockImplementation(() => {});
  const Asks = () => h('p', null, String(useTelemetry().running));
  expect(() => renderToString(h(Asks))).toThrow(/TelemetryProvider/);
  const collector = makeCollector();
  collector.registerGauge('mounts_total');
  expect(() => renderToString(h(TelemetryProvider, { collector }, h(Buttons)))).toThrow(
    TelemetryError,
  );
  quiet.mockRestore();
});

it('measures what a part of the page takes to render, and makes a span of it', async () => {
  const collector = makeCollector();
  const spans: unknown[][] = [];
  const tracing = {
    page(...about: unknown[]) {
      spans.push(about);
      const note = (...of: unknown[]) => void spans.push(of);
      return { exemplar: { trace_id: 'a'.repeat(32) }, set: note, event: note, end: note };
    },
  };
  const Counting = () => {
    const [clicks, setClicks] = useState(0);
    return h('button', { type: 'button', onClick: () => setClicks(clicks + 1) }, clicks);
  };
  const part = h(Measured, { name: 'cart', tracing }, h(Counting));
  await act(() => root.render(h(TelemetryProvider, { collector }, part)));
  await act(() => container.querySelector('button')!.click());
  const [mount, mounted, update, updated, ...others] = spans;
  expect(others).toEqual([]);
  const about = (phase: string) => ({ 'react.component': 'cart', 'react.phase': phase });
  expect(mount).toEqual(['render cart', about('mount'), expect.any(Number)]);
  expect(update).toEqual(['render cart', about('update'), expect.any(Number)]);
  const seconds = async (phase: string) =>
    (await sampleOf(collector, 'react_render_duration_seconds_sum', {
      component: 'cart',
      phase,
    })) as number;
  for (const [phase, [start], [end]] of [
    ['mount', mount!.slice(2), mounted!],
    ['update', update!.slice(2), updated!],
  ] as [string, [number], [number]][]) {
    expect(await seconds(phase)).toBeCloseTo((end - start) / 1000, 6);
  }
});

it('lets no failure of tracing reach the page', async () => {
  const collector = makeCollector();
  const failing = {
    page() {
      throw new Error('of another provider');
    },
  };
  const part = h(Measured, { name: 'cart', tracing: failing as never }, 'content');
  await act(() => root.render(h(TelemetryProvider, { collector }, part)));
  expect(container.textContent).toBe('content');
});
