import { formatNumber } from './sample-lines.ts';

/** The exponents from which on Go writes a number with an exponent. */
const SMALL = -4;
const LARGE = 6;

/**
 * Returns a number that is a label value (`le`, `quantile`) as Prometheus and its clients write it: as Go does,
 * with `.0` if there would be neither a point nor an exponent. So a series is the same one whichever way it
 * reaches a server. https://prometheus.io/docs/specs/om/open_metrics_spec/#considerations-canonical-numbers
 */
export function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) return formatNumber(value);
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const power = Number(exponent);
  if (value !== 0 && (power < SMALL || power >= LARGE)) {
    return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  const text = String(value);
  return text.includes('.') ? text : `${text}.0`;
}
