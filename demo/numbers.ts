/** Formats numbers as they are shown. */
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const three = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
const threeDigits = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const twoDigits = new Intl.NumberFormat('en', { maximumSignificantDigits: 2 });
const percent = new Intl.NumberFormat('en', { style: 'percent', maximumSignificantDigits: 2 });
const clock = new Intl.DateTimeFormat('en', { timeStyle: 'medium', hourCycle: 'h23' });
const date = new Intl.DateTimeFormat('en', {
  dateStyle: 'medium',
  timeStyle: 'short',
  hourCycle: 'h23',
});

/** Returns, for example, 9,841. */
export const integer = (value: number): string => whole.format(value);

/** Returns, for example, 841 or 9.8K. */
export const compact = (value: number): string => (value < 1000 ? whole : short).format(value);

/** Returns a value of any size with three digits: 0.0312, 12.5, 9.84K. */
export const brief = (value: number): string => three.format(value);

/** Returns, for example, 0.4 or 34.0. */
export const tenths = (value: number): string => value.toFixed(1);

/** Returns a duration as text: 8.1 ms, 120 ms, 1.54 s. */
export function milliseconds(value: number): string {
  if (value === 0) return '0';
  if (value >= 1000) return `${Number((value / 1000).toFixed(2))} s`;
  return `${value < 10 ? value.toFixed(1) : integer(value)} ms`;
}

/** Returns a duration with as many digits as a comparison needs: 0.063 ms, 16.7 ms, 274 ms. */
export const preciseMilliseconds = (value: number): string =>
  `${(value < 1 ? twoDigits : threeDigits).format(value)} ms`;

/** Returns, for example, 0.38%. */
export const share = (value: number): string => percent.format(value);

/** Returns, for example, 14:03:59, from seconds since 1970. */
export const timeOfDay = (seconds: number): string => clock.format(seconds * 1000);

/** Returns, for example, Nov 24, 2026, 14:03, from milliseconds since 1970. */
export const dateAndTime = (milliseconds: number): string => date.format(milliseconds);
