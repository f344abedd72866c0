const UNITS = {
  y: 31_536_000_000,
  w: 604_800_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
};
const DURATION =
  /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/;
/** Go counts nanoseconds in 64 bits. */
const LONGEST = 2 ** 63 / 1e6;

/**
 * Returns the milliseconds of a duration as Prometheus' files have it, such as `1h30m`.
 * @throws Error with Prometheus' words
 */
export function parseDuration(text: string): number {
  if (text === '0') return 0;
  if (text === '') throw new Error('empty duration string');
  const match = DURATION.exec(text);
  if (!match) throw new Error(`not a valid duration string: ${JSON.stringify(text)}`);
  const factors = [...Object.values(UNITS), 1];
  const ms = factors.reduce((sum, factor, i) => sum + factor * Number(match[i + 1] ?? 0), 0);
  if (ms >= LONGEST) throw new Error('duration out of range');
  return ms;
}
