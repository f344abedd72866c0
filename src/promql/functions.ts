import type { ValueType } from './ast.ts';

/** What a function takes and gives. */
export interface Signature {
  /** The types of the arguments. The last one repeats if more may be given. */
  readonly args: readonly ValueType[];
  /**
   * 0: as many arguments as `args`. Otherwise the last of `args` may be left out, and so many of it may be
   * given at most; any number if this is -1.
   */
  readonly variadic: number;
  readonly returns: ValueType;
  /** Whether it must be enabled. */
  readonly experimental: boolean;
}

const TYPES: Readonly<Record<string, ValueType>> = {
  v: 'vector',
  m: 'matrix',
  s: 'scalar',
  t: 'string',
};

/**
 * All functions, by signature: the types of the arguments, `?` where the last one may be left out, `*` where
 * it may also be repeated, or the most times that it may be repeated; then the type of the result, and `!`
 * where the functions are experimental.
 */
const SIGNATURES: Readonly<Record<string, string>> = {
  'v:v':
    'abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_avg histogram_count histogram_sum histogram_stddev histogram_stdvar ln log10 log2 rad sgn sin sinh sort sort_desc sqrt tan tanh timestamp',
  'm:v':
    'absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta increase irate last_over_time max_over_time min_over_time present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time',
  'v?:v': 'days_in_month day_of_month day_of_week day_of_year hour minute month year',
  'vs:v': 'clamp_max clamp_min',
  'vss:v': 'clamp',
  'vs?:v': 'round',
  'ms:v': 'predict_linear',
  'sm:v': 'quantile_over_time',
  'sv:v': 'histogram_quantile',
  'ssv:v': 'histogram_fraction',
  'vtttt:v': 'label_replace',
  'vttt*:v': 'label_join',
  's:v': 'vector',
  'v:s': 'scalar',
  ':s': 'pi time',
  ':s!': 'end range start step',
  'ss:s!': 'max_of min_of',
  'v:v!': 'start_timestamp',
  'vv?:v!': 'info',
  'vt*:v!': 'sort_by_label sort_by_label_desc',
  'vtss9:v!': 'histogram_quantiles',
  'mss:v!': 'double_exponential_smoothing',
  'm:v!':
    'mad_over_time ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time',
};

/** The functions of PromQL by name. */
export const FUNCTIONS: ReadonlyMap<string, Signature> = new Map(
  Object.entries(SIGNATURES).flatMap(([signature, names]) => {
    const [, args, more, returns, experimental] = /^(\w*?)([?*\d]?):(\w)(!?)$/.exec(signature)!;
    const meant: Signature = {
      args: [...args!].map((letter) => TYPES[letter]!),
      variadic: more === '*' ? -1 : more === '?' ? 1 : Number(more),
      returns: TYPES[returns!]!,
      experimental: experimental === '!',
    };
    return names.split(' ').map((name) => [name, meant] as const);
  }),
);
