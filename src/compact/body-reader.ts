import type { CompactKind, Microseconds } from './form.ts';
import {
  CELLS_OF_STATE,
  HAS_EXEMPLARS,
  HAS_STARTS,
  HEAD,
  KINDS,
  MOST_BUCKETS,
  MOST_CELLS,
  MOST_POINTS,
} from './form.ts';
import { NumberReader } from './number-reader.ts';

/** A text of the body; `undefined` if it is too long. */
type Text = string | undefined;
/** Names and values in turn. */
type Pairs = readonly Text[];

export interface CompactExemplar {
  readonly value: number;
  readonly time: Microseconds;
  readonly labels: Pairs;
}

/** The buckets of one sign, from the number `offset` on. */
export interface CompactBuckets {
  readonly offset: number;
  readonly counts: readonly number[];
}

export interface CompactNative {
  readonly schema: number;
  readonly zeroCount: number;
  readonly positive: CompactBuckets;
  readonly negative: CompactBuckets;
}

export interface CompactPoint {
  /** Absent for the series that stands for all that a page has no room for. */
  readonly labelValues: readonly Text[] | undefined;
  /** Since when it counts; 0 if that is not known, or makes no difference. */
  readonly start: Microseconds;
  /** The numbers, as `KINDS` says; of native buckets the sum alone. */
  readonly numbers: readonly number[];
  readonly native?: CompactNative | undefined;
  readonly exemplars: readonly CompactExemplar[];
}

export interface CompactFamily {
  readonly kind: CompactKind;
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly labelNames: readonly Text[];
  readonly labels: Pairs;
  /** Upper bounds, quantiles, or the threshold of the zero bucket. */
  readonly numbers: readonly number[];
  readonly states: readonly Text[];
  readonly points: readonly CompactPoint[];
}

/** What a body says. */
export interface CompactBody {
  readonly id: string;
  readonly resource: Pairs;
  readonly time: Microseconds;
  readonly families: readonly CompactFamily[];
  /** Each is `[name,timestamp,value,labels,metadata]` as JSON, if its sender is honest. */
  readonly events: readonly string[];
}

const KIND_NAMES = Object.keys(KINDS) as CompactKind[];
/** How many texts, labels of a series, numbers of a list and events there may be. */
const MOST_TEXTS = 65_536;
const MOST_LABELS = 64;
const MOST_NUMBERS = 4096;
const MOST_EVENTS = 10_000;
/** How many bytes an event may have. */
const LONGEST_EVENT = 262_144;

/**
 * Reads a body. Whatever it says of lengths, it takes no more memory than what its limits allow.
 * @param longest texts of more bytes are left out
 * @throws RangeError or TypeError if it is none
 */
export function readBody(bytes: Uint8Array, longest: number): CompactBody {
  return new BodyReader(bytes, longest).body();
}

/** Whether it is a body of a version that this code does not know. */
export function isOtherVersion(bytes: Uint8Array): boolean {
  const [first, second, version] = HEAD;
  return bytes.length > 2 && bytes[0] === first && bytes[1] === second && bytes[2] !== version;
}

class BodyReader {
  readonly #from: NumberReader;
  readonly #longest: number;
  #texts: readonly Text[] = [];
  readonly #lists: (readonly number[])[] = [];
  #time = 0;
  /** When the deltas begin; 0 if that is not known. */
  #since = 0;
  #pointsLeft = MOST_POINTS;
  #cellsLeft = MOST_CELLS;

  constructor(bytes: Uint8Array, longest: number) {
    this.#from = new NumberReader(bytes);
    this.#longest = longest;
  }

