import type { Exemplar, Labels, Snapshot } from '../../model.ts';
import type { LabelSet } from '../../promql/label-set.ts';
import { type ExemplarSeries, labelsOfExemplar } from './exemplar-series.ts';

/** What an exemplar, and a series of them, take besides their texts: estimates, in bytes. */
const PER_EXEMPLAR = 150;
const PER_SERIES = 300;
/** A character may take two bytes. */
const PER_CHARACTER = 2;

interface Limits {
  /** Milliseconds. */
  readonly retention: number;
  readonly maxBytes: number;
}

interface KeptSeries extends ExemplarSeries {
  readonly exemplars: Exemplar[];
}

interface Kept {
  readonly of: KeptSeries;
  /** When it was seen: milliseconds since 1970. */
  readonly seenAt: number;
}

/** The exemplars of the last while. A snapshot has the newest of each series or bucket only. */
export class KeptExemplars {
  readonly #limits: Limits;
  readonly #labels: Labels;
  readonly #series = new Map<string, KeptSeries>();
  /** All of them, the oldest first, from `#first` on. */
  #all: Kept[] = [];
  #first = 0;
  /** Lists in snapshots never change, and neither do exemplars. */
  readonly #seen = new WeakSet<object>();
  /** How many bytes of memory they take. */
  bytes = 0;

  /** @param labels those that each series gets unless it has them */
  constructor(limits: Limits, labels: Labels) {
    this.#limits = limits;
    this.#labels = labels;
  }

  /** Keeps what is new in a snapshot. */
  sample({ families, timestamp }: Snapshot): void {
    const now = timestamp * 1000;
    for (const family of families) {
      for (const [series, all] of family.exemplars ?? []) {
        if (this.#seen.has(all)) continue;
        this.#seen.add(all);
        for (const [i, one] of all.entries()) {
          if (!one || this.#seen.has(one)) continue;
          this.#seen.add(one);
          this.#add(labelsOfExemplar(family, this.#labels, series, i), one, now);
        }
      }
    }
    this.#trim(now - this.#limits.retention);
  }

  /** Returns those of all series, each with the oldest first. */
  all(): Iterable<ExemplarSeries> {
    return this.#series.values();
  }

  #add(labels: LabelSet, exemplar: Exemplar, seenAt: number): void {
    let of = this.#series.get(labels.key);
    if (!of) {
      of = { labels, exemplars: [] };
      this.#series.set(labels.key, of);
      this.bytes += bytesOf(of);
    }
    of.exemplars.push(exemplar);
    this.#all.push({ of, seenAt });
    this.bytes += bytesOfExemplar(exemplar);
  }

  /** Drops those that are too old, and the oldest if there are too many. */
  #trim(oldest: number): void {
    const { maxBytes } = this.#limits;
    for (; this.#first < this.#all.length; this.#first++) {
      const { of, seenAt } = this.#all[this.#first]!;
      if (seenAt > oldest && this.bytes <= maxBytes) break;
      this.bytes -= bytesOfExemplar(of.exemplars.shift()!);
      if (of.exemplars.length > 0) continue;
      this.#series.delete(of.labels.key);
      this.bytes -= bytesOf(of);
    }
    if (2 * this.#first < this.#all.length) return;
    this.#all = this.#all.slice(this.#first);
    this.#first = 0;
  }
}

const lengthOf = (texts: readonly string[]) => texts.reduce((sum, { length }) => sum + length, 0);

/** The names of labels are mostly shared with others, but the key of the label set has them once more. */
const bytesOf = ({ labels: { names, values } }: ExemplarSeries) =>
  PER_SERIES + PER_CHARACTER * (lengthOf(names) + 2 * lengthOf(values));

const bytesOfExemplar = ({ labels }: Exemplar) =>
  PER_EXEMPLAR + PER_CHARACTER * lengthOf(Object.entries(labels).flat());
