import { type ResourceOption, resourceAttributes } from '../../features/traces/resource.ts';
import type { TelemetryCollector } from '../../telemetry-collector.ts';
import type { SeriesKey } from './metrics/series.ts';

const NAME = 'target_info';

/**
 * Shows a resource as `target_info`, of which OTLP makes the resource again. The attributes that it finds later replace
 * those that it has now.
 * @param keyOf returns the labels for attributes
 */
export function showResource(
  collector: TelemetryCollector,
  resource: ResourceOption,
  keyOf: (attributes: unknown) => SeriesKey,
): void {
  const labelNames = Object.keys(keyOf({}));
  const info =
    collector.getMetric(NAME) ?? collector.registerInfo(NAME, 'Target metadata', { labelNames });
  if (info.type !== 'info') {
    const why = `${NAME} is a metric of the application, so the resource is not shown; rename the metric`;
    collector.fail('definition', `opentelemetry: ${why}`);
    return;
  }
  let shown: SeriesKey | undefined;
  const show = () => {
    const key = keyOf(resourceAttributes(resource));
    if (labelNames.every((name) => shown?.[name] === key[name])) return;
    if (shown) info.remove(shown);
    shown = key;
    info.labels(key);
  };
  show();
  const { asyncAttributesPending, waitForAsyncAttributes } = resource;
  if (asyncAttributesPending === true && typeof waitForAsyncAttributes === 'function') {
    Promise.resolve(waitForAsyncAttributes.call(resource))
      .then(show)
      .catch(() => {}); // those that it had stay
  }
}
