import type { MessageWriter } from '../../bytes/message-writer.ts';
import type { Escaping } from '../../kinds/escaping.ts';
import type { Exemplar } from '../../model.ts';
import { wellFormed } from '../../platform/realm.ts';
import { exemplarLabels } from '../exemplars.ts';

/** The field of `Metric` and of `Exemplar` for their labels. */
export const LABEL = 1;

/** Writes a `LabelPair`. */
export function writePair(field: number, name: string, value: string, to: MessageWriter): void {
  const start = to.open(field);
  to.string(1, name);
  to.string(2, value);
  to.close(start);
}

/** Writes an `Exemplar`; nothing if readers would refuse it. */
export function writeExemplar(
  field: number,
  exemplar: Exemplar | undefined,
  escaping: Escaping,
  to: MessageWriter,
): void {
  const labels = exemplar && exemplarLabels(exemplar, escaping);
  if (!labels) return;
  const start = to.open(field);
  for (const [name, value] of labels) writePair(LABEL, wellFormed(name), wellFormed(value), to);
  to.double(2, exemplar.value);
  writeTime(3, exemplar.timestamp, to);
  to.close(start);
}

/**
 * Writes a `google.protobuf.Timestamp` of whole microseconds, which is as much as a number of today's seconds
 * tells. Writes nothing if the time is not known.
 */
export function writeTime(field: number, seconds: number, to: MessageWriter): void {
  if (!(seconds > 0 && seconds < Infinity)) return;
  const microseconds = Math.round(seconds * 1e6);
  const start = to.open(field);
  to.whole(1, Math.floor(microseconds / 1e6));
  to.whole(2, (microseconds % 1e6) * 1000);
  to.close(start);
}
