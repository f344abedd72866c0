import { type MetricFamily, MetricType } from '../../model.ts';
import { wellFormed } from '../../platform/realm.ts';

/** So many reasons are told apart: a thread may be anybody's code. */
const MOST_REASONS = 32;
const MAX_REASON = 64;

interface Kept {
  readonly received: number;
  readonly lost: readonly (readonly [reason: string, count: number])[];
}

/** Counts the spans that have come, and those that were lost on the way. */
export class SpanCounts {
  received = 0;
  readonly #lost = new Map<string, number>();

  lose(reason: string, count: number): void {
    const short = wellFormed(reason.slice(0, MAX_REASON));
    const isKnown = this.#lost.has(short) || this.#lost.size < MOST_REASONS;
    const told = isKnown ? short : 'other';
    this.#lost.set(told, (this.#lost.get(told) ?? 0) + count);
  }

  /** @param waiting how many spans are here */
  families(waiting: number): MetricFamily[] {
    const head = { unit: '', labels: {}, data: 'number', labelNames: [] as string[] } as const;
    const alone = [{ labelNames: [], labelValues: [] }];
    const lost = [...this.#lost];
    const families: MetricFamily[] = [
      {
        ...{ ...head, name: 'telemetry_spans_total', description: 'Spans that were recorded' },
        ...{ type: MetricType.Counter, series: alone, values: Float64Array.of(this.received) },
      },
      {
        ...{
          ...head,
          name: 'telemetry_spans_waiting',
          description: 'Spans that are yet to be sent',
        },
        ...{ type: MetricType.Gauge, series: alone, values: Float64Array.of(waiting) },
      },
    ];
    if (lost.length === 0) return families;
    const labelNames = ['reason'];
    const dropped: MetricFamily = {
      ...{ ...head, name: 'telemetry_spans_dropped_total', type: MetricType.Counter, labelNames },
      description: 'Spans that were recorded, or should have been, and are not sent',
      series: lost.map(([reason]) => ({ labelNames, labelValues: [reason] })),
      values: Float64Array.from(lost, ([, count]) => count),
    };
    return [...families, dropped];
  }

  get kept(): Kept {
    return { received: this.received, lost: [...this.#lost] };
  }

  restore({ received, lost }: Kept): void {
    this.received += received;
    for (const [reason, count] of lost) this.lose(reason, count);
  }
}
