import type { Matcher } from './matcher.ts';
import type { Patience } from './regex/patience.ts';
import type { Series, Source } from './source.ts';

/**
 * Selects series. Where regular expressions take long over the values of labels, the thread does other things
 * meanwhile.
 */
export function selectPatiently(
  source: Source,
  matchers: readonly Matcher[],
  from: number,
  to: number,
  patience: Patience,
): readonly Series[] | Promise<readonly Series[]> {
  if (!matchers.some(({ matchesWithin }) => matchesWithin))
    return source.select(matchers, from, to);
  const remembering = matchers.map((one) => interruptible(one, patience));
  return patience.through(() => source.select(remembering, from, to));
}

/**
 * Returns those that meet all matchers of one list at least, in the same way.
 * @param labelOf returns the value of a label, or an empty text
 */
export function filterPatiently<T>(
  all: readonly T[],
  selectors: readonly (readonly Matcher[])[],
  labelOf: (one: T, label: string) => string,
  patience: Patience,
): readonly T[] | Promise<readonly T[]> {
  const remembering = selectors.map((matchers) =>
    matchers.map((one) => interruptible(one, patience)),
  );
  const meets = (one: T) =>
    remembering.some((matchers) =>
      matchers.every((matcher) => matcher.matches(labelOf(one, matcher.name))),
    );
  return patience.through(() => all.filter(meets));
}

/** What is known of a value is remembered, since the source asks again after each interruption. */
function interruptible(matcher: Matcher, patience: Patience): Matcher {
  if (!matcher.matchesWithin) return matcher;
  const known = new Map<string, boolean>();
  return {
    ...matcher,
    matches(value) {
      let meets = known.get(value);
      if (meets === undefined) known.set(value, (meets = matcher.matchesWithin!(value, patience)));
      return meets;
    },
  };
}
