import { check, checked, FLAG, OBJECT, type Rule, type Rules } from '../../options.ts';
import { MAX_SCHEMA, MIN_SCHEMA, type NativeShape } from './layout.ts';

/** How native buckets count. */
export interface NativeOptions {
  /**
   * The finest resolution, from -4 to 8. Bounds are `2 ** 2 ** -schema` apart: at 5 each is 2.2 % above the one
   * before.
   * @defaultValue 5
   */
  schema?: number | undefined;
  /**
   * The most buckets for positive and for negative values each. If the values need more, the resolution is lowered.
   * At the lowest one, -4, all numbers take 132.
   * @defaultValue 160
   */
  maxBuckets?: number | undefined;
  /**
   * Values no further from 0 than this are counted together.
   * @defaultValue 2 ** -128
   */
  zeroThreshold?: number | undefined;
  /**
   * Whether the resolution may be lowered; if not, values that find no bucket are refused.
   * @defaultValue `true`
   */
  resolutionReduction?: boolean | undefined;
}

export const MAX_NATIVE_BUCKETS = 16_384;
/** The default of client_golang. */
const ZERO_THRESHOLD = 2 ** -128;

const within = (from: number, to: number): Rule => [
  (value) => Number.isInteger(value) && (value as number) >= from && (value as number) <= to,
  `a whole number from ${from} to ${to}`,
];
const NATIVE: Rules<NativeOptions> = {
  schema: within(MIN_SCHEMA, MAX_SCHEMA),
  maxBuckets: within(1, MAX_NATIVE_BUCKETS),
  zeroThreshold: [
    (value) => Number.isFinite(value) && (value as number) >= 0,
    'a finite number of 0 or more',
  ],
  resolutionReduction: FLAG,
};

/** @throws TelemetryError `invalid_option` */
export function checkedNative(name: string, given: NativeOptions | true): NativeShape {
  if (given !== true) check(`${name} native`, given, OBJECT);
  const options = given === true ? {} : checked(`${name} native`, given, NATIVE);
  const { schema = 5, maxBuckets = 160, zeroThreshold = ZERO_THRESHOLD } = options;
  return { schema, maxBuckets, zeroThreshold, reduces: options.resolutionReduction ?? true };
}
