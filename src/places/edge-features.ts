// An edge function loads this file if it uses features.
import type { Collector } from '../collector/collector.ts';
import { openParts as openWith } from '../collector/open-parts.ts';
import { HttpOutbox } from '../delivery/outbox.ts';
import { READING_KINDS } from '../kinds/reading-kinds.ts';
import type { PartConfig } from '../protocol/feature.ts';
import type { OutboxOptions } from '../protocol/outbox.ts';

export function openParts(collector: Collector, parts: readonly PartConfig[]): Promise<void> {
  const { clock } = collector.services;
  const outbox = (options: OutboxOptions) => new HttpOutbox(options, clock);
  return openWith(collector, { kinds: READING_KINDS, outbox }, parts);
}
