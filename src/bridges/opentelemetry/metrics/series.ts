/** The labels of a series: the texts of its instrument and of its attributes. */
export type SeriesKey = Readonly<Record<string, string>>;

/** What records one series, whatever its kind. */
export interface Series {
  increment(amount: number): void;
  set(value: number): void;
  observe(value: number): void;
}

/** What a callback has found. */
export interface Found {
  readonly value: number;
  readonly labels: SeriesKey;
}
