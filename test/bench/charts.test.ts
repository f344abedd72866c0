import { describe, expect, it } from 'vitest';
import { bench, type Summary } from './modules.ts';

interface Axis {
  place(value: number): number;
  readonly ticks: readonly number[];
}
const { axis } = await bench<{
  axis(kind: { log?: boolean }, values: number[], from: number, to: number): Axis;
}>('page/axis.mjs');
const { escapeText } = await bench<{ escapeText(content: unknown): string }>('page/svg.mjs');
const { lineChart } = await bench<{ lineChart(plot: object): string }>('page/line-chart.mjs');
const { dotChart } = await bench<{ dotChart(chart: object): string }>('page/dot-chart.mjs');

describe('an axis', () => {
  it('has marks at both ends and all values between them', () => {
    for (const log of [true, false]) {
      for (const most of [0.003, 1, 10, 999, 1000, 1001, 123_456]) {
        const { place, ticks } = axis({ log }, [most / 7, most], 100, 200);
        expect(place(ticks[0])).toBeCloseTo(100);
        expect(place(ticks.at(-1)!)).toBeCloseTo(200);
        expect(place(most)).toBeLessThanOrEqual(200.001);
        expect(ticks.length).toBeGreaterThan(1);
      }
    }
  });

  it('places a logarithmic value by its digits', () => {
    const { place, ticks } = axis({ log: true }, [1, 10_000], 0, 400);
    expect(place(100)).toBeCloseTo(200);
    expect(ticks).toEqual([1, 10, 100, 1000, 10_000]);
  });

  it('is there for a single value, or none above 0', () => {
    expect(axis({ log: true }, [1], 0, 100).ticks.at(-1)).toBe(10);
    expect(axis({}, [0, 0], 0, 100).place(0)).toBe(0);
  });
});

it('escapes what SVG would take for its own, and replaces what XML cannot hold', () => {
  expect(escapeText('<b a="1"> & \u0000\ud800 ±')).toBe(
    '&lt;b a=&quot;1&quot;&gt; &amp; \ufffd\ufffd ±',
  );
});

describe('a chart', () => {
  const title = 'a < b & "c"';
  const summary = (median: number): Summary => ({
    median,
    low: median * 0.9,
    high: median * 1.1,
    rounds: 5,
  });
  const line = lineChart({
    name: 'line',
    title,
    x: { label: 'threads' },
    y: { label: 'ns <', log: true },
    series: [
      {
        title: 'one',
        points: [
          [1, 5],
          [2, 50],
          [4, 0],
          [8, 5000],
        ],
      },
      { title: '<two>', points: [[1, 7]] },
    ],
  });
  const dots = dotChart({
    title,
    unit: 'ns',
    series: ['one', '<two>'],
    rows: [
      { title: 'work', values: [summary(3), summary(3000)] },
      { title: 'half & half', values: [summary(5), undefined] },
      { title: 'nobody', values: [undefined, undefined] },
    ],
  });

  it.each([
    ['line', line],
    ['dots', dots],
  ])('of %s holds numbers only, and no markup of others', (_, svg) => {
    expect(svg).not.toMatch(/NaN|Infinity|undefined|<two>/);
    expect(svg).toContain('<title>a &lt; b &amp; &quot;c&quot;</title>');
    expect(svg).toContain('prefers-color-scheme:dark');
    expect(svg).not.toMatch(/<script|\son\w+=/);
    expect(svg.length).toBeLessThan(20_000);
  });

  it('leaves out what has no logarithm, and rows without values', () => {
    expect(line).toContain('M76');
    expect(dots).not.toContain('nobody');
  });
});
