import { nextTurn } from '../../platform/timers.ts';
import type { ObservedSpan } from '../client-requests.ts';
import { redactedUrl } from '../http-conventions.ts';
import { elementPath } from './element-path.ts';
import { onPageEnd } from './page-end.ts';
import type { PageTracing } from './page-tracing.ts';
import { perMinute } from './per-minute.ts';
import { Waiting } from './waiting.ts';

/** What is ignored: elements that match a selector or a function, and all within them. */
export type IgnoredElements = string | ((element: Element) => boolean);

const EVENTS = ['click', 'submit', 'keydown'] as const;
/** Keys that activate what has the focus. No other key is looked at. */
const KEYS = ['Enter', ' '];
/** What turns a key into a click by itself, or takes text. */
const OWN_KEYS = 'a[href],button,summary,input,select,textarea,[contenteditable]';
/** So many interactions have a span in a minute. */
const MOST = 60;
/** So long an interaction waits for what the browser tells of it, which is after the next frame. Seconds. */
const PATIENCE = 1;
/** Milliseconds. Shorter interactions are not told of. */
const LONG = 40;

/** An interaction, as of the end of its listeners. */
interface Interaction {
  readonly span: ObservedSpan;
  readonly type: string;
  /** The time stamp of its event. */
  readonly start: number;
  end: number;
}

export interface Interactions {
  /** The span of the interaction whose listeners run. */
  current(): ObservedSpan | undefined;
  stop(): void;
}

/** Makes a span of each click, submit and activation by a key. It covers the listeners of the event. */
export function traceInteractions(tracing: PageTracing, ignored?: IgnoredElements): Interactions {
  const isAllowed = perMinute(MOST);
  const waiting = new Waiting<Interaction>(PATIENCE, ({ span, end }) => span.end(end));
  /** Whose listeners run, and the latest of this turn: a click goes on as a submit when its listeners are through. */
  let current: Interaction | undefined;
  let latest: Interaction | undefined;

  const begin = (event: Event) => {
    const { target, type } = event;
    const start = performance.now();
    if (!(target instanceof Element) || !isInteraction(event, target)) return;
    if (isIgnored(target, ignored) || !isAllowed()) return;
    const span = tracing.page(type, attributesOf(type, target), start, latest?.span);
    if (!span) return;
    const begun = { span, type, start: event.timeStamp, end: start };
    const outer = current;
    current = latest = begun;
    const end = () => {
      if (current !== begun) return;
      begun.end = performance.now();
      current = outer;
      waiting.add(begun);
    };
    // The last of all listeners; it is not called if one of them stops the event.
    addEventListener(type, end, { once: true, passive: true });
    void nextTurn().then(() => {
      removeEventListener(type, end);
      end();
      if (latest === begun) latest = undefined;
    });
  };
  for (const type of EVENTS) addEventListener(type, begin, { capture: true, passive: true });
  const stopReading = readDurations(waiting);
  return {
    current: () => current?.span,
    stop() {
      for (const type of EVENTS) removeEventListener(type, begin, true);
      stopReading();
    },
  };
}

/** Adds to each long interaction how long it was until the next frame. Returns what ends it. */
function readDurations(waiting: Waiting<Interaction>): () => void {
  const read = (entries: readonly PerformanceEntry[]) => {
    for (const { name, startTime, duration } of entries) {
      const found = waiting.find(
        ({ type, start }) => type === name && Math.abs(start - startTime) < 1,
      );
      if (!found) continue;
      found.span.set('interaction.duration_ms', duration);
      waiting.close(found);
    }
  };
  const isKnown = globalThis.PerformanceObserver?.supportedEntryTypes?.includes('event');
  const observer = isKnown ? new PerformanceObserver((list) => read(list.getEntries())) : undefined;
  observer?.observe({ type: 'event', durationThreshold: LONG } as PerformanceObserverInit);
  const closeAll = () => {
    read(observer?.takeRecords() ?? []);
    waiting.closeAll();
  };
  const stopListening = onPageEnd(closeAll);
  return () => {
    stopListening();
    closeAll();
    observer?.disconnect();
  };
}

function isInteraction(event: Event, target: Element): boolean {
  if (event.type !== 'keydown') return true;
  const { key, repeat } = event as KeyboardEvent;
  return !repeat && KEYS.includes(key) && !target.closest(OWN_KEYS);
}

/** Whether an element or one around it is ignored. What cannot be asked is. */
function isIgnored(target: Element, ignored: IgnoredElements | undefined): boolean {
  if (!ignored) return false;
  try {
    if (typeof ignored === 'string') return target.closest(ignored) !== null;
    for (let at: Element | null = target; at; at = at.parentElement) if (ignored(at)) return true;
    return false;
  } catch {
    return true;
  }
}

/** What OpenTelemetry's instrumentation of interactions says, by its names. */
const attributesOf = (type: string, target: Element) => ({
  event_type: type,
  target_element: target.tagName,
  target_xpath: elementPath(target),
  'url.full': redactedUrl(new URL(location.href)),
});
