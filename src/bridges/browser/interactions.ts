import { nextTurn } from '../../platform/timers.ts';
import type { ObservedSpan } from '../client-requests.ts';
import { redactedUrl } from '../http-conventions.ts';
import { quietly } from '../shared-metric.ts';
import { elementPath, parentOf } from './element-path.ts';
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
  /** Whose listeners run, the innermost last. */
  const running: Interaction[] = [];
  /** The latest of this turn: a click goes on as a submit when its listeners are through. */
  let latest: Interaction | undefined;

  const begin = (event: Event): void => {
    const { target, type } = event;
    const start = performance.now();
    if (!(target instanceof Element) || !isInteraction(event, target)) return;
    if (isIgnored(target, ignored) || !isAllowed()) return;
    const span = tracing.page(type, attributesOf(type, target), start, latest?.span);
    if (!span) return;
    const begun = { span, type, start: event.timeStamp, end: start };
    running.push(begun);
    latest = begun;
    const end = () => {
      // One within it may end later, if a listener has stopped that one's event.
      const at = running.indexOf(begun);
      if (at < 0) return;
      running.splice(at, 1);
      begun.end = performance.now();
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
  // A page may have replaced what is called here, and what throws here it would take for an error of its own.
  const listener = (event: Event) => quietly(() => begin(event));
  for (const type of EVENTS) addEventListener(type, listener, { capture: true, passive: true });
  const stopReading = readDurations(waiting);
  return {
    current: () => running.at(-1)?.span,
    stop() {
      for (const type of EVENTS) removeEventListener(type, listener, true);
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
  return !repeat && KEYS.includes(key) && !closest(target, OWN_KEYS);
}

/** A form may have a field of that name. */
const closest = (target: Element, selector: string): Element | null =>
  Element.prototype.closest.call(target, selector);

/** Whether an element or one around it is ignored. What cannot be asked is. */
function isIgnored(target: Element, ignored: IgnoredElements | undefined): boolean {
  if (!ignored) return false;
  try {
    if (typeof ignored === 'string') return closest(target, ignored) !== null;
    for (let at: Element | null = target; at; at = parentOf(at)) if (ignored(at)) return true;
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
