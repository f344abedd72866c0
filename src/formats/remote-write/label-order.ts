import type { Labels, SeriesLabels } from '../../model.ts';
import { wellFormed } from '../../platform/realm.ts';

/**
 * Writes the labels of a row into a list: a name, its value, the next name. Those whose value is empty are left
 * out: to Prometheus they are the same as none.
 * @param metric the name of the metric
 * @param own the value of the label that only some rows have, such as `le`
 */
export type LabelOrder = (
  series: SeriesLabels,
  metric: string,
  own: string | undefined,
  to: string[],
) => void;

interface Label {
  readonly name: string;
  /** Which of the values of the series it has; or `METRIC`, `OWN` or `CONSTANT`. */
  readonly from: number;
  readonly value: string;
}

const METRIC = -1;
const OWN = -2;
const CONSTANT = -3;

/** More lists of label names than a family has: its own, and that of its overflow series. */
const MOST_LISTS = 8;

/**
 * Returns a function that writes labels in the order that servers demand. The names are put in order once for each
 * list of names. A label that is nearer to the series wins: an extra one counts only if there is no other.
 * @param label says what a label is called
 * @param own the name of the label that only some rows have; empty if there is none
 */
export function labelOrder(
  extra: Labels,
  constant: Labels,
  label: (name: string) => string,
  own: string,
): LabelOrder {
  const known = new Map<readonly string[], readonly Label[]>();
  let list: readonly string[] | undefined;
  let sorted: readonly Label[] = [];
  const look = (names: readonly string[]) => {
    list = names;
    sorted = known.get(names) ?? sortedLabels(extra, constant, names, label, own);
    if (known.size === MOST_LISTS) known.clear();
    known.set(names, sorted);
  };
  return ({ labelNames, labelValues }, metric, ownValue, to) => {
    if (labelNames !== list) look(labelNames);
    for (const { name, from, value: fixed } of sorted) {
      let value: string | undefined = fixed;
      if (from >= 0) value = labelValues[from];
      else if (from === METRIC) value = metric;
      else if (from === OWN) value = ownValue;
      if (value) to.push(name, value);
    }
  };
}

function sortedLabels(
  extra: Labels,
  constant: Labels,
  names: readonly string[],
  label: (name: string) => string,
  own: string,
): readonly Label[] {
  const all = new Map<string, Label>();
  const add = (name: string, from: number, value = '') => all.set(name, { name, from, value });
  for (const [name, value] of Object.entries(extra)) {
    add(wellFormed(name), CONSTANT, wellFormed(value));
  }
  for (const [name, value] of Object.entries(constant)) {
    add(wellFormed(label(name)), CONSTANT, wellFormed(value));
  }
  names.forEach((name, i) => {
    add(wellFormed(label(name)), i);
  });
  if (own !== '') add(own, OWN);
  add('__name__', METRIC);
  return [...all.values()].sort((a, b) => compareNames(a.name, b.name));
}

/**
 * Compares names as servers do, by their bytes in UTF-8. That is the order of their code points, and not always
 * that of the units of a string.
 */
export function compareNames(some: string, other: string): number {
  const a = [...some];
  const b = [...other];
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = a[i]!.codePointAt(0)! - b[i]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
