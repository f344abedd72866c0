import { type Erasure, shown } from '../model.ts';
import { indexOf, pageOf } from '../pages/layout.ts';
import type { PageAllocator } from '../pages/page-allocator.ts';
import type { CatalogueVisitor } from '../pages/thread-reader.ts';
import {
  type ExemplarSeries,
  type ExemplarTaker,
  FROM_SOURCE,
  type RecordingOptions,
} from './exemplars.ts';

/** Why a recording was refused; the `reason` of `telemetry_errors_total`. */
export type Refusal =
  | 'invalid_value'
  | 'invalid_labels'
  | 'invalid_exemplar'
  | 'removed_series'
  | 'not_loaded';

/** What a metric needs of the thread it lives in. */
export interface MetricHost {
  readonly cells: PageAllocator;
  /** Is told of families and series, once a collector reads them. */
  readonly catalogue: CatalogueVisitor | undefined;
  readonly seriesLimit: number;
  readonly exemplars: ExemplarTaker;
  /**
   * @param lost whether what was refused was a recording, which is lost
   * @throws RangeError when the collector is strict
   */
  refuse(metric: string, reason: Refusal, detail: string, lost?: boolean): void;
  overflowed(metric: string): void;
  /** Makes readings wait for code that is loading, but not without end. */
  awaits(loading: Promise<void>): void;
  /** Passes a removal or reset on to the collector and the other threads. */
  erased(erasure: Erasure): void;
}

type ExemplarOwner = ExemplarSeries['owner'];

/** What a series needs of the metric that it belongs to. */
export interface SeriesOwner extends ExemplarOwner {
  readonly host: MetricHost;
  /** How many cells a series needs. */
  readonly blockSize: number;
  refuseLabels(detail?: string, lost?: boolean): void;
  /** Returns what records a series that has expired; `undefined` if nothing may record it any more. */
  revive(series: BoundSeries): BoundSeries | undefined;
}

/** Stands for the cells of a detached series, which has none. */
const NO_CELLS = new Float64Array(0);
const NO_VALUES: readonly string[] = [];
const REMOVED = -1;
/** The address of the series that stands for labels that do not fit. */
export const REFUSED = -2;
/** The address of a series that has expired, and that comes back when somebody records it. */
const EXPIRED = -3;

/** Writes to the cells of one series. At any time a series of a thread has only one such object. */
export abstract class BoundSeries {
  /** @internal */ cells: Float64Array = NO_CELLS;
  /** @internal */ index = 0;
  /** @internal Negative when detached. */ address = REFUSED;
  /** @internal Those of its labels; none for the only series, and for an object that goes from series to series. */
  values: readonly string[] = NO_VALUES;
  /** @internal */ readonly owner: SeriesOwner;
  /** @internal By bucket: see `ExemplarSeries`. Only series have them whose metric has a function for exemplars. */
  declare gates: number[];

  /** @internal */
  constructor(owner: SeriesOwner) {
    this.owner = owner;
  }

  /** @internal Goes to the series at `address`. */
  seek(address: number): this {
    if (address !== this.address) {
      this.address = address;
      this.cells = this.owner.host.cells.pages[pageOf(address)]!;
      this.index = indexOf(address);
      this.load();
    }
    return this;
  }

  /** @internal Is called when the cells hold something else than before. */
  load(): void {}

  /** @internal Makes it refuse and count all recordings from now on: the cells may serve another series. */
  detach(): void {
    this.cells = NO_CELLS;
    this.address = REMOVED;
  }

  /** @internal Whether the next recording takes cells again. */
  get hasExpired(): boolean {
    return this.address === EXPIRED;
  }

  /** @internal Makes the next recording take cells again. */
  expire(): void {
    this.detach();
    this.address = EXPIRED;
  }

  /** @internal Sets the cells to zero. */
  reset(): void {
    this.cells.fill(0, this.index, this.index + this.owner.blockSize);
    this.load();
  }

  /**
   * @internal Makes a recording an exemplar. It was counted, and nobody calls this for recordings without options.
   * @param bucket the number of its bucket; 0 if there is but one
   */
  exemplify(bucket: number, value: number, options: RecordingOptions): void {
    const { exemplars } = this.owner.host;
    // A bucket that has never asked has no gate.
    if (options !== FROM_SOURCE || !(this.gates[bucket]! >= exemplars.turn)) {
      exemplars.take(this, bucket, value, options);
    }
  }

  /** @internal Counts and reports a recording that is refused. If the series has expired, it is revived instead. */
  refuse(action: string, value: unknown, remedy: string, options?: RecordingOptions): void {
    const { owner } = this;
    const revived = this.hasExpired && owner.revive(this);
    if (revived) {
      type Recording = (value: unknown, options?: RecordingOptions) => void;
      (revived as unknown as Record<string, Recording>)[action]!(value, options);
      return;
    }
    const { address } = this;
    // Other Prometheus clients take the labels first, so they are easily given in the place of the number.
    const isObject = typeof value === 'object' && value !== null;
    const rule = isObject ? `the number comes first: ${action}(1, labels)` : remedy;
    const detail = `${action}(${shown(value)}): ${rule}`;
    if (address === REFUSED) {
      owner.refuseLabels(isObject ? detail : undefined);
    } else if (address === REMOVED || address === EXPIRED) {
      owner.host.refuse(
        owner.name,
        'removed_series',
        `${action} on a removed series; bind it again with labels()`,
      );
    } else {
      owner.host.refuse(owner.name, 'invalid_value', detail);
    }
  }
}