  body(): CompactBody {
    const from = this.#from;
    for (const byte of HEAD) if (from.byte() !== byte) throw new RangeError('another head');
    this.#texts = from.list(MOST_TEXTS, () => from.text(this.#longest));
    const id = this.#text() ?? '';
    const resource = this.#pairs();
    this.#time = from.whole();
    const before = from.whole();
    this.#since = before > 0 ? Math.max(0, this.#time - before) : 0;
    const families = from.list(MOST_POINTS, () => this.#family());
    const events = from.list(MOST_EVENTS, () => from.text(LONGEST_EVENT) ?? '');
    if (!from.isAtEnd) throw new RangeError('bytes behind the end');
    return { id, resource, time: this.#time, families, events };
  }

  #text(ref = this.#from.whole()): Text {
    if (ref >= this.#texts.length) throw new RangeError('a reference to no text');
    return this.#texts[ref];
  }

  #pairs(): Text[] {
    const pairs: Text[] = [];
    const count = this.#from.length(MOST_LABELS);
    for (let i = 0; i < count; i++) pairs.push(this.#text(), this.#text());
    return pairs;
  }

  #family(): CompactFamily {
    const from = this.#from;
    const flags = from.byte();
    const kind = KIND_NAMES[flags & 15];
    if (!kind || flags >= 2 * HAS_EXEMPLARS) throw new RangeError('another kind of family');
    const [name = '', description = '', unit = ''] = [this.#text(), this.#text(), this.#text()];
    const labelNames = from.list(MOST_LABELS, () => this.#text());
    const labels = this.#pairs();
    const hasNumbers = kind === 'histogram' || kind === 'native' || kind === 'summary';
    const numbers = hasNumbers ? this.#numbers() : [];
    const states = kind === 'states' ? from.list(MOST_NUMBERS, () => this.#text()) : [];
    const widths = {
      histogram: numbers.length + 1,
      summary: numbers.length + 2,
      states: states.length,
    };
    const width = widths[kind as keyof typeof widths] ?? 1;
    const one = () => this.#point(kind, labelNames.length, width, flags);
    const points = from.list(this.#pointsLeft, one);
    this.#pointsLeft -= points.length;
    return { kind, name, description, unit, labelNames, labels, numbers, states, points };
  }

  /** Reads a list of numbers, or which of those before it is meant. */
  #numbers(): readonly number[] {
    const from = this.#from;
    const ref = from.whole();
    if (ref > 0) {
      const known = this.#lists[ref - 1];
      if (!known) throw new RangeError('a reference to no list');
      return known;
    }
    const list = from.list(MOST_NUMBERS, () => from.number());
    this.#lists.push(list);
    return list;
  }

  #point(kind: CompactKind, labels: number, width: number, flags: number): CompactPoint {
    const from = this.#from;
    const labelValues = this.#labelValues(labels);
    const before = flags & HAS_STARTS ? from.whole() : 0;
    const start = before > 0 ? Math.max(0, this.#time - before * 1000) : this.#since;
    let numbers: number[];
    let native: CompactNative | undefined;
    if (kind === 'native') {
      numbers = [from.number()];
      native = this.#native();
    } else if (kind === 'histogram') {
      const sum = from.number();
      numbers = [sum, ...this.#counts(width)];
    } else {
      this.#take(kind === 'states' ? CELLS_OF_STATE * width : width);
      numbers = [];
      for (let i = 0; i < width; i++) numbers.push(from.number());
    }
    const exemplars = flags & HAS_EXEMPLARS ? from.list(MOST_NUMBERS, () => this.#exemplar()) : [];
    return { labelValues, start, numbers, native, exemplars };
  }

  #labelValues(count: number): readonly Text[] | undefined {
    const values: Text[] = [];
    for (let i = 0; i < count; i++) {
      const ref = this.#from.whole();
      if (i === 0 && ref === 0) return undefined;
      values.push(this.#text(i === 0 ? ref - 1 : ref));
    }
    return values;
  }

  #native(): CompactNative {
    const schema = this.#from.signed();
    const zeroCount = this.#from.whole();
    return { schema, zeroCount, positive: this.#buckets(), negative: this.#buckets() };
  }

  #buckets(): CompactBuckets {
    const count = this.#from.whole();
    if (count > MOST_BUCKETS) throw new RangeError('too many buckets');
    if (count === 0) return { offset: 0, counts: [] };
    return { offset: this.#from.signed(), counts: this.#counts(count) };
  }

  #counts(length: number): number[] {
    this.#take(length);
    return this.#from.counts(length);
  }

  /** A few bytes may stand for many zeros. */
  #take(cells: number): void {
    this.#cellsLeft -= cells;
    if (this.#cellsLeft < 0) throw new RangeError('too many numbers');
  }

  #exemplar(): CompactExemplar {
    const value = this.#from.number();
    const time = Math.max(0, this.#time - this.#from.whole());
    return { value, time, labels: this.#pairs() };
  }
}
