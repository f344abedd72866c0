/** The words of PromQL that the query box completes. */
export type WordKind = 'function' | 'aggregator' | 'keyword';

/** What functions take, and which of them take it. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  vector:
    'abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_avg histogram_count ' +
    'histogram_stddev histogram_stdvar histogram_sum ln log10 log2 rad scalar sgn sin sinh sort sort_desc ' +
    'sqrt tan tanh timestamp',
  'vector[range]':
    'absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta increase irate ' +
    'last_over_time max_over_time min_over_time present_over_time rate resets stddev_over_time ' +
    'stdvar_over_time sum_over_time',
  'time vector?': 'day_of_month day_of_week day_of_year days_in_month hour minute month year',
  'quantile, vector of buckets': 'histogram_quantile',
  'lower, upper, vector of buckets': 'histogram_fraction',
  'quantile, vector[range]': 'quantile_over_time',
  'vector[range], seconds': 'predict_linear',
  'vector, min, max': 'clamp',
  'vector, max': 'clamp_max',
  'vector, min': 'clamp_min',
  'vector, multiple?': 'round',
  'vector, label, replacement, from, regex': 'label_replace',
  'vector, label, separator, from…': 'label_join',
  number: 'vector',
  '': 'pi time',
};

const AGGREGATORS: Readonly<Record<string, string>> = {
  vector: 'avg count group max min stddev stdvar sum',
  'number, vector': 'bottomk quantile topk',
  'label, vector': 'count_values',
};

const KEYWORDS =
  'and atan2 bool by group_left group_right ignoring offset on or unless without'.split(' ');

export interface Word {
  readonly kind: WordKind;
  /** What stands in its parentheses. Empty for a keyword. */
  readonly takes: string;
}

/** All words, by what they are called. */
export const WORDS: ReadonlyMap<string, Word> = new Map([
  ...wordsOf('aggregator', AGGREGATORS),
  ...wordsOf('function', FUNCTIONS),
  ...KEYWORDS.map((name) => [name, { kind: 'keyword', takes: '' }] as const),
]);

function wordsOf(kind: WordKind, table: Readonly<Record<string, string>>): [string, Word][] {
  return Object.entries(table).flatMap(([takes, names]) =>
    names.split(' ').map((name): [string, Word] => [name, { kind, takes: `(${takes})` }]),
  );
}
