import { NO_ADDRESS } from '../kinds/kind.ts';
import { indexOf, pageOf } from '../pages/layout.ts';
import type { IdleSeries, RecordingClient } from '../protocol/client.ts';
import type { MergedFamily } from './merged-family.ts';
import type { SeriesTable } from './series-table.ts';
import type { ThreadBlocks } from './thread-blocks.ts';

/** So many series are looked at before others may have the thread. */
const PART_SERIES = 1024;
/** A thread is asked to let so many series go at a time. It needs a microsecond for each. */
const MAX_ASKED = 10_000;

/** What an `Expiry` needs of its collector. */
export interface ExpiryHost {
  readonly table: SeriesTable;
  /** Seconds since 1970. */
  now(): number;
  /** Called when a series of the metric is gone. */
  expired(metric: string): void;
}

/** By whom they are recorded: series that nobody has recorded for long. */
type Idle = Map<RecordingClient, IdleSeries[]>;

/**
 * Finds series that nobody has recorded for as long as their metric allows. Recording takes no notice of the
 * time, since that would slow it down. So a series counts as recorded when it is seen to have changed since the
 * last look, and may stay longer by the time between two looks.
 */
export class Expiry {
  readonly #host: ExpiryHost;
  /** Threads that have yet to answer. They may be stuck, and must not be asked again meanwhile. */
  readonly #asked = new Set<RecordingClient>();

  constructor(host: ExpiryHost) {
    this.#host = host;
  }

  /**
   * Looks at all series, in parts. Returns those that threads are to let go of.
   * @param elapsed seconds of a clock that nobody sets, if there is one
   */
  *look(elapsed: number): Generator<void, Idle> {
    const idle: Idle = new Map();
    for (const family of this.#host.table.families.values()) {
      // The callback of a metric says itself which series there are.
      if (family.definition.expireAfter === undefined || family.isCollected) continue;
      // This goes from the end: when a series goes, its number passes to one that was seen already.
      for (let series = family.size - 1; series >= 0; series--) {
        if (series < family.size) this.#lookAt(family, series, elapsed, idle);
        if (series % PART_SERIES === 0) yield;
      }
    }
    return idle;
  }

  /** Asks the threads to let the series go. Resolves when all have answered that were not asked before. */
  async ask(idle: Idle): Promise<void> {
    await Promise.all(
      [...idle].map(([client, series]) => this.askOne(client, () => client.expire(series))),
    );
  }

  /** Makes a call to a thread, unless one is under way. Never rejects. */
  async askOne(client: RecordingClient, call: () => Promise<void>): Promise<void> {
    if (this.#asked.has(client)) return;
    this.#asked.add(client);
    await call().catch(() => {});
    this.#asked.delete(client);
  }

  #lookAt(family: MergedFamily, series: number, elapsed: number, idle: Idle): void {
    const { name, expireAfter = Infinity } = family.definition;
    // What did not fit stays together, so that the total of the family does not fall.
    if (family.isOverflow(series)) return;
    const labels = family.labelsOf(series);
    const recordings = (family.recordings ??= new Map());
    const activity = activityOf(family, series);
    if (activity === undefined) {
      const leftAt = family.left.get(labels);
      if (leftAt === undefined || this.#host.now() - leftAt < expireAfter) return;
      family.deleteSeries(series);
      this.#host.expired(name);
      return;
    }
    const last = recordings.get(labels);
    if (!last || !Object.is(last.activity, activity)) {
      recordings.set(labels, { at: elapsed, activity });
    } else if (elapsed - last.at >= expireAfter) {
      const { labelValues } = labels;
      const told = [...family.threads].flatMap((blocks) => {
        const own = activityIn(blocks, family, series);
        return own === undefined ? [] : [{ client: blocks.client, activity: own }];
      });
      // RACE: a thread may have recorded the series just now. It then has another activity than what it is told.
      if (told.reduce((sum, { activity }) => sum + activity, 0) !== activity) return;
      for (const { client, activity } of told) {
        const asked = idle.get(client) ?? [];
        idle.set(client, asked);
        if (asked.length < MAX_ASKED) asked.push({ family: name, labelValues, activity });
      }
    }
  }
}

/** Returns the activity of all threads together; `undefined` if none has the series. */
function activityOf(family: MergedFamily, series: number): number | undefined {
  let sum: number | undefined;
  for (const blocks of family.threads) {
    const activity = activityIn(blocks, family, series);
    if (activity !== undefined) sum = (sum ?? 0) + activity;
  }
  return sum;
}

function activityIn(
  { addresses, reader }: ThreadBlocks,
  { kind, definition }: MergedFamily,
  series: number,
): number | undefined {
  const address = addresses[series] ?? NO_ADDRESS;
  if (address === NO_ADDRESS) return undefined;
  return kind.activity?.(reader.pages[pageOf(address)]!, indexOf(address), definition.shape);
}
