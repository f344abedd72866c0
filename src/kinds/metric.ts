import {
  type Erasure,
  erasureId,
  type FamilyDefinition,
  type IdleSeries,
  type Labels,
  OWN_METRICS,
  shown,
} from '../model.ts';
import { type BoundSeries, type MetricHost, REFUSED } from './bound-series.ts';
import type { ExemplarSource } from './exemplars.ts';
import type { Kind } from './kind.ts';
import { LabelIndex, type LabelSet } from './labels.ts';

/** The most series that become objects without being bound, when they are used a second time. */
const MAX_OBJECTS = 1024;
/** The label values of every overflow series, and of no other object. */
export const OVERFLOW_VALUES: readonly string[] = ['true'];

/**
 * A metric family as one thread records it. A series is just the address of its cells: if there are a
 * hundred thousand, most need no more. It becomes an object when the application binds it, or uses it again
 * while there are not too many objects. For all others one object, the cursor, goes from address to address.
 */
export abstract class Metric<N extends string, S extends BoundSeries, T extends string = string> {
  /** @internal */ readonly definition: FamilyDefinition;
  /** @internal */ readonly host: MetricHost;
  /** @internal The family's number in this thread's catalogue. */ readonly id: number;
  // Every kind of metric repeats the expression that looks up a series. A method here would be shared by all
  // kinds, and since the engine could not fit it to one of them, an increment took three times as long.
  /** @internal */ readonly single: S;
  /** @internal */ readonly refused: S;
  /** @internal */ protected readonly index: LabelIndex<S>;
  /** @internal */ readonly kind: Kind;
  /** @internal Gives exemplars. After a hot reload the function of the new code counts. */
  exemplars: ExemplarSource | undefined;
  readonly #cursor: S;
  /** The labels, or their values, of the series that the cursor was last sent to. */
  #sought: object | undefined;
  /** How many series are objects. */
  #objects = 0;
  #overflow: S | undefined;
  /** A short text of the labels that did not fit, until that is reported. */
  #misfit = '';
  /** The series that were let go, and whose counts no reader has kept, as far as this thread knows. */
  #letGo: LetGo[] = [];
  #registered = true;
  /**
   * When it was registered, reset or cleared: no series that it has now is older. Seconds since 1970; 0 if the platform
   * does not tell, as while a module of an edge function is loaded.
   */
  #since = Date.now() / 1000;
  /** @internal */ collect: ((metric: never) => unknown) | undefined;
  /**
   * @internal Whether `collect` is under way. What it erases then is erased in this thread only: each thread
   * has a `collect` of its own.
   */
  isBeingCollected = false;
  /** @internal Whether the only series has no value yet, because `collect` has never come back. */
  isSilent = false;
  /**
   * Whether the series limit counts. It does not for the library's own metrics: they have few series, and one
   * of them counts what the limit refuses, which must not cause further counts.
   */
  readonly #limited: boolean;

  /** @internal */
  constructor(
    host: MetricHost,
    id: number,
    kind: Kind,
    definition: FamilyDefinition,
    exemplars?: ExemplarSource,
  ) {
    this.host = host;
    this.id = id;
    this.kind = kind;
    this.definition = definition;
    this.exemplars = exemplars;
    this.#limited = !OWN_METRICS.includes(definition.name);
    this.#cursor = this.bind();
    this.refused = this.bind();
    this.single = definition.labelNames.length === 0 ? this.bind() : this.refused;
    this.index = new LabelIndex<S>(definition.labelNames, this);
  }

  /** The name, as it was registered. */
  get name(): string {
    return this.definition.name;
  }

  /** What is measured, in words: the help text of the exposition. */
  get description(): string {
    return this.definition.description;
  }

  /** The type, one of `MetricType`. */
  get type(): T {
    return this.definition.type as T;
  }

