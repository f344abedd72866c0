/** What the units of UCUM are called in Prometheus, and what those are called that it has a word for per time. */
const UNITS = /* @__PURE__ */ pairsIn(
  'd:days h:hours min:minutes s:seconds ms:milliseconds us:microseconds ns:nanoseconds ' +
    'By:bytes KiBy:kibibytes MiBy:mebibytes GiBy:gibibytes TiBy:tebibytes ' +
    'kBy:kilobytes MBy:megabytes GBy:gigabytes TBy:terabytes ' +
    'm:meters V:volts A:amperes J:joules W:watts g:grams Cel:celsius Hz:hertz %:percent ' +
    '/s:second /m:minute /h:hour /d:day /w:week /mo:month /y:year',
);

function pairsIn(text: string): ReadonlyMap<string, string> {
  return new Map(text.split(' ').map((pair) => pair.split(':') as [string, string]));
}

/** Returns what every reader takes as part of a name: words with one underscore between two of them. */
const words = (text: string): string =>
  text
    .split(/[^a-zA-Z\d:]+/)
    .filter(Boolean)
    .join('_');

/** Returns a unit as it stands in names of Prometheus. Annotations in braces are no units. */
export function prometheusUnit(ucum: string, isGauge: boolean): string {
  const [unit = '', per = ''] = ucum.replace(/\{[^}]*\}/g, '').split('/');
  if (unit === '1' && !per) return isGauge ? 'ratio' : '';
  const amount = unit === '1' ? '' : (UNITS.get(unit) ?? words(unit));
  const rate = UNITS.get(`/${per}`) ?? words(per);
  return [amount, rate && `per_${rate}`].filter(Boolean).join('_');
}

/**
 * Returns what an instrument is called in Prometheus:
 * https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#otlp-metric-points-to-prometheus
 * @param unit as Prometheus calls it
 * @param variant tells it from others that would be called the same
 */
export function prometheusName(
  name: string,
  unit: string,
  isCounter: boolean,
  variant: number,
): string {
  let stem = words(name).replace(/^(\d|$)/, '_$1');
  if (isCounter) stem = stem.replace(/_total$/, '');
  if (variant > 1) stem += `_${variant}`;
  if (unit && !`_${stem}`.endsWith(`_${unit}`)) stem += `_${unit}`;
  return isCounter ? `${stem}_total` : stem;
}
