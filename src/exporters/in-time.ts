import { SECONDS } from '../options.ts';
import { after, monotonic } from '../platform/timers.ts';
import type { MetricsExporter } from './metrics-exporter.ts';

/** More than a flush waits for exports: one that flushes goes on then, where nobody sees that it does. Seconds. */
const DEFAULT_TIMEOUT = 15;
/** So many that were given up may not have settled, before no other is begun. */
const MAX_UNSETTLED = 10;
/** They are taken to settle never after so long, and count no longer. Seconds. */
const FORGOTTEN_AFTER = 600;

/** When those were given up that have not settled since. */
const unsettled = new WeakMap<MetricsExporter, Set<{ readonly since: number }>>();

/**
 * An export that has not settled in time failed: what comes after it does not wait for it. Holds no
 * process.
 * @param run never rejects
 * @param late is told why it failed
 */
export async function inTime(
  exporter: MetricsExporter,
  run: () => Promise<boolean>,
  late: (what: string) => void,
): Promise<boolean> {
  const given = exporter.exportTimeout;
  const { name } = exporter.constructor;
  const seconds = SECONDS[0](given) ? given! : DEFAULT_TIMEOUT;
  const left = unsettled.get(exporter) ?? new Set();
  unsettled.set(exporter, left);
  for (const one of left) if (monotonic() - one.since > FORGOTTEN_AFTER) left.delete(one);
  if (left.size >= MAX_UNSETTLED) {
    late(`${name} was not asked: ${left.size} exports of it have not settled`);
    return false;
  }
  return new Promise((resolve) => {
    let one: { readonly since: number } | undefined;
    const cancel = after(seconds, () => {
      one = { since: monotonic() };
      left.add(one);
      late(`${name} has not settled after ${seconds} seconds`);
      resolve(false);
    });
    void run().then((succeeded) => {
      cancel();
      if (one) left.delete(one);
      resolve(succeeded);
    });
  });
}
