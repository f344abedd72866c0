import { labelText } from '../../kinds/labels.ts';

type AnyLabels = Readonly<Record<string, unknown>>;
type Level = Map<unknown, unknown>;

/** Makes the items of label sets. */
export interface LabelSetsHost<E> {
  /** Makes the item of a label set that has none. The values are in the order of the names; '' stands for none. */
  make(values: readonly string[], labels: AnyLabels): E;
  /** Returns the error for a label that the metric does not have. */
  unknown(label: string): Error;
}

/**
 * Finds the item of a label set, of which some labels may be missing. There is one `Map` for each label name, so that
 * no key is built. A number leads to the same item as its text, and is a key of its own once it has been used: services
 * give status codes as numbers. Up to three labels are compared with those of the last call first.
 */
export class LabelSets<E extends object> {
  readonly #names: readonly string[];
  readonly #host: LabelSetsHost<E>;
  #root: Level = new Map();
  #a: unknown;
  #b: unknown;
  #c: unknown;
  /** The item of the labels that were looked up last. */
  #found: E | undefined;

  constructor(names: readonly string[], host: LabelSetsHost<E>) {
    this.#names = names;
    this.#host = host;
  }

  /** @throws Error if there is a label that the metric does not have */
  find(labels: AnyLabels): E {
    const names = this.#names;
    let a: unknown;
    let b: unknown;
    let c: unknown;
    let i = 0;
    // This works while the labels come in the order of the names. `for…in` follows the layout of an object literal,
    // which saves a look-up for each name.
    for (const name in labels) {
      if (name !== names[i]) return this.#search(labels);
      if (i === 0) a = labels[name];
      else if (i === 1) b = labels[name];
      else if (i === 2) c = labels[name];
      else return this.#findMany(labels);
      i++;
    }
    const count = names.length;
    if (i < count || count === 0) {
      // The last labels are missing, or there are none.
      if (count > 3) return this.#search(labels);
      if (i < 1) a = '';
      if (i < 2) b = '';
      if (i < 3) c = '';
    }
    const found = this.#found;
    if (found !== undefined && a === this.#a && b === this.#b && c === this.#c) return found;
    let node = this.#root.get(a);
    if (count > 1 && node !== undefined) node = (node as Level).get(b);
    if (count > 2 && node !== undefined) node = (node as Level).get(c);
    if (node === undefined) return this.#search(labels);
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#found = node as E;
    return node as E;
  }

  /** Finds the item of label values in the order of the names. */
  ofValues(values: readonly unknown[]): E {
    const names = this.#names;
    let node: unknown = this.#root;
    for (let i = 0; i < names.length; i++) {
      node = (node as Level).get(values[i]);
      if (node === undefined) break;
    }
    if (node !== undefined && names.length > 0) return node as E;
    return this.#search(Object.fromEntries(names.map((name, i) => [name, values[i]])));
  }

  /** Returns the item of texts if there is one. */
  known(values: readonly string[]): E | undefined {
    let node: unknown = this.#root;
    for (const value of this.#keysOf(values)) node = (node as Level | undefined)?.get(value);
    return node as E | undefined;
  }

  /** Returns the values of a label set as texts. */
  texts(labels: AnyLabels): string[] {
    for (const label in labels) if (!this.#names.includes(label)) throw this.#host.unknown(label);
    return this.#names.map((name) => textOf(labels[name]));
  }

  set(values: readonly string[], item: E): void {
    const keys = this.#keysOf(values);
    let node = this.#root;
    for (const key of keys.slice(0, -1)) {
      const next = (node.get(key) as Level | undefined) ?? new Map();
      node.set(key, next);
      node = next;
    }
    node.set(keys.at(-1), item);
  }

  /** Forgets a label set. Levels that hold nothing any more go, too. */
  delete(values: readonly string[]): void {
    this.#found = undefined;
    const keys = this.#keysOf(values);
    const path: Level[] = [this.#root];
    for (const key of keys.slice(0, -1)) {
      const next = path.at(-1)!.get(key) as Level | undefined;
      if (!next) return;
      path.push(next);
    }
    for (let i = keys.length - 1; i >= 0; i--) {
      path[i]!.delete(keys[i]);
      path[i]!.delete(numberOf(keys[i]!));
      if (path[i]!.size > 0) return;
    }
  }

  clear(): void {
    this.#found = undefined;
    this.#root = new Map();
  }

  #findMany(labels: AnyLabels): E {
    const names = this.#names;
    let node: unknown = this.#root;
    let i = 0;
    for (const name in labels) {
      if (name !== names[i]) return this.#search(labels);
      node = (node as Level).get(labels[name]);
      if (node === undefined) return this.#search(labels);
      i++;
    }
    return i === names.length ? (node as E) : this.#search(labels);
  }

  /** Finds labels in another order, incomplete ones, and those that are new. */
  #search(labels: AnyLabels): E {
    const values = this.texts(labels);
    const known = this.known(values);
    const item = known ?? this.#host.make(values, labels);
    // What the limit refuses has the item of others, and no key.
    if (known) this.#alias(values, labels);
    return item;
  }

  /** Makes numbers keys. Each text is that of one number at most, so there are never twice as many keys. */
  #alias(values: readonly string[], labels: AnyLabels): void {
    let node = this.#root;
    for (const [i, name] of this.#names.entries()) {
      const next = node.get(values[i]) as Level;
      const given = labels[name];
      if (typeof given === 'number' && numberOf(values[i]!) === given) node.set(given, next);
      node = next;
    }
  }

  /** A metric without label names has one item, under the empty text. */
  #keysOf(values: readonly string[]): readonly string[] {
    return values.length > 0 ? values : NO_LABELS;
  }
}

const NO_LABELS = [''];

/** Returns the number that a text is the usual text of; NaN for others. */
function numberOf(text: string): number {
  const number = Number(text);
  return `${number}` === text ? number : Number.NaN;
}

/** Returns a label value as text. A label that is missing or `undefined` is empty, which is the same to Prometheus. */
function textOf(value: unknown): string {
  if (value === undefined) return '';
  // A symbol has no text, and would break each reading.
  return labelText(value) ?? labelText(`${value}`)!;
}