  /** Returns the series of a label set. Keep it to record without looking it up again. */
  labels(labels: LabelSet<N>): S {
    const found = this.index.find(labels);
    if (found !== this.#cursor) return found;
    // This is reported now, since the code that records through it may be far from the line that binds it.
    if (found.address === REFUSED) this.refuseLabels(undefined, false);
    return this.#keep(found.address, labels) ?? this.refused;
  }

  /** Removes the series of a label set, in every thread. `false` if there was none here. */
  remove(labels: LabelSet<N>): boolean {
    const values = this.index.read(labels)?.slice();
    if (!values) {
      this.misfit(labels);
      this.refuseLabels();
      return false;
    }
    // The only series of a metric without label names stays as long as the metric does.
    if (values.length === 0) return false;
    const id = erasureId();
    if (!this.isBeingCollected) this.host.catalogue?.seriesErased(this.id, values, id);
    const existed = this.removeValues(values);
    this.#tell({ what: 'remove', family: this.name, labelValues: values, id });
    return existed;
  }

  /** Sets every series of this metric to zero, in every thread. */
  reset(): void {
    this.resetSeries();
    this.#tell({ what: 'reset', family: this.name });
  }

  /**
   * Removes every series of this metric, in every thread. Recordings after that make new ones.
   * The only series of a metric without label names stays, at 0.
   */
  clear(): void {
    const id = erasureId();
    if (!this.isBeingCollected) this.host.catalogue?.seriesErased(this.id, [], id);
    this.clearSeries();
    this.#tell({ what: 'clear', family: this.name, id });
  }

  #tell(erasure: Erasure): void {
    if (!this.isBeingCollected) this.host.erased(erasure);
  }

  /** @internal */
  resetSeries(): void {
    this.#since = Date.now() / 1000;
    this.#letGo.length = 0;
    this.host.exemplars.forget(this.id);
    this.each((series) => this.at(series).reset());
  }

  /** @internal */
  clearSeries(): void {
    this.#since = Date.now() / 1000;
    this.#letGo.length = 0;
    this.host.exemplars.forget(this.id);
    if (this.single.address >= 0) this.single.reset();
    else this.#dropAll();
  }

