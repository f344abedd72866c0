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
  folded: number[] = [];
  declare sound?: ThreadView['sound'];

  constructor(reader: CellReader, client: RecordingClient) {
    this.reader = reader;
    this.client = client;
  }

  set(series: number, address: number): void {
    for (let i = this.addresses.length; i < series; i++) this.addresses[i] = NO_ADDRESS;
    this.addresses[series] = address;
  }

  /** Moves what it has at `from`, the last number there is, to `to`. What was there is gone. */
  move(from: number, to: number): void {
    const { addresses } = this;
    if (to < addresses.length) addresses[to] = addresses[from] ?? NO_ADDRESS;
    if (from < addresses.length) addresses.length = from;
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
