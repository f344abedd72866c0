import { sprintf } from './printf.ts';

const LARGE = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const SMALL = ['', 'm', 'u', 'n', 'p', 'f', 'a', 'z', 'y'];

const digits4 = (value: number) => sprintf('%.4g', [value]);

/** Divides a number until it is below the factor. Returns it with the prefix that says how often. */
function divided(value: number, factor: number, prefixes: readonly string[]): string {
  let at = 0;
  let rest = value;
  while (Math.abs(rest) >= factor && at < prefixes.length - 1) {
    rest /= factor;
    at++;
  }
  return digits4(rest) + prefixes[at];
}

function multiplied(value: number): string {
  let at = 0;
  let rest = value;
  while (Math.abs(rest) < 1 && at < SMALL.length - 1) {
    rest *= 1000;
    at++;
  }
  return digits4(rest) + SMALL[at];
}

export function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return digits4(value);
  return Math.abs(value) >= 1 ? divided(value, 1000, LARGE) : multiplied(value);
}

export function humanize1024(value: number): string {
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return digits4(value);
  const prefixes = LARGE.map((prefix) => prefix && `${prefix}i`);
  return divided(value, 1024, prefixes);
}

export function humanizePercentage(value: number): string {
  return `${digits4(value * 100)}%`;
}

/** Writes seconds as days, hours, minutes and seconds, or as a fraction of a second. */
export function humanizeDuration(value: number): string {
  if (!Number.isFinite(value)) return digits4(value);
  const size = Math.abs(value);
  if (value === 0) return `${digits4(value)}s`;
  if (size < 1) return `${multiplied(value)}s`;
  const sign = value < 0 ? '-' : '';
  if (size < 60) return `${sign}${digits4(size)}s`;
  // What is too large for 64 bits becomes the smallest number of them, as in Go on most machines.
  const seconds = size < 2 ** 63 ? BigInt(Math.trunc(size)) : -(2n ** 63n);
  const parts = [
    `${seconds / 86_400n}d`,
    `${(seconds / 3600n) % 24n}h`,
    `${(seconds / 60n) % 60n}m`,
    `${seconds % 60n}s`,
  ];
  const shown = parts.slice(parts.findIndex((part) => !/^0/.test(part)));
  return sign + shown.join(' ');
}

/**
 * Writes a time as Go prints it.
 * @throws Error if Go cannot hold it
 */
export function humanizeTimestamp(value: number): string {
  if (!Number.isFinite(value)) return digits4(value);
  const nanoseconds = value * 1e9;
  if (Math.abs(nanoseconds) > 2 ** 63) {
    throw new Error(
      `${sprintf('%v', [value])} cannot be represented as a nanoseconds timestamp since it overflows int64`,
    );
  }
  const ms = Number(BigInt(Math.trunc(nanoseconds)) / 1_000_000n);
  const [, day, time, fraction] = /^(.*)T(.*)\.(\d+)Z$/.exec(new Date(ms).toISOString())!;
  const decimals = fraction!.replace(/0+$/, '');
  return `${day} ${time}${decimals && `.${decimals}`} +0000 UTC`;
}
