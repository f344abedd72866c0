import { LabelSet } from '../label-set.ts';

/** Makes a label set of some of the labels of another one. Equal for equal ones, but not the same object. */
export type Projection = (labels: LabelSet) => LabelSet;

/** More than this many projections are not remembered, and no more than so many label sets that they have made. */
const MOST = 500;
const MOST_MADE = 100_000;
const remembered = new Map<string, Projection>();
let made = 0;

/**
 * Returns the projection that keeps the labels of these names, or that leaves them out. What it has made of a
 * label set is remembered as long as that exists.
 */
export function projection(keeps: boolean, names: readonly string[]): Projection {
  const key = JSON.stringify([keeps, ...names]);
  let found = remembered.get(key);
  if (!found) {
    if (remembered.size >= MOST || made >= MOST_MADE) {
      remembered.clear();
      made = 0;
    }
    found = remembering(keeps, new Set(names));
    remembered.set(key, found);
  }
  return found;
}

function remembering(keeps: boolean, names: ReadonlySet<string>): Projection {
  const known = new WeakMap<LabelSet, LabelSet>();
  return (labels) => {
    let result = known.get(labels);
    if (!result) {
      result = projected(labels, (name) => names.has(name) === keeps);
      known.set(labels, result);
      made++;
    }
    return result;
  };
}

function projected(labels: LabelSet, stays: (name: string) => boolean): LabelSet {
  const names: string[] = [];
  const values: string[] = [];
  for (let i = 0; i < labels.names.length; i++) {
    if (!stays(labels.names[i]!)) continue;
    names.push(labels.names[i]!);
    values.push(labels.values[i]!);
  }
  return names.length === labels.names.length ? labels : new LabelSet(names, values);
}

export const NAME = '__name__';
export const NO_LABELS = new LabelSet([], []);

/** Leaves out the name of the metric, and what says its type and unit. */
export const withoutName = /* @__PURE__ */ projection(false, [NAME, '__type__', '__unit__']);

/** Returns the labels with some of them set anew. An empty value removes a label. */
export function withLabels(labels: LabelSet, changes: Readonly<Record<string, string>>): LabelSet {
  if (Object.keys(changes).length === 0) return labels;
  return LabelSet.of({ ...labels.toObject(), ...changes });
}

/** Since Prometheus 3 a name may be any text, but not an empty one. Bytes that are no UTF-8 are U+FFFD here. */
export function isLabelName(text: string): boolean {
  return !/^$|[\ud800-\udfff\ufffd]/u.test(text);
}
