// What a collector needs for more than metrics as Prometheus text. An edge function loads it only then.
export { compressed } from '../bytes/compressed.ts';
export { ExportSchedule } from '../collector/export-schedule.ts';
export { eventTexts, newestEvents } from '../events/event-reader.ts';
export { renderJson, toJsonSnapshot } from '../formats/json.ts';
