import type { ChangesOptions } from '../../analytics/analyses.ts';
import { isWhole, type Rule, type Rules } from '../../options.ts';

const TIME: Rule = [Number.isFinite, 'a number of seconds since 1970'];
const SPAN: Rule = [
  (value) =>
    Array.isArray(value) &&
    value.length === 2 &&
    value.every(Number.isFinite) &&
    value[0] < value[1],
  'two times in seconds since 1970, the earlier one first',
];

export const CHANGES: Rules<ChangesOptions> = {
  since: TIME,
  before: SPAN,
  after: SPAN,
  top: [(value) => isWhole(value) && value > 0 && value <= 1000, 'a whole number from 1 to 1000'],
};

/** What the options together must be. */
export const soundSpans: Rule = [
  (value) => {
    const { since, before, after } = value as ChangesOptions;
    return since === undefined ? before && after : !before && !after;
  },
  '`since`, or else `before` and `after`',
];
