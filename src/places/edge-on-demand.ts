// What a collector needs for anything but metrics as Prometheus text. An edge function loads this file then.
import { runToEnd } from '../collector/run-to-end.ts';
import { NO_STORAGE } from '../collector/services.ts';
import { exporting, type RunExport } from '../delivery/export.ts';
import { httpDestination } from '../delivery/http-destination.ts';
import { noDestination } from '../delivery/no-destination.ts';
import type { Format } from '../formats/format.ts';
import { json } from '../formats/json.ts';
import { openMetrics } from '../formats/openmetrics/openmetrics.ts';
import { prometheusText } from '../formats/prometheus-format.ts';
import { metricFamilies } from '../formats/protobuf/metric-families.ts';
import { type Rendering, rendering } from '../formats/rendering.ts';
import { clock } from '../platform/clock.ts';

export { Expiry } from '../collector/expiry.ts';
export { ExportSchedule } from '../collector/export-schedule.ts';
export { eventTexts, newestEvents } from '../events/event-reader.ts';
export { toJsonSnapshot } from '../formats/json.ts';

const FORMATS = [prometheusText, json, forgetful(openMetrics), forgetful(metricFamilies)] as const;

/** Returns a format that remembers nothing. An isolate has little memory, and little to write. */
function forgetful(format: Format): Format {
  return { ...format, open: () => ({ write: (...what) => format.open().write(...what) }) };
}

/** Makes what one collector writes and exports with. */
export function edgeOutput(): { rendering: Rendering; runExport: RunExport } {
  const written = rendering(FORMATS, async (work) => runToEnd(work));
  const runExport = exporting(clock, async () => written, [
    noDestination(NO_STORAGE),
    httpDestination(),
  ]);
  return { rendering: written, runExport };
}
