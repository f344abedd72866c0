import { isListOf } from '../model.ts';
import type { OwnerClient, ThreadClient } from '../protocol/client.ts';
import type { Calls } from './guarded-endpoint.ts';

/** The calls that the collector may make to a recording thread, each with a check of its arguments. */

const isNumber = (value: unknown): boolean => typeof value === 'number';
const isText = (value: unknown): boolean => typeof value === 'string';
const isBytes = (value: unknown): boolean => ArrayBuffer.isView(value);
const fieldsOf = (value: unknown) => (value ?? {}) as Readonly<Record<string, unknown>>;

export function isErasure(value: unknown): boolean {
  const { what, family, labelValues, id } = fieldsOf(value);
  if (id !== undefined && !isNumber(id)) return false;
  const isOfFamily = (what === 'remove' || what === 'clear') && isText(family);
  const isReset = what === 'reset' && (family === undefined || isText(family));
  const values = labelValues === undefined || isListOf(isText, labelValues);
  return (isOfFamily || isReset) && values;
}

const isIdle = (value: unknown): boolean => {
  const { family, labelValues, address, activity } = fieldsOf(value);
  const isKnown = isText(family) && isListOf(isText, labelValues);
  return isKnown && isNumber(address) && isNumber(activity);
};

export const THREAD_CALLS: Calls<ThreadClient> = {
  refresh: () => true,
  collected: isNumber,
  sendEvents: () => true,
  expire: (idle) => isListOf(isIdle, idle),
  collectionRan: (run) => {
    const names = ['duration', 'collector_seconds', 'metrics_count', 'events_count'];
    return names.every((name) => isNumber(fieldsOf(run)[name]));
  },
  exportDue: isNumber,
  exportHeaders: isNumber,
  exported: (ticket, succeeded) => isNumber(ticket) && typeof succeeded === 'boolean',
  erase: isErasure,
};

/** The calls that the collector may make to the thread that has started it. */
export const OWNER_CALLS: Calls<OwnerClient> = {
  ...THREAD_CALLS,
  keep: (handover) => {
    const { latest, totals, memory, events, states } = fieldsOf(handover);
    const isWhole = isBytes(latest) && (totals === undefined || isBytes(totals));
    const areEvents = events === undefined || isBytes(fieldsOf(events).texts);
    const isListOrNone = (list: unknown) => list === undefined || Array.isArray(list);
    return isWhole && areEvents && isListOrNone(memory) && isListOrNone(states);
  },
  adopt: (thread, port) =>
    isNumber(thread) && typeof (port as MessagePort | null)?.postMessage === 'function',
  threadLeft: isNumber,
  warn: isText,
  delivery: (report) => isText(fieldsOf(report).outcome),
  hook: (type, told) => isText(type) && Array.isArray(told),
  answer: (part, question) => isText(part) && isText(question),
  inform: isText,
};
