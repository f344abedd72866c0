/** The collector of the page. Beside it run its memory of the last minutes, and queries about it. */
import { TelemetryCollector, type TelemetryCollectorOptions } from 'utilityfog-telemetry';
import { history } from 'utilityfog-telemetry/history';
import { promql } from 'utilityfog-telemetry/promql';

/** The view of queries shows no more. Seconds. */
const RETENTION = 20 * 60;

/** @param link how the page and the collector meet; the best way unless given */
export function makeCollector(link: TelemetryCollectorOptions['link']): TelemetryCollector {
  return new TelemetryCollector({
    collectionInterval: 1,
    persist: { name: 'demo' },
    use: [history({ retention: RETENTION }), promql()],
    link,
  });
}
