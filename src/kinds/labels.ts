import { type LabelValue, shown, TelemetryError } from '../model.ts';
import { LabelTree } from '../pages/label-tree.ts';
import { isInherited, wellFormed } from '../platform/realm.ts';
import type { BoundSeries } from './bound-series.ts';
import type { RecordingOptions } from './exemplars.ts';
import { demandOf, isName, LABEL_NAME, type NameRule } from './names.ts';

/** In UTF-16 units. Label values longer than this are cut, and marked with a hash of the whole value. */
export const MAX_LABEL_VALUE_LENGTH = 2048;

/** A value for each label name; a metric without label names takes none. */
export type LabelSet<N extends string> = [N] extends [never]
  ? Readonly<Record<string, never>>
  : Readonly<Record<N, LabelValue>>;

/*
 * What a call takes depends on what is known of the names. If they are literals, all labels must be given.
 * If there are no names, no labels are given. If they may be any text, as for a metric that `getMetric()`
 * found, the call checks the labels when it runs. None of the types below is distributive: TypeScript then
 * accepts a list of arguments that fits both branches, so that `f<N extends string>(c: Counter<N>)` can
 * record.
 */

/** The labels that a call takes last. */
export type LabelArguments<N extends string> = [N] extends [never]
  ? [labels?: LabelSet<N> | undefined]
  : string extends N
    ? [labels?: LabelSet<N> | undefined]
    : [labels: LabelSet<N>];

/** An amount, 1 unless given, and the labels. */
export type AmountArguments<N extends string> = [N] extends [never]
  ? [amount?: number | undefined, labels?: LabelSet<N> | undefined]
  : string extends N
    ? [amount?: number | undefined, labels?: LabelSet<N> | undefined]
    : [amount: number | undefined, labels: LabelSet<N>];

/** The labels, and what may be said of the recording. */
export type ObserveArguments<N extends string> = [N] extends [never]
  ? [labels?: LabelSet<N> | undefined, options?: RecordingOptions | undefined]
  : string extends N
    ? [labels?: LabelSet<N> | undefined, options?: RecordingOptions | undefined]
    : [labels: LabelSet<N>, options?: RecordingOptions | undefined];

/** An amount, 1 unless given, the labels, and what may be said of the recording. */
export type CountArguments<N extends string> = [N] extends [never]
  ? [
      amount?: number | undefined,
      labels?: LabelSet<N> | undefined,
      options?: RecordingOptions | undefined,
    ]
  : string extends N
    ? [
        amount?: number | undefined,
        labels?: LabelSet<N> | undefined,
        options?: RecordingOptions | undefined,
      ]
    : [amount: number | undefined, labels: LabelSet<N>, options?: RecordingOptions | undefined];

/** Some of the labels: those named `K`. */
export type SomeLabels<N extends string, K extends N> = {
  readonly [P in K]?: LabelValue;
} & ([N] extends [never] ? LabelSet<N> : unknown);

/** The labels that are still to be given when those named `K` were. Those may be given again. */
export type RemainingLabels<N extends string, K extends N> = [N] extends [never]
  ? [labels?: LabelSet<N> | undefined]
  : string extends N
    ? [labels?: Partial<LabelSet<N>> | undefined]
    : [Exclude<N, K>] extends [never]
      ? [labels?: Partial<LabelSet<N>> | undefined]
      : [labels: Readonly<Record<Exclude<N, K>, LabelValue>> & Partial<LabelSet<N>>];

type AnyLabels = Readonly<Record<string, unknown>>;
type AnyMap = ReadonlyMap<unknown, unknown>;

/** @throws TelemetryError `invalid_label` */
export function checkLabelName(
  metric: string,
  name: string,
  reserved: readonly string[],
  rule: NameRule,
): void {
  if (isName(name, LABEL_NAME, rule) && !reserved.includes(name)) return;
  throw new TelemetryError(
    'invalid_label',
    `${metric}: ${shown(name)} is ${reserved.includes(name) ? 'a reserved' : 'no'} label name; choose another that ${demandOf(LABEL_NAME, rule)}`,
  );
}

