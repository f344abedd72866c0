import type { Exemplar } from '../model.ts';

/** An exemplar, and where it belongs: the family has its number in the catalogue of the thread. */
export type SentExemplar = readonly [
  family: number,
  labelValues: readonly string[],
  overflow: boolean,
  bucket: number,
  exemplar: Exemplar,
];
