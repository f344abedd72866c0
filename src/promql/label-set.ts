/**
 * The labels of a series, ordered by name, the name of the metric as `__name__` included. A label set never
 * changes. Sources keep one object for each series, so that what was worked out for it can be remembered.
 */
export class LabelSet {
  /** In the order of their UTF-8 bytes, each once. */
  readonly names: readonly string[];
  /** One value for each name, none empty. */
  readonly values: readonly string[];
  #key: string | undefined;

  constructor(names: readonly string[], values: readonly string[]) {
    this.names = names;
    this.values = values;
  }

  /** Sorts the labels, and leaves out those that are empty. */
  static of(labels: Readonly<Record<string, string>>): LabelSet {
    const names = Object.keys(labels).filter((name) => labels[name] !== '');
    names.sort(compareBytes);
    return new LabelSet(
      names,
      names.map((name) => labels[name]!),
    );
  }

  /** Returns the value of a label, or an empty string. */
  get(name: string): string {
    const at = this.names.indexOf(name);
    return at < 0 ? '' : this.values[at]!;
  }

  /** The same for equal label sets, and for no others. */
  get key(): string {
    if (this.#key === undefined) {
      let key = '';
      for (let i = 0; i < this.names.length; i++) {
        key += `${this.names[i]}\0${this.values[i]}\0`;
      }
      // Lengths tell apart what the separators do not.
      this.#key = `${key}${this.names.map((name) => name.length)},${this.values.map((value) => value.length)}`;
    }
    return this.#key;
  }

  /** Returns the labels as an object. */
  toObject(): Record<string, string> {
    return Object.fromEntries(this.names.map((name, i) => [name, this.values[i]!]));
  }
}

/** Compares as the UTF-8 bytes of the strings compare. UTF-16 units differ from that above U+D7FF. */
export function compareBytes(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let i = 0; i < length; i++) {
    const a = one.charCodeAt(i);
    const b = other.charCodeAt(i);
    if (a !== b) return rank(a) - rank(b);
  }
  return one.length - other.length;
}

/** Surrogates stand for what comes after all other units. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** Orders label sets as Prometheus does: label by label, first the name, then the value. */
export function compareLabels(one: LabelSet, other: LabelSet): number {
  const length = Math.min(one.names.length, other.names.length);
  for (let i = 0; i < length; i++) {
    const order =
      compareBytes(one.names[i]!, other.names[i]!) ||
      compareBytes(one.values[i]!, other.values[i]!);
    if (order !== 0) return order;
  }
  return one.names.length - other.names.length;
}
