import { SECONDS } from '../options.ts';
import { after, monotonic } from '../platform/timers.ts';
import type { MetricsExporter } from './metrics-exporter.ts';

/**
 * How long an export may take, unless the exporter says otherwise. It is longer than a flush waits for
 * exports: an exporter that itself flushes can then go on. Seconds.
 */
const DEFAULT_TIMEOUT = 15;
/** While so many exports were given up and have not settled, no other one begins. */
const MAX_UNSETTLED = 10;
/** After so long an export is assumed never to settle, and no longer counts. Seconds. */
const FORGOTTEN_AFTER = 600;

/** The exports that were given up and have not settled since, by exporter. */
const unsettled = new WeakMap<MetricsExporter, Set<{ readonly since: number }>>();

/**
 * Runs an export. If it does not settle in time it counts as failed, and nobody waits for it any longer.
 * Holds no process.
 * @param run never rejects
 * @param late is told why the export failed
 */
export async function withTimeout(
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
