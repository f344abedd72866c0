import { PARENT_IS_REMOTE } from '../../../features/traces/span-batch.ts';
import type { SpanWriter } from '../../../features/traces/span-writer.ts';
import type { RecordedSpan } from './recorded-span.ts';

const NONE: readonly never[] = [];

/** Writes a span that has ended into a batch: see span-batch.ts. */
export function writeSpan(span: RecordedSpan, to: SpanWriter): void {
  const { scope, ids, parent, status, startTime, events = NONE, links = NONE } = span;
  to.key(span.name);
  to.key(scope.name);
  to.key(scope.version);
  to.key(scope.schemaUrl);
  to.key(status.message ?? '');
  to.key(span.traceState?.serialize() ?? '');
  to.put(span.kind);
  to.put(status.code);
  to.put(span.traceFlags + (parent?.isRemote ? PARENT_IS_REMOTE : 0));
  for (let i = 0; i < 6; i++) to.put(ids[i]!);
  to.put(parent ? parent.high : 0);
  to.put(parent ? parent.low : 0);
  const endTime = span.endTime ?? startTime;
  to.put(startTime[0]);
  to.put(startTime[1]);
  to.put(endTime[0]);
  to.put(endTime[1]);
  to.put(span.attributes.dropped);
  to.put(span.attributes.count);
  to.put(span.droppedEvents);
  to.put(events.length);
  to.put(span.droppedLinks);
  to.put(links.length);
  span.attributes.write(to);
  for (const { name, time, attributes } of events) {
    to.key(name);
    to.put(time[0]);
    to.put(time[1]);
    to.put(attributes.dropped);
    to.put(attributes.count);
    attributes.write(to);
  }
  for (const { ids: of, flags, state, attributes } of links) {
    for (let i = 0; i < 6; i++) to.put(of[i]!);
    to.put(flags);
    to.key(state);
    to.put(attributes.dropped);
    to.put(attributes.count);
    attributes.write(to);
  }
  to.ended();
}
