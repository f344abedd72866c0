import { BodyWriter, type CompactHead } from '../../compact/body-writer.ts';
import { COMPACT_TYPE } from '../../compact/form.ts';
import { type Labels, OWN_METRICS, type Snapshot } from '../../model.ts';
import type { Format, FormatOptions, FormatWriter } from '../format.ts';
import { type EarlierSnapshot, earlierSnapshot } from '../otlp/earlier.ts';
import { microseconds } from '../otlp/times.ts';
import { compactPoints } from './points.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type Times = Readonly<Record<'time' | 'since', number>>;

/** What was written: a request for each body, which must be sent in this order. */
export interface CompactBodies {
  readonly pieces: readonly Bytes[];
  readonly parts: readonly { readonly bytes: Bytes; readonly count: number }[];
  done(): void;
}

/**
 * A body has about so many bytes at most, so that browsers send it even if the page is left: of all such requests
 * together they take 64 KiB.
 */
const MOST_BYTES = 40_000;
/** How many series are looked at before the thread may do something else. */
const STEP = 64;

/**
 * The form of `compact/`, in which pages send deltas to a relay. A writer belongs to one exporter. If there is nothing
 * to say there are no bodies. The families of the collector itself are left out: each page has them, and a relay ignores
 * them.
 */
export const compact: Format = {
  name: 'compact',
  mediaTypes: [{ type: COMPACT_TYPE, contentType: COMPACT_TYPE }],
  isPushed: true,
  open: () => new CompactWriter(),
};

/** The same for events, which have a queue of their own. */
export const compactEvents: Format = {
  ...compact,
  name: 'compact-events',
  open: () => ({ write: writeEvents }),
};

class CompactWriter implements FormatWriter {
  #earlier: EarlierSnapshot | undefined;

  *write(snapshot: Snapshot, options: FormatOptions): Generator<void, CompactBodies> {
    const before = this.#earlier;
    const time = microseconds(snapshot.timestamp);
    const bodies = new Bodies(options.resource, { time, since: Math.min(before?.time ?? 0, time) });
    for (const family of snapshot.families) {
      if (OWN_METRICS.includes(family.name)) continue;
      const earlier = before && (yield* before.family(family));
      const { head, point } = compactPoints(family, earlier, time);
      for (let row = 0; row < family.series.length; row++) {
        if (row % STEP === 0) yield;
        point(row, bodies.writer);
        if (bodies.writer.isFull(MOST_BYTES)) bodies.next(head);
      }
      bodies.writer.family(head);
    }
    // If a request is given up before this, the next one includes what it would have said.
    this.#earlier = earlierSnapshot(snapshot);
    return bodies.finish();
  }
}

/** The bodies of one snapshot. Each is a little later than the one before, since by that a relay knows what is new. */
class Bodies {
  writer = new BodyWriter();
  #events: string[] = [];
  /** How many characters the events have. */
  #length = 0;
  readonly #parts: { readonly bytes: Bytes; readonly count: number }[] = [];
  readonly #id: string;
  readonly #resource: Labels;
  readonly #times: Times;

  constructor(resource: Labels = {}, times: Times) {
    const { 'service.instance.id': id = '', ...others } = resource;
    this.#id = id;
    this.#resource = others;
    this.#times = times;
  }

  /** Ends a body within a family, or between two. */
  next(head?: CompactHead): void {
    if (head) this.writer.family(head);
    this.#end();
    this.writer = new BodyWriter();
  }

  event(text: string): void {
    if (this.#length + text.length > MOST_BYTES) this.next();
    this.#events.push(text);
    this.#length += text.length;
  }

  finish(): CompactBodies {
    this.#end();
    return { pieces: [], parts: this.#parts, done() {} };
  }

  #end(): void {
    const count = this.writer.points + this.#events.length;
    if (count === 0) return;
    const { time, since } = this.#times;
    const head = { id: this.#id, resource: this.#resource, time: time + this.#parts.length, since };
    this.#parts.push({ bytes: this.writer.finish(head, this.#events), count });
    this.#events = [];
    this.#length = 0;
  }
}

function* writeEvents(
  { events = [], timestamp }: Snapshot,
  { resource }: FormatOptions,
): Generator<void, CompactBodies> {
  const time = microseconds(timestamp);
  const bodies = new Bodies(resource, { time, since: 0 });
  for (const [i, event] of events.entries()) {
    if (i % STEP === 0) yield;
    bodies.event(event);
  }
  return bodies.finish();
}
