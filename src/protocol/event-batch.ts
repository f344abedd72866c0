/**
 * Events on their way to the collector: a row of numbers, and a list of texts. Most texts are in the batch
 * only once. Writing JSON instead took two thirds of the recording thread's time for an event.
 *
 * An event consists of a head (`text * 2 + detailed`, where the text is its name), its time, its value, and
 * if it is detailed its labels and metadata. A value consists of a head (`text * 8 + kind`, where the text
 * is the name of a field, and 0 if there is none) and what its kind demands.
 */
export interface EventBatch {
  /** How many events there are. */
  readonly count: number;
  /** The numbers of the events. */
  readonly slots: Float64Array;
  /** The texts of the events. */
  readonly texts: readonly string[];
  /** Roughly how many bytes they take. */
  readonly size: number;
}
