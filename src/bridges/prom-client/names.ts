const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * Whether prom-client takes this as the name of a metric.
 * @example
 * ```ts
 * import { validateMetricName } from 'utilityfog-telemetry/prom-client';
 *
 * console.log(validateMetricName('orders_total'), validateMetricName('no spaces'));
 * // -> true false
 * ```
 */
export function validateMetricName(name: string): boolean {
  return METRIC_NAME.test(name);
}

export function areLabelNames(names: readonly string[]): boolean {
  return names.every((name) => LABEL_NAME.test(name));
}
