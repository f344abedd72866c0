import { BoundDistribution } from '../distribution.ts';
import { FROM_SOURCE, type RecordingOptions } from '../exemplars.ts';
import type { BucketNumbers } from './bucket-numbers.ts';
import type { ClassicBuckets, NativeOwner } from './contract.ts';
import {
  NATIVE_HEAD,
  NATIVE_INFINITE,
  NATIVE_SIZE,
  NATIVE_SUM,
  NATIVE_ZERO,
  type NativeShape,
} from './layout.ts';
import { nativeRecording } from './recording-code.ts';

// V8 loads a constant that its module exports anew at each use. These are not exported.
const SUM = NATIVE_SUM;
const HEAD = NATIVE_HEAD;
const NO_CELLS = new Float64Array(0);

/**
 * One series that counts in native buckets, and maybe in classic ones, too. How that is done is in native-recording.ts,
 * which pages load only if they need it. So nothing is private here.
 */
export class BoundNative extends BoundDistribution {
  declare readonly owner: NativeOwner;
  /** @internal */ readonly shape: NativeShape;
  /** @internal */ readonly zeroThreshold: number;
  /** @internal */ readonly classic: ClassicBuckets | undefined;
  /** @internal Finds buckets at the resolution that the block has. */
  numbers: BucketNumbers | undefined;
  /** @internal */ positive = NO_CELLS;
  /** @internal */ positiveOffset = 0;
  /** @internal */ negative = NO_CELLS;
  /** @internal */ negativeOffset = 0;

  /** @internal */
  constructor(owner: NativeOwner, shape: NativeShape, classic: ClassicBuckets | undefined) {
    super(owner);
    this.shape = shape;
    this.zeroThreshold = shape.zeroThreshold;
    this.classic = classic;
  }

  override observe(value: number, options?: RecordingOptions): void {
    const { numbers } = this;
    // Most values are of this kind, and have a bucket. The rest takes three times as long.
    if (
      typeof value === 'number' &&
      numbers !== undefined &&
      value > this.zeroThreshold &&
      value < Infinity
    ) {
      const at = numbers.find(value) - this.positiveOffset;
      const { positive } = this;
      if (at >= 0 && at < positive.length) {
        const { cells, index, classic } = this;
        // RACE: this is the only writer of these cells. The reader derives the count from the buckets, so that
        // both always agree; the sum may be one observation apart.
        positive[at]! += 1;
        let bucket = 0;
        if (classic !== undefined) {
          bucket = classic.find(value);
          cells[index + HEAD + bucket]! += 1;
        }
        cells[index + SUM]! += value;
        if (options !== undefined) this.exemplify(bucket, value, options);
        return;
      }
    }
    // biome-ignore lint/suspicious/noSelfCompare: faster than Number.isNaN in every engine here
    if (typeof value !== 'number' || value !== value || this.address < 0) {
      this.refuse('observe', value, 'it takes numbers other than NaN', options);
    } else if (nativeRecording.observe(this, value) && options !== undefined) {
      this.exemplify(this.classic?.find(value) ?? 0, value, options);
    }
  }

  /** @internal How many cells the block has. */
  get size(): number {
    return this.cells[this.index + NATIVE_SIZE]! || this.owner.blockSize;
  }

  /** @internal */
  override load(): void {
    nativeRecording.load(this);
  }

  /** @internal */
  override detach(): void {
    super.detach();
    this.numbers = undefined;
  }

  /** @internal The buckets stay, as a reader may be reading them. */
  override reset(): void {
    const { cells, index } = this;
    nativeRecording.forget(this);
    cells[index + SUM] = 0;
    cells[index + NATIVE_ZERO] = 0;
    cells.fill(0, index + NATIVE_INFINITE, index + this.size);
  }
}

/** One such series of a histogram that has a function for exemplars. */
export class SampledNative extends BoundNative {
  override gates: number[] = [];

  override observe(value: number, options: RecordingOptions = FROM_SOURCE): void {
    super.observe(value, options);
  }
}
