import { NO_ADDRESS } from '../kinds/kind.ts';
import type { IdleSeries } from '../model.ts';
import { indexOf, pageOf } from '../pages/layout.ts';
import type { RecordingClient } from '../protocol/client.ts';
import type { MergedFamily } from './merged-family.ts';
import type { SeriesTable } from './series-table.ts';
import type { ThreadBlocks } from './thread-blocks.ts';

/** So many series are looked at before others may have the thread; fewer where their blocks may be long. */
const PART_SERIES = 1024;
const PART_LONG = 32;
/** A thread is asked to let so many series go at a time, which takes half a millisecond. */
const MAX_ASKED = 250;

/** What an `Expiry` needs of its collector. */
export interface ExpiryHost {
  readonly table: SeriesTable;
  /** Seconds since 1970. */
  now(): number;
  /** Called when so many series of the metric are gone. */
  expired(metric: string, count: number): void;
}

/** By whom they are recorded: series that nobody has recorded for long. */
export type Idle = ReadonlyMap<RecordingClient, readonly IdleSeries[]>;

/**
 * Finds series that nobody has recorded for as long as their metric allows. Recording takes no notice of the
 * time, since that would slow it down. So a series counts as recorded when a thread is seen to have changed it
 * since the last look, and may stay longer by the time between two looks.
 */
export class Expiry {
  readonly #host: ExpiryHost;
  /** Threads that have yet to answer. They may never do so, and must not be asked again meanwhile. */
  readonly #asked = new WeakSet<RecordingClient>();

  constructor(host: ExpiryHost) {
    this.#host = host;
  }

  /**
   * Looks at all series, in parts. Forgets those that are in no thread any more, and returns those that threads are
   * to let go of.
   * @param elapsed seconds of a clock that nobody sets, if there is one
   * @param answers whether a thread would answer soon. If one of those that have a series would not, none is asked:
   *   a gauge of which one part is missing would be wrong
   */
  *look(elapsed: number, answers: (client: RecordingClient) => boolean): Generator<void, Idle> {
    const idle = new Map<RecordingClient, IdleSeries[]>();
    const isReady = (client: RecordingClient) => !this.#asked.has(client) && answers(client);
    for (const family of this.#host.table.families.values()) {
      const { name, expireAfter } = family.definition;
      // The callback of a metric says itself which series there are.
      if (expireAfter === undefined || family.isCollected) continue;
      const step = family.kind.size ? PART_LONG : PART_SERIES;
      let gone = 0;
      // This goes from the end: when a series goes, its number passes to one that was seen already.
      for (let series = family.size - 1; series >= 0; series--) {
        if (series >= family.size || family.isOverflow(series)) continue;
        const isIdle =
          elapsed - lastRecorded(family, series, elapsed, this.#host.now()) >= expireAfter;
        if (isIdle && family.isHeld(series)) add(idle, family, series, isReady);
        else if (isIdle && family.left.has(family.labelsOf(series))) {
          family.deleteSeries(series);
          gone++;
        }
        if (series % step === 0) yield;
      }
      if (gone > 0) this.#host.expired(name, gone);
    }
    return idle;
  }

  /** Asks the threads to let the series go. Resolves when all have. */
  async ask(idle: Idle): Promise<void> {
    await Promise.all([...idle].map(([client, series]) => this.#askFor(client, series)));
  }

  /** Makes a call to a thread, unless one is under way. Never rejects. */
  async askOne(client: RecordingClient, call: () => Promise<void>): Promise<void> {
    if (this.#asked.has(client)) return;
    this.#asked.add(client);
    await call().catch(() => {});
    this.#asked.delete(client);
  }

  #askFor(client: RecordingClient, series: readonly IdleSeries[]): Promise<void> {
    return this.askOne(client, async () => {
      for (let at = 0; at < series.length; at += MAX_ASKED) {
        await client.expire(series.slice(at, at + MAX_ASKED));
      }
    });
  }
}

/** Returns when a series was last seen to be recorded, of which this may be the first look. */
function lastRecorded(family: MergedFamily, series: number, elapsed: number, now: number): number {
  const recordings = (family.recordings ??= new Map());
  const labels = family.labelsOf(series);
  let isRecorded = false;
  for (const blocks of family.threads) {
    const activity = activityIn(blocks, family, series);
    if (activity === undefined) continue;
    if (!Object.is(activity, blocks.activities[series])) isRecorded = true;
    blocks.activities[series] = activity;
  }
  const known = recordings.get(labels);
  if (known !== undefined && !isRecorded) return known;
  // What storage has brought back was recorded before this collector was there.
  const age = isRecorded ? 0 : Math.max(0, now - (family.left.get(labels) ?? now));
  recordings.set(labels, elapsed - age);
  return elapsed - age;
}

function add(
  idle: Map<RecordingClient, IdleSeries[]>,
  family: MergedFamily,
  series: number,
  isReady: (client: RecordingClient) => boolean,
): void {
  const { labelValues } = family.labelsOf(series);
  const holders = [...family.threads].filter((blocks) => blocks.has(series, false));
  if (!holders.every(({ client }) => isReady(client))) return;
  for (const { client, addresses, activities } of holders) {
    const asked = idle.get(client) ?? [];
    idle.set(client, asked);
    const [address, activity] = [addresses[series]!, activities[series]!];
    asked.push({ family: family.definition.name, labelValues, address, activity });
  }
}

function activityIn(
  { addresses, reader, shape }: ThreadBlocks,
  { kind }: MergedFamily,
  series: number,
): number | undefined {
  const address = addresses[series] ?? NO_ADDRESS;
  if (address === NO_ADDRESS) return undefined;
  return kind.activity?.(reader.pages[pageOf(address)]!, indexOf(address), shape);
}
