import * as units from '@grafana/grafana-foundation-sdk/units';
import type { DashboardFamily } from './family.ts';

/** What Grafana calls the units of Prometheus, and what it calls so many of them per second. */
const UNITS: Readonly<Record<string, readonly [unit: string, perSecond?: string]>> = {
  seconds: [units.Seconds, units.PercentUnit],
  milliseconds: [units.Milliseconds],
  nanoseconds: [units.Nanoseconds],
  bytes: [units.BytesIEC, units.BytesPerSecondIEC],
  bits: [units.BitsIEC, units.BitsPerSecondIEC],
  ratio: [units.PercentUnit],
  percent: [units.Percent],
  celsius: [units.Celsius],
  kelvin: [units.Kelvin],
  volts: [units.Volt],
  amperes: [units.Ampere],
  watts: [units.Watt],
  joules: [units.Joule, units.Watt],
  grams: [units.Gram],
  meters: [units.Meter],
  metres: [units.Meter],
  hertz: [units.Hertz],
  requests: [units.Short, units.RequestsPerSecond],
};

/** Returns Grafana's unit of what a metric measures. */
export function unitOf(family: DashboardFamily): string {
  return found(family)?.[0] ?? units.Short;
}

/** Returns Grafana's unit of how fast a counter rises. Seconds per second are a share of the time. */
export function rateUnitOf(family: DashboardFamily): string {
  return found(family)?.[1] ?? units.CountsPerSecond;
}

/** Returns the unit of what is counted per second, such as observations. */
export const EVENTS_PER_SECOND: string = units.CountsPerSecond;
/** The unit of a point in time, in milliseconds. Grafana shows how long ago it was. */
export const TIME_AGO: string = units.DateTimeFromNow;

function found({ name, unit }: DashboardFamily) {
  const words = name.replace(/_total$/, '').split(/[^a-zA-Z]+/);
  const known = unit || words.at(-1) || '';
  return Object.hasOwn(UNITS, known) ? UNITS[known] : undefined;
}
