// An edge function loads this file if it has a storage for records.
import { openPersistence as openWith } from '../collector/open-persistence.ts';
import { READING_KINDS } from '../kinds/reading-kinds.ts';

export const openPersistence = openWith(READING_KINDS);
