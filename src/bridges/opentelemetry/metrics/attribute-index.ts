/** The most steps that are kept. Then all are forgotten, and found again by the text of their attributes. */
const MOST_STEPS = 16_384;

/** The most characters of what is kept. */
const MOST_TEXT = 1024;

/** Where a walk over the keys and values of attributes has come to. */
interface Step<T> {
  /** The key that comes next, and the steps that its values lead to. */
  key: string | undefined;
  values: Map<unknown, Step<T>> | undefined;
  /** The same for other keys that come next. */
  others: Map<string, Map<unknown, Step<T>>> | undefined;
  /** What belongs to the attributes if they end here. */
  found: T | undefined;
}

const newStep = <T>(): Step<T> => ({
  key: undefined,
  values: undefined,
  others: undefined,
  found: undefined,
});

/**
 * Finds what belongs to attributes, in the order in which they are written, without making a text of them. Applications
 * may change an object between two calls, so what counts is what it has at the time.
 */
export class AttributeIndex<T> {
  #root: Step<T> = newStep();
  #steps = 0;

  /** @throws what a getter of the attributes throws */
  find(attributes: Readonly<Record<string, unknown>>): T | undefined {
    // What is inherited is no attribute, but a walk does not know that.
    const prototype = Object.getPrototypeOf(attributes);
    if (prototype !== Object.prototype && prototype !== null) return undefined;
    let step = this.#root;
    // This follows the layout of an object literal, which saves a look-up for each name.
    for (const key in attributes) {
      const values = key === step.key ? step.values : step.others?.get(key);
      const next = values?.get(attributes[key]);
      if (next === undefined) return undefined;
      step = next;
    }
    return step.found;
  }

  /** Keeps what belongs to attributes, unless they have lists or objects, which may change inside, or long texts. */
  keep(attributes: Readonly<Record<string, unknown>>, found: T): void {
    const entries = Object.entries(attributes);
    if (!entries.every(isKept)) return;
    if (this.#steps + entries.length > MOST_STEPS) {
      this.#root = newStep();
      this.#steps = 0;
    }
    let step = this.#root;
    for (const [key, value] of entries) step = this.#next(step, key, value);
    step.found = found;
  }

  #next(step: Step<T>, key: string, value: unknown): Step<T> {
    step.key ??= key;
    let values: Map<unknown, Step<T>> | undefined;
    if (key === step.key) values = step.values ??= new Map();
    else {
      step.others ??= new Map();
      values = step.others.get(key);
      if (!values) step.others.set(key, (values = new Map()));
    }
    let next = values.get(value);
    if (!next) {
      values.set(value, (next = newStep()));
      this.#steps++;
    }
    return next;
  }
}

function isKept([key, value]: readonly [string, unknown]): boolean {
  if (typeof value === 'object' || typeof value === 'function') return false;
  return key.length + (typeof value === 'string' ? value.length : 0) <= MOST_TEXT;
}
