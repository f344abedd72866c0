/** Shows the numbers at the top and the charts. All of it is read from the collector's snapshots. */
import type { CollectionRun, JsonSnapshot } from 'utilityfog-telemetry';
import { Chart, type ChartOptions } from './chart.ts';
import { ChartDots, type Dot } from './chart-dots.ts';
import { compact, integer, milliseconds, tenths } from './numbers.ts';
import { newestExemplar, quantile, rate, total } from './snapshot-reader.ts';

const LATENCY = 'foglets_message_latency_seconds';
const FRAME = 'foglets_frame_interval_seconds';
const WORK = 'foglets_frame_work_seconds';

const CHARTS: readonly ChartOptions[] = [
  {
    id: 'chart-messages',
    title: 'Messages per second',
    format: compact,
    least: 10,
    lines: [
      { label: 'report', color: '--report' },
      { label: 'order', color: '--order' },
      { label: 'peer', color: '--peer' },
      { label: 'lost', color: '--fault' },
    ],
  },
  {
    id: 'chart-latency',
    title: 'Message latency',
    format: milliseconds,
    least: 100,
    lines: [
      { label: 'p50', color: '--line-1' },
      { label: 'p90', color: '--line-2' },
      { label: 'p99', color: '--line-3' },
    ],
  },
  {
    id: 'chart-foglets',
    title: 'Foglets out of reach',
    format: compact,
    least: 10,
    lines: [
      { label: 'failed', color: '--fault' },
      { label: 'cut off', color: '--cut-off' },
    ],
  },
  {
    id: 'chart-frames',
    title: 'Frames, 99th percentile',
    format: milliseconds,
    least: 20,
    lines: [
      { label: 'interval', color: '--line-3' },
      { label: 'work', color: '--line-2' },
    ],
  },
];

export class Dashboard {
  readonly #charts: Chart[];
  readonly #dots: ChartDots;
  #before: JsonSnapshot | undefined;

  /** @param showTrace called with the ID of a trace whose dot is clicked */
  constructor(parent: HTMLElement, showTrace: (id: string) => void) {
    this.#dots = new ChartDots(showTrace);
    this.#charts = CHARTS.map((options) => {
      const dots = options.id === 'chart-latency' ? this.#dots : undefined;
      return new Chart(parent, options, dots);
    });
  }

  redraw(): void {
    for (const chart of this.#charts) chart.redraw();
  }

  /** Shows what happened since the snapshot before. */
  update(now: JsonSnapshot, run: CollectionRun): void {
    const before = this.#before;
    this.#before = now;
    this.#showLevels(now, run);
    // A rate means nothing before most of a second has passed.
    if (!before || now.timestamp - before.timestamp < 0.2) return;
    this.#showRates(before, now);
    const ms = (name: string, q: number) => {
      const seconds = quantile(q, before, now, name);
      return seconds === null ? null : seconds * 1000;
    };
    const delivered = (kind: string) =>
      rate(before, now, 'foglets_messages_delivered_total', { kind });
    const points = [
      [
        ...['report', 'order', 'peer'].map(delivered),
        rate(before, now, 'foglets_messages_lost_total'),
      ],
      [ms(LATENCY, 0.5), ms(LATENCY, 0.9), ms(LATENCY, 0.99)],
      [total(now, 'foglets_failed'), total(now, 'foglets_cut_off')],
      [ms(FRAME, 0.99), ms(WORK, 0.99)],
    ];
    this.#charts.forEach((chart, i) => {
      chart.push(now.timestamp, points[i], i === 1 ? dotOf(before, now) : undefined);
    });
  }

  #showLevels(now: JsonSnapshot, run: CollectionRun): void {
    const alive = total(now, 'foglets_alive');
    show('alive', integer(alive));
    show('alive-of', `, of ${integer(alive + total(now, 'foglets_failed'))}`);
    const [collector, page] = [run.collector_seconds, run.thread_seconds].map((seconds) =>
      tenths(seconds * 1000),
    );
    show('run', `${collector} + ${page} ms`);
  }

  #showRates(before: JsonSnapshot, now: JsonSnapshot): void {
    const per = (name: string) => rate(before, now, name);
    const delivered = per('foglets_messages_delivered_total');
    show('messages', integer(delivered));
    const p99 = quantile(0.99, before, now, LATENCY);
    show('latency', p99 === null ? '–' : milliseconds(p99 * 1000));
    // A message that arrives moves one counter and two histograms.
    const updates =
      per('foglets_messages_sent_total') +
      per('foglets_forwards_total') +
      per('foglets_messages_lost_total') +
      3 * delivered;
    show('updates', integer(updates));
  }
}

/** Returns a dot for a traced message that has arrived since the snapshot before, if there is one. */
function dotOf(before: JsonSnapshot, now: JsonSnapshot): Dot | undefined {
  const found = newestExemplar(now, LATENCY);
  if (!found || found.exemplar.timestamp <= before.timestamp) return undefined;
  const { labels, value, timestamp } = found.exemplar;
  return {
    at: timestamp,
    value: Number(value) * 1000,
    color: `--${found.labels.kind}`,
    id: labels.trace_id,
  };
}

function show(figure: string, text: string): void {
  const element = document.getElementById(`figure-${figure}`)!;
  if (element.textContent !== text) element.textContent = text;
}
