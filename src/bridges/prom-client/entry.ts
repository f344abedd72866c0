import type { ExemplarValue } from './values.ts';

/** What a metric knows of one label set. It has a series once something was recorded. */
export class Entry<S> {
  /** Where the label set records. */
  series: S | undefined;
  /** What is kept beside the series: what was recorded in an earlier collector, or what cells cannot show. */
  kept: unknown;
  /** The exemplars by the number of their bucket; a counter has one. */
  exemplars: (ExemplarValue | undefined)[] | undefined;
  /** What `labels()` returns. */
  child: object | undefined;
  /** The labels as the text format has them, with a comma between them; made when it is needed. */
  text: string | undefined;
  /** One value for each label name; '' where there is none. */
  readonly values: readonly string[];
  /** The labels as they were given first, in their order. */
  readonly labels: Readonly<Record<string, unknown>>;

  constructor(values: readonly string[], labels: Readonly<Record<string, unknown>>) {
    this.values = values;
    this.labels = labels;
  }
}
