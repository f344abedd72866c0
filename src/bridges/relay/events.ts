import type { CompactBody } from '../../compact/body-reader.ts';
import { isListOf, type Labels } from '../../model.ts';
import { monotonic } from '../../platform/timers.ts';
import type { TelemetryCollector } from '../../telemetry-collector.ts';
import { LONGEST_LABEL, MOST_LABELS, readSafely, SEPARATOR } from './batch.ts';
import { compactSender } from './compact.ts';
import { isAmong } from './families.ts';
import { RateLimit } from './rate-limit.ts';
import type { Reason, RefusedPoints } from './reasons.ts';
import { isReplayed, LONGEST_SENDER, type Senders } from './senders.ts';

/** Which events of pages a relay records in its collector. */
export interface RelayEventOptions {
  /** The names of events that pages may send. Hooks of the application for these are called. */
  readonly names: readonly (string | RegExp)[];
  /**
   * How many of each name all pages together may send in a second, on average.
   * @defaultValue 50
   */
  readonly perSecond?: number | undefined;
  /**
   * How many of each name they may send at once after a pause.
   * @defaultValue ten times as many
   */
  readonly burst?: number | undefined;
}

/** An event of a page. */
export interface RelayedEvent {
  readonly name: string;
  /** Nanoseconds since 1970, of the clock of the page. */
  readonly time: number;
  readonly value: unknown;
  /** Absent if they are too many or too long. */
  readonly labels: Labels | undefined;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The events that one sender has sent in a request. */
export interface EventBatch {
  readonly sender: string | undefined;
  /** By which the request is known if it comes again. Nanoseconds since 1970; 0 if nothing tells it. */
  readonly time: number;
  readonly events: readonly RelayedEvent[];
}

const PER_SECOND = 50;
/** UTF-16 units. */
const LONGEST_NAME = 200;
/** So many names have a limit of their own; what is beyond may send as if it were new. */
const MOST_NAMES = 1000;

/** Records the events of pages. */
export class EventIntake {
  readonly #collector: TelemetryCollector;
  readonly #names: readonly (string | RegExp)[];
  readonly #rate: RateLimit;
  readonly #senders: Senders;

  constructor(collector: TelemetryCollector, options: RelayEventOptions, senders: Senders) {
    const { names, perSecond = PER_SECOND, burst = Math.max(1, 10 * perSecond) } = options;
    this.#collector = collector;
    this.#names = names;
    this.#rate = new RateLimit({ perSecond, burst, clients: MOST_NAMES });
    this.#senders = senders;
  }

  /** Never throws, whatever the events say. Returns how many were recorded. */
  take(batches: readonly EventBatch[], refused: RefusedPoints): number {
    let taken = 0;
    for (const batch of batches) taken += this.#takeBatch(batch, refused);
    return taken;
  }

  #takeBatch({ sender = '', time, events }: EventBatch, refused: RefusedPoints): number {
    const reason = this.#reasonOf(sender, time);
    if (reason) {
      refused.add(reason, events[0]?.name ?? '', events.length);
      return 0;
    }
    // Its metrics have times of their own.
    this.#senders.heard(keyOf(sender), [time]);
    const now = monotonic();
    let taken = 0;
    for (const event of events) {
      const reason = this.#record(event, now);
      if (reason) refused.add(reason, event.name);
      else taken++;
    }
    return taken;
  }

  #reasonOf(sender: string, time: number): Reason | undefined {
    if (sender === '' || sender.length > LONGEST_SENDER) return 'sender';
    if (!(time > 0)) return 'time';
    return isReplayed(time, this.#senders.timesOf(keyOf(sender))) ? 'replayed' : undefined;
  }

  #record({ name, time, value, labels, metadata }: RelayedEvent, now: number): Reason | undefined {
    if (name === '' || name.length > LONGEST_NAME || !isAmong(this.#names, name)) return 'event';
    if (!labels) return 'labels';
    if (this.#rate.take(name, now) > 0) return 'rate';
    // The clock of a page may be wrong, so the event has the time of its arrival.
    const described = { ...metadata, page_timestamp: time / 1e9 };
    try {
      this.#collector.recordEvent(name, value, { labels, metadata: described });
    } catch {
      return 'event'; // a strict collector may throw
    }
    return undefined;
  }
}

const keyOf = (sender: string) => `${sender}${SEPARATOR}events`;

/** Returns labels if they are sound, and not too many. */
export function soundLabels(given: Readonly<Record<string, unknown>>): Labels | undefined {
  const pairs = Object.entries(given);
  const isSound = ([name, value]: readonly [string, unknown]) =>
    name.length <= LONGEST_LABEL && typeof value === 'string' && value.length <= LONGEST_LABEL;
  return pairs.length <= MOST_LABELS && pairs.every(isSound) ? (given as Labels) : undefined;
}

/** Returns the events of a body of `RelayExporter`. @throws Refused */
export function compactEvents(body: CompactBody): EventBatch {
  const events = readSafely('event of RelayExporter', () => body.events.map(compactEvent));
  return { sender: compactSender(body), time: body.time * 1000, events };
}

/** @param text `[name,timestamp,value,labels,metadata]` */
function compactEvent(text: string): RelayedEvent {
  const given: unknown = JSON.parse(text);
  if (!isListOf(() => true, given, 5) || given.length < 5) throw new RangeError('no event');
  const [name, timestamp, value, labels, metadata] = given;
  if (typeof name !== 'string' || !Number.isFinite(timestamp)) throw new RangeError('no event');
  return {
    ...{ name, time: (timestamp as number) * 1e9, value },
    labels: soundLabels(recordOf(labels)),
    metadata: recordOf(metadata),
  };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RangeError('no object');
  }
  return value as Readonly<Record<string, unknown>>;
}
