import {
  type Erasure,
  type FamilyDefinition,
  type Labels,
  type MetricType,
  OWN_METRICS,
} from '../model.ts';
import type { Block, CellMemory } from '../pages/thread-memory.ts';
import { LabelIndex, type LabelSet } from './labels.ts';

/** Why a recording was refused; the `reason` of `telemetry_errors_total`. */
export type Refusal = 'invalid_value' | 'invalid_labels' | 'removed_series';

/** What a metric needs of the thread it lives in. */
export interface MetricHost {
  /** From when a collector reads it; until then every series has cells of its own. */
  readonly memory: CellMemory | undefined;
  readonly seriesLimit: number;
  /** @throws RangeError when the collector is strict */
  refuse(metric: string, reason: Refusal, detail: string): void;
  overflowed(metric: string): void;
  /** Removals and resets reach the other threads and the collector. */
  erased(erasure: Erasure): void;
}

/** Stands for cells that a detached series has no more. */
const NO_CELLS = new Float64Array(0);
const REMOVED = -1;
const REFUSED = -2;

/** The block of cells of one series in one thread; the only object that writes to it. */
export abstract class BoundSeries {
  /** @internal */ cells: Float64Array = NO_CELLS;
  /** @internal */ index = 0;
  /** @internal Negative when detached. */ place = REFUSED;
  /** @internal */ readonly owner: Metric<string, BoundSeries>;
  /** @internal */ readonly labelValues: readonly string[];
  /** @internal */ readonly overflow: boolean;

  /** @internal */
  constructor(
    owner: Metric<string, BoundSeries>,
    labelValues: readonly string[],
    overflow: boolean,
  ) {
    this.owner = owner;
    this.labelValues = labelValues;
    this.overflow = overflow;
  }

  /** @internal */
  attach({ cells, index, place }: Block): void {
    this.cells = cells;
    this.index = index;
    this.place = place;
  }

  /** @internal Further recordings are refused and counted: the cells may serve another series. */
  detach(): void {
    this.cells = NO_CELLS;
    this.place = REMOVED;
  }

  /** @internal Zero. */
  abstract reset(): void;

  /** @internal Counts and reports a recording that changed nothing. */
  refuse(action: string, value: unknown, remedy: string): void {
    const { owner, place } = this;
    if (place === REFUSED) {
      owner.refuseLabels();
    } else if (place === REMOVED) {
      owner.host.refuse(
        owner.name,
        'removed_series',
        `${action} on a removed series; bind it again with labels()`,
      );
    } else {
      const given = typeof value === 'number' ? value : typeof value;
      owner.host.refuse(owner.name, 'invalid_value', `${action}(${given}): ${remedy}`);
    }
  }
}

/** A metric family as one thread records it. */
export abstract class Metric<
  N extends string,
  S extends BoundSeries,
  T extends MetricType = MetricType,