  /** @internal */
  removeValues(values: readonly string[]): boolean {
    if (values.length > 0) this.host.exemplars.forget(this.id, values);
    const isOther = (gone: LetGo) => gone.values.some((value, i) => value !== values[i]);
    if (this.#letGo.length > 0) this.#letGo = this.#letGo.filter(isOther);
    const series = values.length > 0 ? this.index.tree.get(values) : undefined;
    if (series === undefined) return false;
    this.index.delete(values);
    this.#drop(series, values, false);
    return true;
  }

  /**
   * @internal Lets a series go that nobody has recorded for long. Recordings after that revive it.
   */
  expire({ labelValues: values, address, activity }: IdleSeries): void {
    const series = values.length > 0 ? this.index.tree.get(values) : this.single;
    if (series === undefined || addressOf(series) !== address) return;
    const { kind, definition } = this;
    const { cells, index } = this.#cursor.seek(address);
    // RACE: this thread may have recorded the series since the collector looked.
    if (!Object.is(kind.activity?.(cells, index, definition.shape), activity)) return;
    if (values.length > 0) this.index.delete(values);
    const consumed = this.host.cells.consumed();
    while (this.#letGo[0] && this.#letGo[0].removal <= consumed) this.#letGo.shift();
    this.#drop(series, values, false, true);
  }

  /**
   * RACE: the collector may fail before it, or whoever replaces it, has what was counted in series that were let
   * go. The next one is told of them again, as long as their cells are there.
   */
  #publishLetGo(): void {
    const { catalogue, cells } = this.host;
    for (const { address, size, values } of this.#letGo.splice(0)) {
      if (!cells.retake(address, size)) continue;
      catalogue?.series(this.id, address, values, false);
      catalogue?.seriesExpired(this.id, address, values);
      this.#letGo.push({ address, size, removal: cells.release(address, size), values });
    }
  }

  /** @internal Makes a series again that has expired. */
  revive(series: S): S | undefined {
    if (!this.#registered) return undefined;
    const { values } = series;
    if (values.length === 0) return this.#publish(this.#take(series), values, false);
    const known = this.index.tree.get(values);
    // Another object may stand for it by now. Only one may write to its cells.
    if (typeof known === 'object') return known;
    const made = known ?? this.create(values);
    if (made === this.#overflow) return made;
    // If every series is an object, there is one that nobody else has yet.
    if (typeof made === 'number') this.#objects++;
    this.index.tree.set(values, series.seek(addressOf(made)));
    return series;
  }

  /** @internal Makes the only series of a metric without label names. */
  open(): void {
    if (this.definition.labelNames.length === 0) this.#publish(this.#take(this.single), [], false);
  }

  /** @internal Shows the only series, which has a value from now on. */
  report(): void {
    if (!this.isSilent) return;
    this.isSilent = false;
    if (this.single.address >= 0) this.#publish(this.single, [], false);
  }

  /** @internal Writes the family and its series into the catalogue of a new reader. */
  publish(isNewReader = false): void {
    if (!this.#registered) return;
    this.host.catalogue?.time(this.#since || undefined);
    this.publishFamily();
    if (isNewReader) this.#publishLetGo();
    this.each((series, values, overflow) => this.#publish(series, values, overflow));
    this.host.catalogue?.time();
  }

  /** @internal */
  protected publishFamily(): void {
    this.host.catalogue?.family(this.id, this.definition, this.collects);
  }

  /** @internal */
  close(erased: number): void {
    this.#registered = false;
    this.host.catalogue?.familyRemoved(this.id, erased > 0, erased);
    this.#dropAll();
  }

  /** @internal Returns the series of label values that need not be read from an object. */
  of(values: readonly string[]): S {
    return this.index.of(values);
  }

  /** @internal Whether something must run before a reader may read. */
  get collects(): boolean {
    return this.collect !== undefined;
  }

  /** @internal Takes `collect` of the options. After a hot reload the callback of the new code counts. */
  collectWith({ collect }: { readonly collect?: ((metric: never) => unknown) | undefined }): void {
    const did = this.collects;
    this.collect = collect ?? undefined;
    // Only a series that is there can get what the callback gives.
    if (collect && this.#registered && this.single.hasExpired) this.revive(this.single);
    if (!collect) this.report();
    if (this.collects !== did) this.publishFamily();
  }

  /**
   * @internal Returns the cursor, detached, for labels that do not fit. So those who look up a series need
   * not check whether it was refused.
   */
  misfit(labels: unknown): S {
    // This comes first, since a getter among the labels may record to this metric.
    this.#misfit = `; got ${shown(labels)}`;
    const cursor = this.#cursor;
    cursor.detach();
    cursor.address = REFUSED;
    return cursor;
  }

  /**
   * @internal
   * @param detail what is wrong, if it is not the labels
   * @param lost whether what was refused was a recording
   */
  refuseLabels(detail?: string, lost = true): void {
    const names = this.definition.labelNames.join(', ') || 'none';
    const rule = `the labels must be exactly: ${names} (by name)${this.#misfit}`;
    this.#misfit = '';
    this.host.refuse(this.name, 'invalid_labels', detail ?? rule, lost);
  }

  /** @internal */
  at(series: S | number, values?: readonly string[]): S {
    if (typeof series !== 'number') return series;
    this.#sought = values;
    return this.#cursor.seek(series);
  }

  /** @internal */
  again(address: number, labels: Readonly<Record<string, unknown>>): S {
    const kept = this.#objects < MAX_OBJECTS ? this.#keep(address, labels) : undefined;
    this.#sought = labels;
    return kept ?? this.#cursor.seek(address);
  }

  /** @internal */
  create(values: readonly string[]): S | number {
    if (!this.#registered) {
      const gone = this.bind();
      gone.detach();
      return gone;
    }
    if (this.#limited && this.index.size >= this.host.seriesLimit) {
      this.host.overflowed(this.name);
      this.#overflow ??= this.#publish(
        this.#take(this.#object(OVERFLOW_VALUES)),
        OVERFLOW_VALUES,
        true,
      );
      return this.#overflow;
    }
    const address = this.host.cells.take(this.blockSize);
    this.index.add(values, address);
    this.#publish(address, values, false);
    return this.areObjects ? this.#keepAt(address, values) : address;
  }

  /** @internal Whether every series is an object from the start. Exemplars belong to label values. */
  protected get areObjects(): boolean {
    return this.exemplars !== undefined;
  }

  /** @internal Returns the label values of the series that has just recorded. The caller must not keep the list. */
  valuesOf(series: object): readonly string[] | undefined {
    if (series !== this.#cursor) return (series as S).values;
    const { address } = this.#cursor;
    const sought = this.#sought;
    const values = Array.isArray(sought) ? sought : this.index.read(sought as LabelSet<N>);
    return values && this.index.tree.get(values) === address ? values : undefined;
  }

  /** @internal How many cells a series needs. */
  get blockSize(): number {
    return this.kind.cells(this.definition.shape);
  }

  /** @internal How many cells a series has. */
  protected sizeOf(_series: S | number): number {
    return this.blockSize;
  }

  /** @internal Moves a series to another block, which holds these cells. */
  protected moveBlock(series: S, cells: readonly number[]): void {
    const { catalogue, cells: memory } = this.host;
    const { address, values } = series;
    const size = this.sizeOf(series);
    series.seek(memory.put(cells));
    const overflow = series === this.#overflow;
    // Nobody knows of a series that has no value yet.
    if (!this.isSilent || values.length > 0) {
      catalogue?.seriesMoved(this.id, address, series.address, values, overflow);
    } else catalogue?.seriesRemoved(this.id, address, values, overflow);
    memory.release(address, size);
  }

  /** @internal Makes the object of a series, without cells. */
  protected abstract bind(): S;

  /** @internal Returns this thread's series of a label set, if there is one. */
  protected existing(labels: LabelSet<N> | undefined): S | undefined {
    if (this.definition.labelNames.length === 0) {
      return this.single.address < 0 ? undefined : this.single;
    }
    const values = this.index.read(labels);
    const series = values && this.index.tree.get(values);
    return series === undefined ? undefined : this.at(series);
  }

  /** @internal Returns the constant labels and the given ones, as text. */
  protected fullLabels(labels: LabelSet<N> | undefined): Labels {
    const { labelNames, labels: constants } = this.definition;
    const values = this.index.read(labels) ?? [];
    const own = values.map((value, i) => [labelNames[i], value]);
    return { ...constants, ...Object.fromEntries(own) };
  }

  /**
   * Makes the series at `address` an object and keeps it. Returns `undefined` if the labels, now that they
   * are read again, no longer lead to `address`, as getters and proxies may do.
   */
  #keep(address: number, labels: Readonly<Record<string, unknown>>): S | undefined {
    const values = this.index.read(labels);
    if (!values || this.index.tree.get(values) !== address) return undefined;
    return this.#keepAt(address, values);
  }

  #keepAt(address: number, values: readonly string[]): S {
    const series = this.#object(values.slice()).seek(address);
    this.index.tree.set(values, series);
    this.#objects++;
    return series;
  }

  #object(values: readonly string[]): S {
    const series = this.bind();
    series.values = values;
    return series;
  }

  /** @internal */
  each(run: (series: S | number, values: readonly string[], overflow: boolean) => void): void {
    if (this.single.address >= 0) run(this.single, [], false);
    this.index.tree.each((values, series) => run(series, values, false));
    if (this.#overflow) run(this.#overflow, OVERFLOW_VALUES, true);
  }

  #take(series: S): S {
    return series.seek(this.host.cells.take(this.blockSize));
  }

  #publish<P extends S | number>(series: P, values: readonly string[], overflow: boolean): P {
    if (values.length > 0 || !this.isSilent) {
      this.host.catalogue?.series(this.id, addressOf(series), values, overflow);
    }
    return series;
  }

  #dropAll(): void {
    this.each((series, values, overflow) => this.#drop(series, values, overflow));
    this.index.clear();
    this.#overflow = undefined;
  }

  #drop(series: S | number, values: readonly string[], overflow: boolean, expires = false): void {
    const { catalogue, cells } = this.host;
    const address = addressOf(series);
    const size = this.sizeOf(series);
    if (expires) catalogue?.seriesExpired(this.id, address, values);
    else catalogue?.seriesRemoved(this.id, address, values, overflow);
    const removal = cells.release(address, size);
    if (expires) this.#letGo.push({ address, size, removal, values });
    // The cursor may be at this address, which may soon belong to another series.
    this.#cursor.detach();
    if (typeof series === 'number') return;
    if (expires) series.expire();
    else series.detach();
    this.#objects--;
  }
}

/** A block that was given back, with the labels that it had. */
interface LetGo {
  readonly address: number;
  readonly size: number;
  readonly removal: number;
  readonly values: readonly string[];
}

function addressOf(series: BoundSeries | number): number {
  return typeof series === 'number' ? series : series.address;
}
