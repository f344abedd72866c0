// What a collector needs for anything but metrics as Prometheus text. An edge function loads this file then.
import { runToEnd } from '../collector/run-to-end.ts';
import { NO_STORAGE } from '../collector/services.ts';
import { exporting, type RunExport } from '../delivery/export.ts';
import { noDestination } from '../delivery/no-destination.ts';
import { json } from '../formats/json.ts';
import { prometheusText } from '../formats/prometheus-format.ts';
import { type Rendering, rendering } from '../formats/rendering.ts';
import { clock } from '../platform/clock.ts';

export { ExportSchedule } from '../collector/export-schedule.ts';
export { eventTexts, newestEvents } from '../events/event-reader.ts';
export { toJsonSnapshot } from '../formats/json.ts';

/** Makes what one collector writes and exports with. */
export function edgeOutput(): { rendering: Rendering; runExport: RunExport } {
  const written = rendering([prometheusText, json], async (work) => runToEnd(work));
  const runExport = exporting(clock, async () => written, [noDestination(NO_STORAGE)]);
  return { rendering: written, runExport };
}
