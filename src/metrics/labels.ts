import { type LabelValue, TelemetryError, textOf } from '../model.ts';

/** Label values longer than this are cut, and marked with a hash of the whole. UTF-16 units. */
export const MAX_LABEL_VALUE_LENGTH = 2048;

/** A value for each label name; a metric without label names takes none. */
export type LabelSet<N extends string> = [N] extends [never]
  ? Readonly<Record<string, never>>
  : Readonly<Record<N, LabelValue>>;

type AnyLabels = Readonly<Record<string, unknown>>;
type Node<S> = Map<string, Node<S> | S>;

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** @throws TelemetryError `invalid_label` */
export function checkLabelName(metric: string, name: string, reserved: readonly string[]): void {
  checkName('label', `${metric}: `, name, LABEL_NAME);
  if (name.startsWith('__') || reserved.includes(name)) {
    throw new TelemetryError(
      'invalid_label',
      `${metric}: the label name "${name}" is reserved; choose another`,
    );
  }
}

/** @throws TelemetryError `invalid_label` or `invalid_name` */
export function checkName(
  kind: 'label' | 'metric',
  where: string,
  name: unknown,
  pattern: RegExp,
): void {
  if (typeof name === 'string' && pattern.test(name)) return;
  throw new TelemetryError(
    kind === 'label' ? 'invalid_label' : 'invalid_name',
    `${where}"${textOf(name)}" is no ${kind} name; it must match ${pattern.source}`,
  );
}

/**
 * The text of a label value as it leaves: well-formed Unicode (a lone surrogate becomes U+FFFD, as
 * UTF-8 demands) of bounded length. `undefined` if it is nothing that may stand as a label value.
 */
export function labelText(value: unknown): string | undefined {
  const type = typeof value;
  if (type !== 'string' && type !== 'number' && type !== 'boolean') return undefined;
  const text = String(value).toWellFormed();
  return text.length > MAX_LABEL_VALUE_LENGTH ? cut(text) : text;
}

function cut(text: string): string {
  // FNV-1a, so that values which differ only past the cut stay apart.
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  const mark = `…#${(hash >>> 0).toString(16)}.${text.length}`;
  return (text.slice(0, MAX_LABEL_VALUE_LENGTH - mark.length) + mark).toWellFormed();
}

/** Finds the series of a label set without building a key: one `Map` per label name. */
export class LabelIndex<S> {
  size = 0;
  readonly #names: readonly string[];
  readonly #create: (values: string[]) => S;
  readonly #refused: S;
  readonly #empty: S;
  readonly #root: Node<S> = new Map();
  readonly #found: string[];

  /**
   * @param create makes the series of a new label set
   * @param refused stands for every label set that does not fit the names
   * @param empty what no label at all means: the only series, or a refusal
   */
  constructor(names: readonly string[], create: (values: string[]) => S, refused: S, empty: S) {
    this.#names = names;
    this.#create = create;
    this.#refused = refused;
    this.#empty = empty;
    this.#found = names.map(() => '');
  }

  find(labels: AnyLabels): S {
    const names = this.#names;
    let node: Node<S> | S | undefined = this.#root;
    let i = 0;
    try {
      // One walk, while the labels come in the order of the names: `for…in` follows a literal's
      // own layout, which spares a look-up per name.
      for (const name in labels) {
        if (name !== names[i]) return this.#search(labels);
        node = (node as Node<S>).get(labels[name] as string);
        if (node === undefined) return this.#search(labels);
        i++;
      }
      if (i === 0) return this.#empty;
      return i === names.length ? (node as S) : this.#refused;
    } catch {
      return this.#refused; // a getter or a proxy that throws
    }
  }

  /** The series of exactly these values, if it exists. */
  peek(values: readonly string[]): S | undefined {
    let node: Node<S> | S | undefined = this.#root;
    for (const value of values) {
      node = (node as Node<S>).get(value);
      if (node === undefined) return undefined;
    }
    return node as S;
  }

  /** The values in the order of the label names, or `undefined` if the labels do not fit. */
  read(labels: AnyLabels | undefined): readonly string[] | undefined {
    const values = this.#found;
    let count = 0;
    try {
      for (const name in labels) {
        const text = labelText(labels[name]);
        if (!this.#names.includes(name) || text === undefined) return undefined;
        values[this.#names.indexOf(name)] = text;
        count++;
      }
    } catch {
      return undefined; // a getter or a proxy that throws
    }
    return count === this.#names.length ? values : undefined;
  }

  delete(values: readonly string[]): void {
    const path: Node<S>[] = [this.#root];
    for (const value of values.slice(0, -1)) path.push(path.at(-1)!.get(value) as Node<S>);
    for (let depth = path.length - 1; depth >= 0; depth--) {
      path[depth].delete(values[depth]);
      if (path[depth].size > 0) break;
    }
    this.size--;
  }

  clear(): void {
    this.#root.clear();
    this.size = 0;
  }

  /** For labels in another order, and values that are new, not strings, not well-formed or long. */
  #search(labels: AnyLabels): S {
    const values = this.read(labels);
    if (!values) return this.#refused;
    return this.peek(values) ?? this.#create(values.slice());
  }

  /** Enters a new series; the caller has made sure that there is none. */
  insert(values: readonly string[], series: S): void {
    let node = this.#root;
    for (const value of values.slice(0, -1)) {
      let next = node.get(value) as Node<S> | undefined;
      if (!next) {
        next = new Map();
        node.set(value, next);
      }
      node = next;
    }
    node.set(values.at(-1)!, series);
    this.size++;
  }
}
