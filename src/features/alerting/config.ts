import type { NotifierPlan } from './notify/notification.ts';
import type { RestoreOptions } from './remembered-alerts.ts';
import type { RuleSource } from './rule-file.ts';

/** What the part is started with. All times are in seconds. */
export interface AlertingConfig extends RestoreOptions {
  readonly rules: readonly RuleSource[];
  readonly notify: readonly NotifierPlan[];
  /** Labels that notifications get where an alert has none of that name. */
  readonly externalLabels: Readonly<Record<string, string>>;
  /** What links in notifications begin with. */
  readonly externalUrl: string;
  /** The interval of groups that have none. */
  readonly interval: number;
  /** After which time notifiers are told again of an alert. */
  readonly resendDelay: number;
}
