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
