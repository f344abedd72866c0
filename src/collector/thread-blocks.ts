import { blocksOf, NO_ADDRESS, type ThreadView } from '../kinds/kind.ts';
import type { CellReader } from '../pages/thread-reader.ts';
import type { RecordingClient } from '../protocol/client.ts';

/** The blocks of cells that one thread holds of a family. */
export class ThreadBlocks implements ThreadView {
  /** Reads the cells. Another reader takes its place where they are not to be shown. */
  reader: CellReader;
  /** Asks the thread. */
  readonly client: RecordingClient;
  readonly addresses: number[] = [];
  /** By the number of the series: the activity when it was last looked at. Absent for a block that is new. */
  readonly activities: (number | undefined)[] = [];
  /** The shape that the thread itself has given the family. */
  readonly shape: object;
  folded: number[] = [];
  declare sound?: ThreadView['sound'];

  constructor(reader: CellReader, client: RecordingClient, shape: object) {
    this.reader = reader;
    this.shape = shape;
    this.client = client;
  }

  set(series: number, address: number): void {
    for (let i = this.addresses.length; i < series; i++) this.addresses[i] = NO_ADDRESS;
    this.addresses[series] = address;
    this.activities[series] = undefined;
  }

  /** Called when the series is in another block, which holds the same. */
  relocate(series: number, address: number): void {
    this.addresses[series] = address;
  }

  /** Called when all its blocks were reset: what is recorded after that is seen, even if it is the same. */
  restart(): void {
    for (const series of this.activities.keys()) {
      if (this.activities[series] !== undefined) this.activities[series] = 0;
    }
  }

  /** Moves what it has at `from`, the last number there is, to `to`. What was there is gone. */
  move(from: number, to: number): void {
    const { addresses, activities } = this;
    if (to < addresses.length) addresses[to] = addresses[from] ?? NO_ADDRESS;
    if (from < addresses.length) addresses.length = from;
    activities[to] = activities[from];
    if (from < activities.length) activities.length = from;
  }

  /** Whether it has blocks of a series. */
  has(series: number, isOverflow: boolean): boolean {
    const hasAddress = (this.addresses[series] ?? NO_ADDRESS) !== NO_ADDRESS;
    return hasAddress || (isOverflow && this.folded.length > 0);
  }

  /** Returns its blocks of a series. */
  of(series: number, isOverflow: boolean): readonly number[] {
    return blocksOf(this, series, isOverflow);
  }
}
