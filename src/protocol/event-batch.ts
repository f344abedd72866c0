/**
 * Events on their way to the collector: numbers in a row, and beside them the texts, of which most are in
 * the batch once. To write JSON took the recording thread two thirds of the time of an event.
 *
 * An event is a head, `text * 2 + detailed` for its name, its time, its value, and if detailed its labels
 * and metadata. A value is a head, `text * 8 + kind`, the text being the name of a field and 0 elsewhere,
 * and then what its kind says.
 */
export interface EventBatch {
  /** How many events. */
  readonly count: number;
  readonly slots: Float64Array;
  readonly texts: readonly string[];
  /** Bytes, roughly. */
  readonly size: number;
}
