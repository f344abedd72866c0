/** How all plots of the page look. */
import type uPlot from 'uplot';
import { color } from './theme.ts';

const FONT = '12px system-ui, sans-serif';

/** What both axes of a plot have in common. */
export const axisStyle: uPlot.Axis = {
  stroke: () => color('--muted'),
  grid: { stroke: () => color('--grid'), width: 1 },
  ticks: { show: false },
  font: FONT,
};

export function sizeOf(element: HTMLElement): { width: number; height: number } {
  return { width: element.clientWidth, height: element.clientHeight };
}

/** Returns the ends of an axis. Zero belongs to the picture, unless all values are far from it and from one another. */
export function heights(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const same = low === high;
  const from = low > 0 && (same || low <= high / 2) ? 0 : low;
  const to = high < 0 && (same || high >= low / 2) ? 0 : high;
  const room = (to - from) * 0.06 || Math.abs(to) * 0.1 || 1;
  return [from === 0 ? 0 : from - room, to === 0 && from < 0 ? 0 : to + room];
}
