import { type Exemplar, type MetricFamily, MetricType, type SeriesLabels } from '../../model.ts';
import { wellFormed } from '../../platform/realm.ts';
import { secondsBetween } from './durations.ts';
import type { ReadSpan } from './span-reader.ts';

/**
 * Names and labels are those of the connector `spanmetrics` of the OpenTelemetry Collector, which Grafana knows:
 * https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/connector/spanmetricsconnector
 */
const CALLS = 'traces_span_metrics_calls_total';
const DURATION = 'traces_span_metrics_duration_seconds';
const LABELS = ['span_name', 'span_kind', 'status_code'];
const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const CODES = ['UNSET', 'OK', 'ERROR'];

/** So many combinations of name, kind and status have metrics of their own. The others share one. */
const MOST_SERIES = 1000;
/** A name is cut after so many characters. */
const MAX_NAME = 128;
const OVERFLOW = 'otel.metric.overflow';

interface Series {
  readonly labels: SeriesLabels;
  sum: number;
  /** How many took up to each bound, and no less than the one before. The last has those above all. */
  readonly counts: number[];
  readonly exemplars: (Exemplar | undefined)[];
}

/** What is kept of a series over a restart. */
type Kept = readonly [labelValues: readonly string[], sum: number, counts: readonly number[]];

/** Counts spans by name: how many, how many have failed, how long they took. */
export class SpanMetrics {
  readonly #buckets: readonly number[];
  readonly #series = new Map<string, Series>();
  /** The same list while the series are the same, since formats remember what they wrote of it. */
  #list: readonly SeriesLabels[] = [];

  constructor(buckets: readonly number[]) {
    this.#buckets = buckets;
  }

  add(span: ReadSpan, isSent: boolean): void {
    const { name, kind, status, traceId, spanId, start, end } = span;
    const series = this.#of([
      // The cut may have halved a character, which no label value may have.
      wellFormed(name.slice(0, MAX_NAME)),
      `SPAN_KIND_${KINDS[kind] ?? KINDS[0]}`,
      `STATUS_CODE_${CODES[status.code] ?? CODES[0]}`,
    ]);
    const duration = secondsBetween(start, end);
    const found = this.#buckets.findIndex((bound) => duration <= bound);
    const bucket = found < 0 ? this.#buckets.length : found;
    series.sum += duration;
    series.counts[bucket]!++;
    // An exemplar leads to a trace, so there must be one.
    if (!isSent) return;
    const timestamp = end[0] + end[1] / 1e9;
    const labels = { trace_id: traceId, span_id: spanId };
    series.exemplars[bucket] = { labels, value: duration, timestamp };
  }

  families(): MetricFamily[] {
    if (this.#series.size === 0) return [];
    const all = [...this.#series.values()];
    if (this.#list.length !== all.length) this.#list = all.map(({ labels }) => labels);
    const head = { labels: {}, labelNames: LABELS, series: this.#list };
    const exemplars = new Map(all.map(({ labels, exemplars: of }) => [labels, of] as const));
    return [
      {
        ...{ ...head, name: CALLS, description: 'Spans that have ended', unit: '' },
        ...{ type: MetricType.Counter, data: 'number' },
        values: Float64Array.from(all, ({ counts }) => counts.reduce((sum, one) => sum + one, 0)),
      },
      {
        ...{ ...head, name: DURATION, description: 'How long spans took', unit: 'seconds' },
        ...{ type: MetricType.Histogram, data: 'buckets', buckets: this.#buckets, exemplars },
        values: Float64Array.from(all.flatMap(({ sum, counts }) => [sum, ...counts])),
      },
    ];
  }

  get kept(): readonly Kept[] {
    return [...this.#series.values()].map(({ labels, sum, counts }) => [
      labels.labelValues,
      sum,
      counts,
    ]);
  }

  /** Adds what another part has counted. What does not fit, such as that of other buckets, is passed over. */
  restore(kept: readonly Kept[]): void {
    for (const [labelValues, sum, counts] of kept) {
      if (counts.length !== this.#buckets.length + 1) continue;
      const series = this.#of(labelValues);
      series.sum += sum;
      counts.forEach((count, i) => {
        series.counts[i]! += count;
      });
    }
  }

  #of(labelValues: readonly string[]): Series {
    const key = labelValues.join('\0');
    const known = this.#series.get(key);
    if (known) return known;
    if (this.#series.size >= MOST_SERIES && labelValues[0] !== OVERFLOW) {
      return this.#of([OVERFLOW, '', '']);
    }
    const series: Series = {
      labels: { labelNames: LABELS, labelValues },
      sum: 0,
      counts: Array.from({ length: this.#buckets.length + 1 }, () => 0),
      exemplars: Array.from({ length: this.#buckets.length + 1 }, () => undefined),
    };
    this.#series.set(key, series);
    return series;
  }
}
