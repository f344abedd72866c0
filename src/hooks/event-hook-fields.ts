import type { TelemetryEvent } from '../model.ts';
import { COLLECTOR, check } from '../options.ts';
import { ownFields } from '../platform/realm.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';

/** For gauges that hold until an event says otherwise, however long that takes. */
export const HOLDS = { expireAfter: Infinity };

type Fields = Readonly<Record<string, unknown>>;

/**
 * Runs `setup` once per collector, so that hot reload does not count every event twice.
 * @throws TelemetryError `invalid_option` if `collector` is none
 */
export function once<T>(
  collector: TelemetryCollector,
  name: string,
  setup: () => T,
): T | undefined {
  check(`${name} hooks: collector`, collector, COLLECTOR);
  const { hooksSetUp } = collector;
  if (hooksSetUp.has(name)) return undefined;
  const result = setup();
  // Noted only now, so that what could not be registered can be tried again.
  hooksSetUp.add(name);
  return result;
}

/** Returns the fields of an event's value; none if it has no fields. */
export function fieldsOf({ value }: TelemetryEvent): Fields {
  return typeof value === 'object' && value !== null ? ownFields(value as Fields) : {};
}

/** Passes a field on if the event has it. The metric refuses one of the wrong kind. */
export function ifGiven(field: unknown, record: (value: number) => void): void {
  if (field !== undefined && field !== null) record(field as number);
}
