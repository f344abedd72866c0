import { type FamilyDefinition, type Labels, type MetricFamily, OWN_METRICS } from '../model.ts';
import { jsonText } from '../platform/realm.ts';
import type { combinedReading } from './combined-gauge.ts';
import { MergedFamily } from './merged-family.ts';

/** What storage keeps of a family: enough to add it up again, or to see that it has changed. */
export interface FamilyTotals {
  readonly name: string;
  readonly type: 'counter' | 'histogram';
  readonly labelNames: readonly string[];
  readonly buckets: readonly number[];
  readonly series: readonly SeriesTotals[];
}

export type SeriesTotals = readonly [
  labelValues: readonly string[],
  overflow: boolean,
  totals: readonly number[],
  /** When somebody last recorded it: seconds since 1970. Absent if that was when this was written. */
  leftAt?: number | undefined,
];

/** Of each of the library's own families, whatever the application's limit. */
const MAX_OWN_SERIES = 2000;

/** All families and series, over all threads. */
export class SeriesTable {
  readonly families = new Map<string, MergedFamily>();
  /** Whether a new family cannot be, beside those of other threads. */
  clashes: ((definition: FamilyDefinition) => boolean) | undefined;
  /** How a family is read that is more than a sum over threads; absent where there is only one. */
  combined: typeof combinedReading | undefined;
  /** Finds a family among `waiting`, where there may be some. */
  adopt: ((definition: FamilyDefinition) => MergedFamily | undefined) | undefined;
  /** From storage, of what nobody has registered yet. */
  waiting: MergedFamily[] = [];
  readonly #seriesLimit: number;

  constructor(seriesLimit: number) {
    this.#seriesLimit = seriesLimit;
  }

  /** The family of that definition; `undefined` if another one has the name. */
  define(definition: FamilyDefinition): MergedFamily | undefined {
    const known = this.families.get(definition.name);
    if (known) return sameShape(known.definition, definition) ? known : undefined;
    if (this.clashes?.(definition)) return undefined;
    const family =
      this.adopt?.(definition) ?? new MergedFamily(definition, this.combined?.(definition));
    this.families.set(definition.name, family);
    return family;
  }

  /** The number of a series of a family, which is created where there is none. */
  series(family: MergedFamily, labelValues: readonly string[], overflow: boolean): number {
    return family.series(labelValues, overflow, this.limitOf(family));
  }

  /** Not one of the library's own: whoever took that away could take its name. */
  delete(family: MergedFamily): boolean {
    const { name } = family.definition;
    return !isOwn(name) && this.families.get(name) === family && this.families.delete(name);
  }

  /** Forgets a family that no thread has and of which nothing is left. */
  tidy(family: MergedFamily): void {
    if (this.isLeft(family) && !family.retains) this.delete(family);
  }

  /** Forgets what ended threads and storage contributed. */
  reset(name: string | undefined): void {
    for (const family of this.families.values()) {
      if (name !== undefined && family.definition.name !== name) continue;
      family.resetRetained();
      this.tidy(family);
    }
    this.waiting = this.waiting.filter(
      ({ definition }) => name !== undefined && definition.name !== name,
    );
  }

  /** Of the application's families. */
  names(): string[] {
    return [...this.families.keys()].filter((name) => !isOwn(name));
  }

  /** How many series it may have. */
  limitOf({ definition }: MergedFamily): number {
    return isOwn(definition.name) ? MAX_OWN_SERIES : this.#seriesLimit;
  }

  /** Whether no thread has the family. */
  isLeft({ threads, definition }: MergedFamily): boolean {
    return threads.size === 0 && !isOwn(definition.name);
  }

  /** In parts. The library's own families stand last. */
  *read(constants: Labels): Generator<void, MetricFamily[]> {
    const all: MetricFamily[] = [];
    for (const name of [...this.names(), ...OWN_METRICS]) {
      // It may be gone by now, and one that has come meanwhile write samples of the same names.
      const family = this.families.get(name);
      if (family) all.push(yield* family.read(constants));
    }
    return all;
  }
}

export function isOwn(name: string): boolean {
  return OWN_METRICS.includes(name);
}

/** Whether series of the one can be beside those of the other, in one family. */
export function sameShape(a: FamilyDefinition, b: FamilyDefinition): boolean {
  const shape = ({ type, labelNames, labels, buckets, combine }: FamilyDefinition) =>
    jsonText([type, labelNames, Object.entries(labels).sort(), buckets, combine]);
  return shape(a) === shape(b);
}
