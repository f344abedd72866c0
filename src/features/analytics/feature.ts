import type {
  Analyses,
  Changes,
  ChangesOptions,
  Correlation,
  Description,
} from '../../analytics/analyses.ts';
import { TelemetryError } from '../../model.ts';
import { check, checked } from '../../options.ts';
import type { Feature, FeatureCall } from '../../protocol/feature.ts';
import { CHANGES, soundSpans } from './changes-options.ts';
import {
  type AnalyticsConfig,
  type AnalyticsOptions,
  CORRELATE,
  checkedAnalyticsOptions,
  SPAN,
} from './options.ts';
import { type TargetPlan, targetPlan } from './target.ts';
import { Watches } from './watches.ts';

export type {
  Analyses,
  Change,
  ChangePoint,
  Changes,
  ChangesOptions,
  Contribution,
  CorrelateOptions,
  Correlation,
  DescribeOptions,
  Description,
  QuantileEstimate,
  Season,
  Statistics,
  Target,
  TimeSpan,
  Trend,
  Watch,
  WatchedSeriesStatus,
  WatchOptions,
} from '../../analytics/analyses.ts';
export type { AnalyticsOptions } from './options.ts';

/**
 * Watches metrics and expressions for what is unusual, and describes what the history has of them, all beside the
 * collector. Only `watch()` of a metric works without `history()`, and expressions need `promql()`: both come before
 * it in `use`.
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { analytics } from 'utilityfog-telemetry/analytics';
 * import { history } from 'utilityfog-telemetry/history';
 * import { promql } from 'utilityfog-telemetry/promql';
 *
 * const collector = new TelemetryCollector({ use: [history(), promql(), analytics()] });
 * collector.watch('rate(errors_total[1m])', { name: 'errors', threshold: 0.9 });
 * collector.addHook('anomaly', ({ text }) => console.log(text));
 * await collector.shutdown();
 * ```
 */
export function analytics(options?: AnalyticsOptions | null): Feature<Analyses> {
  const given = checkedAnalyticsOptions(options);
  let life: string | undefined;
  return {
    name: 'analytics',
    // The life begins when a collector starts: at module scope of workerd there is no chance.
    get config(): AnalyticsConfig {
      life ??= `${Math.random()}`;
      return { ...given, life };
    },
    code: {
      url: () => new URL('./analytics-part.js', import.meta.url),
      text: async () => (await import('../part-text.ts')).partText,
      module: () => import('./part.ts'),
    },
    api: analyses,
  };
}

function analyses(call: FeatureCall, others: readonly string[]): Analyses {
  const needs = (what: string, ...names: readonly string[]) => {
    if (names.every((name) => others.includes(name))) return;
    const use = [...names, 'analytics'].map((name) => `${name}()`).join(', ');
    throw new TelemetryError('invalid_option', `${what} needs \`use: [${use}]\`, in this order`);
  };
  const history = (what: string, plan: TargetPlan) =>
    needs(what, 'history', ...('expr' in plan ? ['promql'] : []));
  const watches = new Watches(call, (plan) => {
    if ('expr' in plan) needs('watch() of an expression', 'history', 'promql');
  });
  return {
    watch: (target, options) => watches.add(target, options),
    async describe(target, options) {
      const plan = targetPlan('describe()', target);
      history('describe()', plan);
      const { over } = checked('describe()', options, SPAN);
      return (await call('describe', plan, over)) as Description;
    },
    async correlate(one, other, options) {
      const plans = [targetPlan('correlate()', one), targetPlan('correlate()', other)] as const;
      for (const plan of plans) history('correlate()', plan);
      const { over, maxLag = over / 4 } = checked('correlate()', options, CORRELATE);
      return (await call('correlate', ...plans, over, maxLag)) as Correlation;
    },
    async changes(options: ChangesOptions) {
      needs('changes()', 'history');
      const taken = checked('changes()', options, CHANGES);
      check('changes() options', taken, soundSpans);
      return (await call('changes', { ...taken })) as Changes;
    },
  };
}
