import { MAX_EXEMPLAR_CHARACTERS } from '../../model.ts';
import type { ExemplarValue } from './values.ts';

/** Whether the labels of an exemplar have texts that are no longer than OpenMetrics allows. */
export function isSound(labelSet: ExemplarValue['labelSet']): boolean {
  try {
    return Object.entries(labelSet).flat().join('').length <= MAX_EXEMPLAR_CHARACTERS;
  } catch {
    return false; // a symbol
  }
}

/**
 * Makes an exemplar of the present moment.
 * @throws RangeError if its labels are not sound
 */
export function newExemplar(labelSet: ExemplarValue['labelSet'], value: number): ExemplarValue {
  if (!isSound(labelSet)) {
    throw new RangeError('Label set size must be smaller than 128 UTF-8 chars');
  }
  return { labelSet, value, timestamp: Date.now() / 1000 };
}
