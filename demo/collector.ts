/**
 * The collector of the page. Beside it run its memory of the last minutes, queries about it, alerts, detectors
 * of anomalies, and what receives its traces.
 */
import { TelemetryCollector, type TelemetryCollectorOptions } from 'utilityfog-telemetry';
import { alerting } from 'utilityfog-telemetry/alerting';
import { analytics } from 'utilityfog-telemetry/analytics';
import { history } from 'utilityfog-telemetry/history';
import { promql } from 'utilityfog-telemetry/promql';
import rules from './rules.yml';
import { traceReceiver } from './traces/trace-receiver.ts';

/** The view of queries shows no more. Seconds. */
const RETENTION = 20 * 60;

export const alerts = alerting({ rules });

/** @param link how the page and the collector meet; the best way unless given */
export function makeCollector(link: TelemetryCollectorOptions['link']): TelemetryCollector {
  return new TelemetryCollector({
    collectionInterval: 1,
    // A page that stands still is soon read without it.
    collectTimeout: 0.4,
    persist: { name: 'demo' },
    use: [history({ retention: RETENTION }), promql(), analytics(), alerts, traceReceiver],
    link,
  });
}
