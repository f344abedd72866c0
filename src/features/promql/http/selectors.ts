import { throwIfAborted } from '../../../platform/abort.ts';
import { nextTurn } from '../../../platform/timers.ts';
import type { Matcher } from '../../../promql/matcher.ts';
import { Patience } from '../../../promql/regex/patience.ts';
import { isOfQuery, messageOf, Wrong } from '../refused.ts';
import type { Served } from '../served.ts';
import type { Form } from './form.ts';

/** How many selectors a request may have: each is looked up among all series. */
export const MOST_SELECTORS = 100;

/**
 * Returns the matchers of each `match[]`.
 * @throws Wrong
 */
export function selectorsIn(form: Form, served: Served): (readonly Matcher[])[] {
  const texts = form.all('match[]');
  if (texts.length > MOST_SELECTORS) {
    throw new Wrong(`there may be ${MOST_SELECTORS} match[] at most; got ${texts.length}`);
  }
  return texts.map((text) => {
    const matchers = matchersOf(text, served);
    // A selector of everything is a mistake.
    if (!matchers.every((one) => one.matches(''))) return matchers;
    throw new Wrong('match[] must contain at least one non-empty matcher');
  });
}

/** Lets the thread do other things between the steps of regular expressions, until nobody waits for the answer. */
export function patienceUntil(signal: AbortSignal): Patience {
  return new Patience(async () => {
    await nextTurn();
    throwIfAborted(signal);
  });
}

function matchersOf(text: string, { parseUnchecked }: Served): readonly Matcher[] {
  if (text.trim() === '') throw new Wrong('1:1: parse error: unexpected end of input');
  try {
    const expr = parseUnchecked(text);
    if (expr.kind === 'vector-selector' && expr.offset === 0 && expr.at === undefined) {
      return expr.matchers;
    }
  } catch (error) {
    if (isOfQuery(error)) throw new Wrong(messageOf(error));
    throw error;
  }
  throw new Wrong('1:1: parse error: expected a selector of series such as up{job="a"}');
}
