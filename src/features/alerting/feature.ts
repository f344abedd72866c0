import type { Feature } from '../../protocol/feature.ts';
import type { ActiveAlert, RuleGroup } from '../promql/query-part.ts';
import { type AlertingOptions, checkedAlertingOptions } from './options.ts';
import type { RuleFileError } from './rule-file.ts';
import { yamlPart } from './yaml/feature.ts';

export type { ActiveAlert, AlertingRule, RecordingRule, RuleGroup } from '../promql/query-part.ts';
export { type BrowserNotificationOptions, browserNotifications } from './browser-notifications.ts';
export {
  type AlertNotifier,
  alertmanager,
  consoleNotifier,
  type GroupingOptions,
  type NotifierOptions,
  type PagerDutyOptions,
  pagerduty,
  slack,
  type WebhookOptions,
  webhook,
} from './notify/notifiers.ts';
export type {
  AlertingOptions,
  RuleFile,
  RuleFileGroup,
  RuleFileRule,
  RulesInput,
} from './options.ts';
export type { RuleFileError } from './rule-file.ts';

/** What `collector.feature(alerting)` offers. */
export interface AlertingApi {
  /** Resolves to all groups of rules and their states, in the form of Prometheus' HTTP API. */
  rules(): Promise<readonly RuleGroup[]>;
  /** Resolves to the alerts that are pending or firing. */
  alerts(): Promise<readonly ActiveAlert[]>;
  /** Resolves to the mistakes in the rules. Groups with mistakes do not run. */
  errors(): Promise<readonly RuleFileError[]>;
}

/**
 * Evaluates the rules of Prometheus beside the collector, and tells of alerts. It needs `history()` and `promql()`
 * before it in `use`.
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { alerting, consoleNotifier } from 'utilityfog-telemetry/alerting';
 * import { history } from 'utilityfog-telemetry/history';
 * import { promql } from 'utilityfog-telemetry/promql';
 *
 * const rules = {
 *   groups: [{ name: 'shop', rules: [{ alert: 'NoOrders', expr: 'rate(orders_total[5m]) == 0' }] }],
 * };
 * const collector = new TelemetryCollector({
 *   use: [history(), promql(), alerting({ rules, notify: [consoleNotifier()] })],
 * });
 * collector.addHook('alert', ({ name, state }) => console.log(name, state));
 * await collector.shutdown();
 * ```
 */
export function alerting(options: AlertingOptions): Feature<AlertingApi> {
  const checked = checkedAlertingOptions(options);
  return {
    name: 'alerting',
    ...checked,
    needs: checked.config.rules.some(({ rules }) => typeof rules === 'string') ? [yamlPart] : [],
    code: {
      url: () => new URL('./alerting-part.js', import.meta.url),
      text: async () => (await import('../part-text.ts')).partText,
      module: () => import('./part.ts'),
    },
    api: (call) => ({
      rules: () => call('rules') as Promise<readonly RuleGroup[]>,
      alerts: () => call('alerts') as Promise<readonly ActiveAlert[]>,
      errors: () => call('errors') as Promise<readonly RuleFileError[]>,
    }),
  };
}
