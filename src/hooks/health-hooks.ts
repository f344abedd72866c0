import type { TelemetryCollector } from '../telemetry-collector.ts';
import { fieldsOf, HOLDS, ifGiven, once } from './event-hook-fields.ts';

const STATUSES = ['UNKNOWN', 'HEALTHY', 'DEGRADED', 'UNHEALTHY'];

/**
 * Registers the health metrics and feeds them from events named `health_check`, with `status`
 * (`UNKNOWN`, `HEALTHY`, `DEGRADED`, `UNHEALTHY`, in any case) and `duration_seconds`, both
 * optional. A second call does nothing.
 * @example
 * ```ts
 * import { setupHealthHooks, TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * setupHealthHooks(collector);
 * collector.recordEvent('health_check', { status: 'HEALTHY', duration_seconds: 0.01 });
 * console.log(collector.getMetric('health_status')?.type);
 * // -> gauge
 * await collector.shutdown();
 * ```
 */
export function setupHealthHooks(collector: TelemetryCollector): void {
  once(collector, 'health', () => {
    const health = collector.registerGauge(
      'health_status',
      'Current health status (0=unknown, 1=healthy, 2=degraded, 3=unhealthy)',
      HOLDS,
    );
    const checks = collector.registerCounter(
      'health_checks_total',
      'Total health checks performed',
    );
    const duration = collector.registerHistogram(
      'health_check_duration_seconds',
      'Health check duration',
      { unit: 'seconds' },
    );
    collector.addHook('health_check', (event) => {
      checks.increment();
      const { status, duration_seconds } = fieldsOf(event);
      ifGiven(status, () => {
        const name = typeof status === 'string' ? status.toUpperCase() : '';
        health.set(Math.max(0, STATUSES.indexOf(name)));
      });
      ifGiven(duration_seconds, (seconds) => duration.observe(seconds));
    });
  });
}
