import type { Labels } from '../../model.ts';
import type { FloatHistogram } from '../../promql/histogram/float-histogram.ts';
import type { LabelSet } from '../../promql/label-set.ts';
import type { Source } from '../../promql/source.ts';
import type { Part } from '../../protocol/feature.ts';
import type { ExemplarSeries } from './exemplar-series.ts';

/** What other parts may ask of the history, by `host.part<HistoryPart>('history')`. */
export interface HistoryPart extends Part {
  readonly source: Source;
  /** The labels that every series of the collector has here unless it has them itself. */
  readonly labels: Labels;
  /** Returns the exemplars that collection runs have seen, of each series with the oldest first. */
  exemplars(): Iterable<ExemplarSeries>;
  /**
   * Adds samples of series that no metric of the collector has, such as those of recording rules. Samples of a
   * series must not run backwards: those that do are dropped and counted.
   * @param time milliseconds since 1970
   */
  append(time: number, samples: readonly AddedSample[]): void;
  /** What is known of the families whose samples are kept, by the names of the families. */
  metadata(): ReadonlyMap<string, FamilyMetadata>;
}

export interface FamilyMetadata {
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

export interface AddedSample {
  readonly labels: LabelSet;
  /** A number, or a native histogram. `stale` ends the series. */
  readonly value: number | FloatHistogram | 'stale';
}

/** What the history holds. */
export interface HistoryStatus {
  /** How many series have samples. */
  readonly series: number;
  /** How many samples there are. */
  readonly samples: number;
  /** How many bytes of memory they take. */
  readonly bytes: number;
  /** When the oldest sample was taken: seconds since 1970. Absent if there is none. */
  readonly oldest?: number | undefined;
  /** The time of the newest sample, in seconds since 1970. Absent if there is none. */
  readonly newest?: number | undefined;
}
