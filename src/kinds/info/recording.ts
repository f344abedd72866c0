import { BoundSeries } from '../bound-series.ts';
import type { Collect, CollectedSeries } from '../collected-kind.ts';
import { NO_UNIT, optionsWith, wrong } from '../definition.ts';
import type { MetricOptions, RecordingKind } from '../recording-kind.ts';
import { ScalarMetric } from '../scalar-metric.ts';
import { INFO_NAME, infoKind } from './shape.ts';

/** The options of `registerInfo()`. */
export interface InfoOptions<N extends string = string, I = unknown>
  extends Omit<MetricOptions<N>, 'unit' | 'expireAfter'> {
  /**
   * Called just before a collection run or scrape reads the info, for facts that are known then. What it
   * returns, or resolves to, are the labels of a series, or of all series that this thread has.
   */
  collect?: Collect<I, CollectedSeries<N, { readonly value?: 1 }>> | undefined;
}

/**
 * One series of an info. It is 1 for as long as it is there.
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * const hosts = collector.registerInfo('host_info', 'What it talks to', { labelNames: ['host'] });
 * hosts.labels({ host: 'db-1' }); // shows the series; hosts.remove({ host: 'db-1' }) takes it away
 * ```
 */
export class BoundInfo extends BoundSeries {
  /** @internal */
  get value(): number {
    return 1;
  }
}

/**
 * Facts that do not change while the thread runs, such as a version, as labels. The value is always 1. If
 * it has label names, `labels()` shows a series and `remove()` takes it away.
 * @example
 * ```ts
 * import { formatPrometheus, TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * collector.registerInfo('build_info', 'What runs', { labels: { version: '1.4.2' } });
 * console.log((await formatPrometheus(collector)).includes('build_info{version="1.4.2"} 1'));
 * // -> true
 * await collector.shutdown();
 * ```
 */
export class Info<N extends string = string> extends ScalarMetric<N, BoundInfo, 'info'> {
  /** @internal */
  protected override bind(): BoundInfo {
    return new BoundInfo(this);
  }
}

export const recordingInfo: RecordingKind<Info> = {
  ...infoKind,
  options: { ...optionsWith(), unit: NO_UNIT },
  shape(name) {
    if (INFO_NAME.test(name)) return {};
    throw wrong('invalid_name', name, 'is no name of an info', 'end it in _info, as in build_info');
  },
  metric: Info,
};
