import { type ResourceOption, resourceAttributes } from '../../features/traces/resource.ts';
import { INSTRUMENT_FLAGS, INSTRUMENT_LABELS } from '../../kinds/instrument-labels.ts';
import type { TelemetryCollector } from '../../telemetry-collector.ts';
import { attributesText } from './attributes.ts';

const NAME = 'target_info';
const TARGET = `["target","","",${INSTRUMENT_FLAGS.resource},"","","",[]]`;

/**
 * Shows a resource as `target_info`, of which OTLP makes the resource again. The attributes that it finds later replace
 * those that it has now.
 */
export function showResource(collector: TelemetryCollector, resource: ResourceOption): void {
  const [byInstrument, byAttributes] = INSTRUMENT_LABELS as [string, string];
  const info =
    collector.getMetric(NAME) ??
    collector.registerInfo(NAME, 'Target metadata', { labelNames: [byInstrument, byAttributes] });
  if (info.type !== 'info') return;
  let shown: Record<string, string> | undefined;
  const show = () => {
    const text = attributesText(resourceAttributes(resource));
    if (shown?.[byAttributes] === text) return;
    if (shown) info.remove(shown);
    shown = { [byInstrument]: TARGET, [byAttributes]: text };
    info.labels(shown);
  };
  show();
  const { asyncAttributesPending, waitForAsyncAttributes } = resource;
  if (asyncAttributesPending === true && typeof waitForAsyncAttributes === 'function') {
    Promise.resolve(waitForAsyncAttributes.call(resource))
      .then(show)
      .catch(() => {}); // those that it had stay
  }
}
