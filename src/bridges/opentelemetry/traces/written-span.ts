import {
  HAS_MORE,
  HAS_PARENT,
  KIND_BIT,
  PARENT_IS_REMOTE,
  STATUS_BIT,
} from '../../../features/traces/span-batch.ts';
import type { SpanWriter } from '../../../features/traces/span-writer.ts';
import type { AttributeList } from './attribute-list.ts';
import type { SpanIds } from './ids.ts';
import { type RecordedSpan, SpanDetails, stateText } from './recorded-span.ts';

const NO_DETAILS = /* @__PURE__ */ new SpanDetails();

/** Writes a span that has ended into a batch: see span-batch.ts. */
export function writeSpan(span: RecordedSpan, to: SpanWriter): void {
  const { scope, parent, attributes, details } = span;
  const { code, message = '' } = span.status;
  const state = stateText(span.traceState);
  const hasText = scope.schemaUrl !== '' || message !== '' || state !== '';
  const hasMore = hasText || details !== undefined || attributes.dropped > 0;
  const bits =
    span.traceFlags +
    span.kind * KIND_BIT +
    code * STATUS_BIT +
    (parent ? HAS_PARENT : 0) +
    (parent?.isRemote ? PARENT_IS_REMOTE : 0) +
    (hasMore ? HAS_MORE : 0);
  to.begin(bits, span.name, scope, span.ids, parent?.ids, span.start, span.ended, attributes.count);
  if (hasMore) {
    const more = details ?? NO_DETAILS;
    to.text(scope.schemaUrl);
    to.text(message);
    to.text(state);
    to.put(more.startNanoseconds);
    to.put(more.endNanoseconds);
    to.put(attributes.dropped);
    to.put(more.droppedEvents);
    to.put(more.events.length);
    to.put(more.droppedLinks);
    to.put(more.links.length);
  }
  attributes.write(to);
  if (details) writeDetails(details, to);
  to.ended();
}

function writeDetails({ events, links }: SpanDetails, to: SpanWriter): void {
  for (const { name, time, attributes } of events) {
    to.text(name);
    to.put(time[0]);
    to.put(time[1]);
    putAttributes(attributes, to);
  }
  for (const { ids, flags, state, attributes } of links) {
    putIds(ids, to);
    to.put(flags);
    to.text(state);
    putAttributes(attributes, to);
  }
}

function putIds(ids: SpanIds, to: SpanWriter): void {
  for (let i = 0; i < 6; i++) to.put(ids[i]!);
}

function putAttributes(attributes: AttributeList, to: SpanWriter): void {
  to.put(attributes.dropped);
  to.put(attributes.count);
  attributes.write(to);
}