/**
 * Returns the text of a label value as it is exposed: well-formed Unicode (a lone surrogate becomes U+FFFD,
 * as UTF-8 demands) of bounded length. `undefined` if `value` may not stand as a label value.
 */
export function labelText(value: unknown): string | undefined {
  if (typeof value !== 'string') {
    return typeof value === 'number' || typeof value === 'boolean' ? `${value}` : undefined;
  }
  const text = wellFormed(value);
  return text.length > MAX_LABEL_VALUE_LENGTH ? cut(text) : text;
}

function cut(text: string): string {
  // The hash is FNV-1a. With it, values that differ only past the cut stay apart.
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  const mark = `…#${(hash >>> 0).toString(16)}.${text.length}`;
  return wellFormed(text.slice(0, MAX_LABEL_VALUE_LENGTH - mark.length) + mark);
}

/** Makes the series that a `LabelIndex` finds. */
export interface LabelIndexHost<S> {
  /** What stands for no labels at all: the only series, or a refusal. */
  readonly single: S;
  /** Returns what stands for labels that do not fit the names. */
  misfit(labels: unknown): S;
  /** Makes the series of a new label set. The host must not keep the list of values. */
  create(values: readonly string[]): S | number;
  /** Returns the series at an address, which has these label values. The host must not change the list. */
  at(series: S | number, values: readonly string[]): S;
  /** Returns the series at an address that has been used before. */
  again(address: number, labels: AnyLabels): S;
}

/**
 * Finds the series of a label set without building a key. The set that was looked up last is remembered: if
 * it repeats, half the time is saved.
 */
export class LabelIndex<S extends BoundSeries> {
  readonly #names: readonly string[];
  /** The names in order, for the fast way. Empty if `for…in` would also show inherited properties. */
  #order: readonly string[] = [];
  readonly #host: LabelIndexHost<S>;
  readonly tree = new LabelTree<S | number>();
  /** The label values that were looked up last, and the series that they led to if they still do. */
  #a: unknown;
  #b: unknown;
  #c: unknown;
  #found: S | undefined;
  /** A list for the values that `read` finds; `undefined` while it is in use. */
  #read: string[] | undefined;
  /** How many label sets have a series. */
  size = 0;

  constructor(names: readonly string[], host: LabelIndexHost<S>) {
    this.#names = names;
    this.#host = host;
    this.#read = names.map(() => '');
    if (!isInherited()) this.#order = names;
  }

  find(labels: AnyLabels): S {
    const names = this.#order;
    // Three variables instead of an array save a third of the time for labels that change.
    let a: unknown;
    let b: unknown;
    let c: unknown;
    let i = 0;
    try {
      // This works while the labels come in the order of the names. `for…in` follows the layout of an object
      // literal, which saves a look-up for each name.
      for (const name in labels) {
        if (name !== names[i]) return this.#search(labels);
        if (i === 0) a = labels[name];
        else if (i === 1) b = labels[name];
        else if (i === 2) c = labels[name];
        else return this.#findMany(labels);
        i++;
      }
    } catch {
      return this.#host.misfit(labels); // a getter or a proxy that throws
    }
    const found = this.#found;
    if (
      found !== undefined &&
      a === this.#a &&
      b === this.#b &&
      c === this.#c &&
      i === names.length
    )
      return found;
    return this.#walk(labels, i, a, b, c);
  }

