/** Draws the spans of a trace below each other, each as a bar from its beginning to its end. */
import { milliseconds } from '../numbers.ts';
import type { ShownSpan, ShownTrace } from './kept-traces.ts';

/** Bars of pulses and their parts have the colour of pulses, and so on. */
const COLORS: Readonly<Record<string, string>> = {
  report: '--report',
  order: '--order',
  peer: '--peer',
  pulse: '--pulse',
};

export class Waterfall {
  readonly element = document.createElement('ol');

  constructor() {
    this.element.className = 'waterfall';
    this.element.ariaLabel = 'Spans';
  }

  show(trace: ShownTrace): void {
    this.element.style.setProperty('--bar', `var(${COLORS[trace.name] ?? '--accent'})`);
    this.element.replaceChildren(...trace.spans.map((span) => rowOf(span, trace.duration)));
  }

  clear(): void {
    this.element.replaceChildren();
  }
}

function rowOf(span: ShownSpan, total: number): HTMLElement {
  const row = document.createElement('li');
  row.dataset.span = span.name;
  row.classList.toggle('lost', span.error !== '');
  const label = document.createElement('span');
  label.className = 'label';
  label.style.setProperty('--nesting', String(span.nesting));
  label.textContent = labelOf(span);
  const duration = document.createElement('output');
  duration.textContent = milliseconds(span.end - span.start);
  const waited = span.waited > 0 ? `, of which it waited ${milliseconds(span.waited)}` : '';
  row.title = `${label.textContent}: ${duration.textContent}${waited}`;
  row.append(label, barOf(span, total), duration);
  return row;
}

function barOf({ start, end, waited }: ShownSpan, total: number): HTMLElement {
  const track = document.createElement('span');
  track.className = 'track';
  const bar = document.createElement('i');
  const share = (time: number) => `${total > 0 ? (100 * time) / total : 0}%`;
  bar.style.setProperty('left', share(start));
  bar.style.setProperty('width', share(end - start));
  bar.style.setProperty('--waited', `${end > start ? (100 * waited) / (end - start) : 0}%`);
  track.append(bar);
  return track;
}

/** Returns, for example, `3.17 → 4.51` for an edge, and for other spans their name, too. */
function labelOf({ name, attributes, error }: ShownSpan): string {
  const hop = attributes['hop.from'];
  if (hop) return `${hop} → ${attributes['hop.to']}`;
  const from = attributes['message.from'];
  const way = from ? ` ${from} → ${attributes['message.to']}` : '';
  return `${name}${way}${error && ` · ${error}`}`;
}
