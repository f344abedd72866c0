import type { Registry } from '../metrics/registry.ts';
import type { Erasure } from '../model.ts';

/** Repeats here what another thread has reset or removed. */
export function repeatErasure(registry: Registry, { what, family, labelValues }: Erasure): void {
  if (what === 'reset') {
    for (const metric of registry.all) {
      if (family === undefined || metric.name === family) metric.resetSeries();
    }
  } else if (what === 'clear') {
    registry.metrics.get(family!)?.clearSeries();
  } else if (labelValues) {
    registry.metrics.get(family!)?.removeValues(labelValues);
  } else {
    registry.close(family!, 0);
  }
}
