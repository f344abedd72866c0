import type { AlertReport } from '../../model.ts';
import { checked, type Rules } from '../../options.ts';
import type { TelemetryCollector } from '../../telemetry-collector.ts';

/** The options of `browserNotifications()`. */
export interface BrowserNotificationOptions {
  /**
   * Which changes are shown.
   * @defaultValue `['firing', 'resolved']`
   */
  states?: readonly AlertReport['state'][] | undefined;
}

const STATES = ['pending', 'firing', 'resolved', 'inactive'];
const RULES: Rules<BrowserNotificationOptions> = {
  states: [
    (value) => Array.isArray(value) && value.every((state) => STATES.includes(state)),
    `a list of ${STATES.join(', ')}`,
  ],
};

/**
 * Shows alerts as notifications of the browser, as far as the user has allowed it. It asks nobody by itself:
 * `request()` does, and must be called when the user has clicked something. Where there are no notifications,
 * nothing is shown.
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts browser
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { browserNotifications } from 'utilityfog-telemetry/alerting';
 *
 * const collector = new TelemetryCollector();
 * const notifications = browserNotifications(collector, { states: ['firing'] });
 * document.querySelector('button')?.addEventListener('click', () => notifications.request());
 * notifications.stop();
 * ```
 */
export function browserNotifications(
  collector: Pick<TelemetryCollector, 'addHook'>,
  options?: BrowserNotificationOptions,
): { request(): Promise<NotificationPermission>; stop(): void } {
  const { states = ['firing', 'resolved'] } = checked('browserNotifications()', options, RULES);
  const { Notification: shows } = globalThis as Partial<Pick<typeof globalThis, 'Notification'>>;
  const stop = collector.addHook('alert', (alert: AlertReport) => {
    if (shows?.permission === 'granted' && states.includes(alert.state)) show(shows, alert);
  });
  return { stop, request: async () => (await shows?.requestPermission()) ?? 'denied' };
}

function show(shows: typeof Notification, { name, state, labels, annotations }: AlertReport): void {
  const { alertname: _, ...others } = labels;
  const named = Object.entries(others).map(([label, value]) => `${label}=${value}`);
  const text = annotations.summary || annotations.description || named.join(', ');
  // A later state of an alert takes the place of the one before.
  const tag = JSON.stringify([name, Object.entries(labels).sort()]);
  new shows(`${state}: ${name}`, { body: text.slice(0, 500), tag });
}
