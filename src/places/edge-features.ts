// An edge function loads this file if it uses features.
import type { Collector } from '../collector/collector.ts';
import { openParts as openWith } from '../collector/open-parts.ts';
import { READING_KINDS } from '../kinds/reading-kinds.ts';
import type { PartConfig } from '../protocol/feature.ts';

export function openParts(collector: Collector, parts: readonly PartConfig[]): Promise<void> {
  return openWith(collector, READING_KINDS, parts);
}
