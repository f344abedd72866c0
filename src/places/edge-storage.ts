// What only edge functions load that have somewhere to keep records.
import { openPersistence as openWith } from '../collector/open-persistence.ts';
import { READING_KINDS } from '../kinds/reading-kinds.ts';

export const openPersistence = openWith(READING_KINDS);
