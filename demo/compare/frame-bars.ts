/** Draws a bar for each frame of the last seconds, as high as the frame was long. */
import { integer } from '../numbers.ts';
import { color } from '../theme.ts';
import type { Frame } from './frame-meter.ts';

const FONT = '12px system-ui, sans-serif';
/** Room for the label of the scale. CSS pixels. */
const LABEL = 60;

/**
 * @param window for how long frames are shown; milliseconds
 * @param top the time at the upper edge, which all rows have in common; milliseconds
 */
export function drawBars(
  canvas: HTMLCanvasElement,
  frames: readonly Frame[],
  window: number,
  top: number,
  tint: string,
): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const context = canvas.getContext('2d')!;
  canvas.width = Math.round(width * devicePixelRatio);
  canvas.height = Math.round(height * devicePixelRatio);
  context.scale(devicePixelRatio, devicePixelRatio);
  context.fillStyle = color('--grid');
  context.fillRect(0, 0, width, 1);
  context.fillRect(0, height - 1, width, 1);
  context.font = FONT;
  context.textBaseline = 'top';
  context.textAlign = 'right';
  context.fillStyle = color('--muted');
  context.fillText(`${integer(top)} ms`, width, 3);
  const end = frames.at(-1)?.start ?? 0;
  const perMs = (width - LABEL) / window;
  context.fillStyle = color(tint);
  for (const { start, interval } of frames) {
    const right = width - LABEL - (end - start) * perMs;
    const high = Math.min(1, interval / top) * (height - 1);
    // A frame takes as much of the width as of the time, less a little, so that neighbours can be told apart.
    const wide = Math.max(1, interval * perMs - 0.5);
    context.fillRect(right - wide, height - high, wide, high);
  }
}
