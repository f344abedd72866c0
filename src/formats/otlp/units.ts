/**
 * What the units of Prometheus are called in UCUM, which OpenTelemetry uses:
 * https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#metric-metadata
 */
const UCUM: Readonly<Record<string, string>> = {
  days: 'd',
  hours: 'h',
  minutes: 'min',
  seconds: 's',
  milliseconds: 'ms',
  microseconds: 'us',
  nanoseconds: 'ns',
  bytes: 'By',
  kibibytes: 'KiBy',
  mebibytes: 'MiBy',
  gibibytes: 'GiBy',
  tebibytes: 'TiBy',
  kilobytes: 'kBy',
  megabytes: 'MBy',
  gigabytes: 'GBy',
  terabytes: 'TBy',
  meters: 'm',
  volts: 'V',
  amperes: 'A',
  joules: 'J',
  watts: 'W',
  grams: 'g',
  celsius: 'Cel',
  hertz: 'Hz',
  percent: '%',
};

/** Returns a unit as OpenTelemetry writes it. A unit that is in no table stays as it is. */
export function ucumUnit(unit: string): string {
  return Object.hasOwn(UCUM, unit) ? UCUM[unit]! : unit;
}