  /** Returns the values in the order of the label names, or `undefined` if the labels do not fit. */
  read(labels: AnyLabels | undefined): readonly string[] | undefined {
    // A getter among the labels may record to this metric. That call finds no list here and makes its own.
    const values = this.#read ?? [];
    this.#read = undefined;
    let count = 0;
    try {
      const inherited = isInherited();
      if (inherited) {
        this.#order = [];
        this.#found = undefined;
      }
      for (const name in labels) {
        if (inherited && !Object.hasOwn(labels, name)) continue;
        const text = labelText(labels[name]);
        const i = this.#names.indexOf(name);
        if (i < 0 || text === undefined) return undefined;
        values[i] = text;
        count++;
      }
    } catch {
      return undefined; // a getter or a proxy that throws
    } finally {
      this.#read = values;
    }
    return count === this.#names.length ? values : undefined;
  }

  /** Returns the series of label values that are texts of `labelText`, in the order of the names. */
  of(values: readonly string[]): S {
    return this.#host.at(this.tree.get(values) ?? this.#host.create(values), values);
  }

  /** Adds the series of a label set that has none yet. */
  add(values: readonly string[], address: number): void {
    this.tree.set(values, address);
    this.size++;
  }

  /** Deletes a label set that has a series. */
  delete(values: readonly string[]): void {
    this.#found = undefined;
    this.tree.delete(values);
    this.size--;
  }

  clear(): void {
    this.#found = undefined;
    this.tree.root.clear();
    this.size = 0;
  }

  #walk(labels: AnyLabels, count: number, a: unknown, b: unknown, c: unknown): S {
    if (count !== this.#names.length) return this.#host.misfit(labels);
    if (count === 0) return this.#host.single;
    let node = this.#follow(count, a, b, c);
    if (node === undefined) {
      // This is seldom needed and comes last, since to check the type of each value first would make all
      // other calls a tenth slower.
      if (typeof a === 'number' || typeof b === 'number' || typeof c === 'number') {
        node = this.#follow(count, text(a), text(b), text(c));
      }
      if (node === undefined) return this.#make(labels, count, a, b, c);
    }
    if (typeof node !== 'object') return this.#host.again(node as number, labels);
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#found = node as S;
    return this.#found;
  }

  #follow(count: number, a: unknown, b: unknown, c: unknown): unknown {
    let node: unknown = (this.tree.root as AnyMap).get(a);
    if (count > 1 && node !== undefined) node = (node as AnyMap).get(b);
    if (count > 2 && node !== undefined) node = (node as AnyMap).get(c);
    return node;
  }

  /** Returns the series of values that `#follow` did not find, which may have to be made. */
  #make(labels: AnyLabels, count: number, a: unknown, b: unknown, c: unknown): S {
    if (isInherited()) return this.#search(labels);
    const given = [a, b, c];
    const values = this.#read ?? [];
    let isSame = true;
    for (let i = 0; i < count; i++) {
      const text = labelText(given[i]);
      if (text === undefined) return this.#host.misfit(labels);
      if (text !== given[i]) isSame = false;
      values[i] = text;
    }
    const known = isSame ? undefined : this.tree.get(values);
    return this.#host.at(known ?? this.#host.create(values), values);
  }

  /** Finds the series of more than three labels. */
  #findMany(labels: AnyLabels): S {
    const names = this.#names;
    let node: unknown = this.tree.root;
    let i = 0;
    for (const name in labels) {
      if (name !== names[i]) return this.#search(labels);
      node = (node as AnyMap).get(text(labels[name]));
      if (node === undefined) return this.#search(labels);
      i++;
    }
    if (i !== names.length) return this.#host.misfit(labels);
    return typeof node === 'object' ? (node as S) : this.#host.again(node as number, labels);
  }

  /** Finds the series of labels in another order, and of more than three labels if a value is new. */
  #search(labels: AnyLabels): S {
    const values = this.read(labels);
    if (!values) return this.#host.misfit(labels);
    // A proxy may show labels once and none the next time.
    if (values.length === 0) return this.#host.single;
    // It is looked up again, since a getter among the labels may have made it meanwhile.
    return this.of(values);
  }
}

/** Makes numbers text, as which the tree holds them. Everything else is looked up as it is. */
const text = (value: unknown) => (typeof value === 'number' ? `${value}` : value);
