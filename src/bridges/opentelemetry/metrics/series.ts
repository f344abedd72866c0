import { INSTRUMENT_LABELS } from '../../../kinds/instrument-labels.ts';

/** The labels of a series: the texts of its instrument and of its attributes. */
export type SeriesKey = Readonly<Record<string, string>>;

export function seriesKey(instrument: string, attributes: string): SeriesKey {
  const [byInstrument, byAttributes] = INSTRUMENT_LABELS as [string, string];
  return { [byInstrument]: instrument, [byAttributes]: attributes };
}

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
