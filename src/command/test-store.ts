import type { AddedSample } from '../features/history/history-part.ts';
import { firstAfter } from '../promql/evaluate/bounds.ts';
import { withHint } from '../promql/histogram/counter-reset.ts';
import type { FloatHistogram } from '../promql/histogram/float-histogram.ts';
import type { LabelSet } from '../promql/label-set.ts';
import { SampleKind, type Series, type Source } from '../promql/source.ts';

/** A sample of a test; `stale` ends the series. */
export type TestSample = number | 'stale' | FloatHistogram;

type Matchers = Parameters<Source['select']>[0];

/** The series of a test, and what its rules have recorded. */
export class TestStore implements Source {
  /** By the names of their metrics, and then by their labels. */
  readonly #columns = new Map<string, Map<string, Column>>();

  /** Adds a sample. It replaces one of the same series at that time. @param time milliseconds since 1970 */
  add(labels: LabelSet, time: number, sample: TestSample): void {
    const name = labels.get('__name__');
    let family = this.#columns.get(name);
    if (!family) {
      family = new Map();
      this.#columns.set(name, family);
    }
    let column = family.get(labels.key);
    if (!column) {
      column = new Column(labels);
      family.set(labels.key, column);
    }
    column.add(time, sample);
  }

  append(time: number, samples: readonly AddedSample[]): void {
    for (const { labels, value } of samples) this.add(labels, time, value);
  }

  select(matchers: Matchers, from: number, to: number): Series[] {
    const selected: Series[] = [];
    for (const [name, family] of this.#columns) {
      if (!matchers.every((one) => one.name !== '__name__' || one.matches(name))) continue;
      for (const column of family.values()) {
        if (!matchers.every((one) => one.matches(column.labels.get(one.name)))) continue;
        const series = column.between(from, to);
        if (series.begin < series.end) selected.push(series);
      }
    }
    return selected;
  }
}

/** The samples of a series, in the order of their times. */
class Column {
  readonly labels: LabelSet;
  readonly #histograms: (FloatHistogram | undefined)[] = [];
  #times = new Float64Array(16);
  #values = new Float64Array(16);
  #kinds = new Uint8Array(16);
  #count = 0;

  constructor(labels: LabelSet) {
    this.labels = labels;
  }

  add(time: number, sample: TestSample): void {
    const at = firstAfter(this.#times, 0, this.#count, time);
    // Rules record in order. What comes late may be for a series that the test has given, too.
    const place = this.#times[at - 1] === time && at > 0 ? at - 1 : this.#opened(at);
    this.#times[place] = time;
    this.#values[place] = typeof sample === 'number' ? sample : 0;
    this.#kinds[place] = kindOf(sample);
    this.#histograms[place] =
      typeof sample === 'object' ? withHint(sample, this.#histograms[place - 1]) : undefined;
  }

  between(from: number, to: number): Series {
    const begin = firstAfter(this.#times, 0, this.#count, from);
    const end = firstAfter(this.#times, begin, this.#count, to);
    return {
      labels: this.labels,
      ...{ times: this.#times, values: this.#values, kinds: this.#kinds },
      ...{ histograms: this.#histograms, begin, end },
    };
  }

  /** Makes room for a sample before the others from that place on. */
  #opened(place: number): number {
    if (this.#count === this.#times.length) {
      const twice = <A extends Float64Array | Uint8Array>(wider: A, old: A) => {
        wider.set(old);
        return wider;
      };
      this.#times = twice(new Float64Array(2 * this.#count), this.#times);
      this.#values = twice(new Float64Array(2 * this.#count), this.#values);
      this.#kinds = twice(new Uint8Array(2 * this.#count), this.#kinds);
    }
    for (const one of [this.#times, this.#values, this.#kinds]) {
      one.copyWithin(place + 1, place, this.#count);
    }
    this.#histograms.splice(place, 0, undefined);
    this.#count++;
    return place;
  }
}

function kindOf(sample: TestSample): number {
  if (typeof sample === 'number') return SampleKind.Float;
  return sample === 'stale' ? SampleKind.Stale : SampleKind.Histogram;
}
