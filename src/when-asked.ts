// What a collector is asked for besides the Prometheus text. An edge function loads it only then.
export { compressed } from './bytes/compressed.ts';
export { newestEvents } from './collector/event-texts.ts';
export { renderJson, toJsonSnapshot } from './formats/json.ts';
