import { type Escaping, escapedName } from '../kinds/escaping.ts';
import { isLegacyLabelName, LABEL_NAME } from '../kinds/names.ts';
import { type Exemplar, MAX_EXEMPLAR_CHARACTERS } from '../model.ts';

/** Returns the labels of an exemplar as an exposition has them; `undefined` if readers would refuse them. */
export function exemplarLabels(
  { labels }: Exemplar,
  escaping: Escaping,
): readonly (readonly [name: string, value: string])[] | undefined {
  const pairs = Object.entries(labels).map(
    ([name, value]) => [labelName(name, escaping), value] as const,
  );
  const names = new Set(pairs.map(([name]) => name));
  const characters = [...pairs.flat().join('')].length;
  return characters > MAX_EXEMPLAR_CHARACTERS || names.size < pairs.length ? undefined : pairs;
}

function labelName(name: string, escaping: Escaping): string {
  const escaped = escapedName(name, escaping, LABEL_NAME);
  const isDone = escaping === 'allow-utf-8' || isLegacyLabelName(escaped);
  return isDone ? escaped : escapedName(name, 'values', LABEL_NAME);
}

/** Whether the time of an exemplar is known. */
export const hasTime = ({ timestamp }: Exemplar): boolean => timestamp > 0 && timestamp < Infinity;
