// What a collector needs for more than metrics as Prometheus text. An edge function loads it only then.
import { runToEnd } from '../collector/run-to-end.ts';
import { json } from '../formats/json.ts';
import { prometheusText } from '../formats/prometheus-format.ts';
import { type Rendering, rendering } from '../formats/rendering.ts';

export { ExportSchedule } from '../collector/export-schedule.ts';
export { eventTexts, newestEvents } from '../events/event-reader.ts';
export { toJsonSnapshot } from '../formats/json.ts';

export function edgeRendering(): Rendering {
  return rendering([prometheusText, json], async (work) => runToEnd(work));
}