> {
  /** @internal */ readonly definition: FamilyDefinition;
  /** @internal */ readonly host: MetricHost;
  /** @internal The family's number in this thread's catalogue. */ readonly id: number;
  // Every kind of metric looks its series up by itself, in one expression that repeats: a method
  // here, shared by all kinds, sees each of them and made an increment three times as dear.
  /** @internal What `labels === undefined` means: the only series, or a refusal. */
  protected readonly single: S;
  /** @internal */ protected readonly index: LabelIndex<S>;
  readonly #series = new Set<S>();
  /** Where the cells of the series are. */
  #memory: CellMemory | undefined;
  #overflow: S | undefined;
  #registered = true;
  /** The library's own are few; and where the limit is counted, it must not be counted again. */
  readonly #limited: boolean;

  /** @internal */
  constructor(host: MetricHost, id: number, definition: FamilyDefinition) {
    this.host = host;
    this.#memory = host.memory;
    this.id = id;
    this.definition = definition;
    this.#limited = !OWN_METRICS.includes(definition.name);
    const refused = this.bind([], false);
    this.single = definition.labelNames.length === 0 ? this.bind([], false) : refused;
    this.index = new LabelIndex<S>(
      definition.labelNames,
      (values) => this.#create(values),
      refused,
      this.single,
    );
  }

  get name(): string {
    return this.definition.name;
  }

  get description(): string {
    return this.definition.description;
  }

  get type(): T {
    return this.definition.type as T;
  }

  /** The series of a label set, to be kept and recorded to without looking it up again. */
  labels(labels: LabelSet<N>): S {
    return this.index.find(labels);
  }

  /** Removes the series of a label set, in every thread. `false` if there was none here. */
  remove(labels: LabelSet<N>): boolean {
    const values = this.index.read(labels);
    if (!values) {
      this.refuseLabels();
      return false;
    }
    const copy = values.slice();
    this.host.memory?.catalogue?.seriesErased(this.id, copy);
    const existed = this.removeValues(copy);
    this.host.erased({ what: 'remove', family: this.name, labelValues: copy });
    return existed;
  }

  /** Sets every series of this metric to zero, in every thread. */
  reset(): void {
    this.resetSeries();
    this.host.erased({ what: 'reset', family: this.name });
  }

  /** @internal */
  resetSeries(): void {
    for (const series of this.#series) series.reset();
  }

  /** @internal */
  removeValues(values: readonly string[]): boolean {
    const series = this.definition.labelNames.length > 0 ? this.index.peek(values) : undefined;
    if (!series) return false;
    this.index.delete(values);
    this.#drop(series);
    return true;
  }

  /** @internal Makes the only series of a metric without label names. */
  open(): void {
    if (this.definition.labelNames.length === 0) this.#place(this.single);
  }

  /** @internal Writes the family and its series into the catalogue, for a reader that is new. */
  publish(): void {
    this.publishFamily();
    const { memory } = this.host;
    const move = memory !== this.#memory;
    this.#memory = memory;
    for (const series of this.#series) {
      if (move) this.#move(series);
      this.#publishSeries(series);
    }
  }

  /** @internal */
  protected publishFamily(): void {
    this.host.memory?.catalogue?.family(this.id, this.definition, this.collects);
  }

  /** @internal */
  close(erased: boolean): void {
    this.#registered = false;
    this.host.memory?.catalogue?.familyRemoved(this.id, erased);
    for (const series of [...this.#series]) this.#drop(series);
    this.index.clear();
    this.#overflow = undefined;
  }

  /** @internal Whether something must run before a reader may read. */
  get collects(): boolean {
    return false;
  }

  /** @internal */
  refuseLabels(): void {
    const names = this.definition.labelNames.join(', ') || 'none';
    this.host.refuse(this.name, 'invalid_labels', `the labels must be exactly: ${names}`);
  }

  /** @internal A series without cells. */
  protected abstract bind(values: readonly string[], overflow: boolean): S;

  /** @internal Cells that a series needs. */
  protected abstract get blockSize(): number;

  /** @internal This thread's series of a label set, without making one. */
  protected existing(labels: LabelSet<N> | undefined): S | undefined {
    if (this.definition.labelNames.length === 0) {
      return this.single.place < 0 ? undefined : this.single;
    }
    const values = this.index.read(labels);
    return values && this.index.peek(values);
  }

  /** @internal Constant labels and the given ones, as text. */
  protected fullLabels(labels: LabelSet<N> | undefined): Labels {
    const { labelNames, labels: constants } = this.definition;
    const values = this.index.read(labels) ?? [];
    const own = values.map((value, i) => [labelNames[i], value]);
    return { ...constants, ...Object.fromEntries(own) };
  }

  #create(values: string[]): S {
    if (!this.#registered) {
      const gone = this.bind(values, false);
      gone.detach();
      return gone;
    }
    if (this.#limited && this.index.size >= this.host.seriesLimit) {
      this.host.overflowed(this.name);
      if (!this.#overflow) {
        this.#overflow = this.bind(['true'], true);
        this.#place(this.#overflow);
      }
      return this.#overflow;
    }
    const series = this.bind(values, false);
    this.index.insert(values, series);
    this.#place(series);
    return series;
  }

  #place(series: S): void {
    series.attach(this.#take());
    series.reset();
    this.#series.add(series);
    this.#publishSeries(series);
  }

  #take(): Block {
    const size = this.blockSize;
    return this.#memory?.take(size) ?? { cells: new Float64Array(size), index: 0, place: 0 };
  }

  /** From cells of its own to those that a collector reads. */
  #move(series: S): void {
    const { cells } = series;
    const block = this.#take();
    block.cells.set(cells, block.index);
    series.attach(block);
  }

  #publishSeries(series: S): void {
    this.#memory?.catalogue?.series(this.id, series.place, series.labelValues, series.overflow);
  }

  #drop(series: S): void {
    const { place } = series;
    series.detach();
    this.#series.delete(series);
    this.#memory?.release(place, this.blockSize);
  }
}
