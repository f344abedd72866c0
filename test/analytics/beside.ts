/** A part of `analytics()` beside which time passes as the test says. */
import type {
  AnomalyReport,
  Blobs,
  MetricFamily,
  PartHost,
  SeriesLabels,
} from 'utilityfog-telemetry';
import type { WatchedSeriesStatus } from '../../src/analytics/analyses.ts';
import { start } from '../../src/features/analytics/part.ts';
import type { WatchPlan } from '../../src/features/analytics/watch-plan.ts';

interface Around {
  readonly seriesLimit?: number;
  readonly life?: string;
  /** Where the part keeps what is large; nowhere unless given. */
  readonly blobs?: (name: string) => Promise<Blobs>;
}

export class Beside {
  now = 1_800_000_000;
  elapsed = 1000;
  readonly told: AnomalyReport[] = [];
  readonly failures: string[] = [];
  readonly part: ReturnType<typeof start>;

  constructor({ blobs = async () => undefined as never, ...config }: Around = {}) {
    const host = {
      clock: { now: () => this.now, elapsed: () => this.elapsed },
      part: () => undefined,
      hook: (_: string, told: AnomalyReport) => void this.told.push(told),
      event: () => {},
      fail: (_: string, message: string) => void this.failures.push(message),
      blobs,
    };
    this.part = start(host as never as PartHost, { seriesLimit: 10_000, life: 'a', ...config });
  }

  watch(plan: Partial<WatchPlan> = {}): void {
    const whole = { name: 'w', threshold: 0.9, quantiles: [0.5], target: { metric: 'x' } };
    (this.part.calls!.watch as (plan: object) => void)({ ...whole, ...plan });
  }

  series(name = 'w'): WatchedSeriesStatus[] {
    return (this.part.calls!.series as (name: string) => WatchedSeriesStatus[])(name);
  }

  run(family: MetricFamily | undefined, seconds = 10): void {
    this.now += seconds;
    this.elapsed += seconds;
    const families = family ? [family] : [];
    const about = { timestamp: this.now, eventsCount: 0, running: true };
    this.part.sampled!({ ...about, families });
  }

  own(name: string): number[] {
    const family = this.part.adds!().find((one) => one.name === `telemetry_${name}`);
    return [...(family?.values ?? [])];
  }
}

export const NO_LABELS: readonly SeriesLabels[] = [{ labelNames: [], labelValues: [] }];
export const labelled = (zones: readonly string[]): SeriesLabels[] =>
  zones.map((zone) => ({ labelNames: ['zone'], labelValues: [zone] }));

export function family(
  type: string,
  values: readonly number[],
  series: readonly SeriesLabels[] = NO_LABELS,
): MetricFamily {
  return {
    ...{ name: 'x', description: '', unit: '', labels: {}, type, data: 'number', series },
    ...{ labelNames: series[0]?.labelNames ?? [], values: Float64Array.from(values) },
  };
}
