// What a collector needs for more than metrics as Prometheus text. An edge function loads it only then.
export { compressed } from './bytes/compressed.ts';
export { eventTexts, newestEvents } from './collector/event-texts.ts';
export { ExportSchedule } from './collector/export-schedule.ts';
export { renderJson, toJsonSnapshot } from './formats/json.ts';
