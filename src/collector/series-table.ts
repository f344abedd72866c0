import type { Kinds } from '../kinds/kind.ts';
import type { NameRule } from '../kinds/names.ts';
import { TakenNames } from '../kinds/taken-names.ts';
import { type FamilyDefinition, type Labels, type MetricFamily, OWN_METRICS } from '../model.ts';
import { jsonText } from '../platform/realm.ts';
import type { KeptExemplar } from './kept-exemplars.ts';
import { MergedFamily } from './merged-family.ts';

/** What storage keeps of a family: enough to add it up again, or to see that it has changed. */
export interface FamilyTotals {
  readonly name: string;
  readonly type: string;
  readonly labelNames: readonly string[];
  readonly shape: object;
  readonly series: readonly SeriesTotals[];
}

export type SeriesTotals = readonly [
  labelValues: readonly string[],
  overflow: boolean,
  totals: readonly number[],
  /** When somebody last recorded it: seconds since 1970. Absent if that was when this was written. */
  leftAt?: number | undefined,
  /** Since when it was counted: seconds since 1970. Absent or 0 if that is not known. */
  created?: number | undefined,
  /** Exemplars, each with the number of its bucket. */
  exemplars?: readonly KeptExemplar[] | undefined,
];

/** Returns the totals of a series without what is not known at their end. */
export function seriesTotals(
  labelValues: readonly string[],
  overflow: boolean,
  totals: readonly number[],
  leftAt: number | undefined,
  created: number | undefined,
  exemplars: readonly KeptExemplar[] = [],
): SeriesTotals {
  if (exemplars.length > 0) return [labelValues, overflow, totals, leftAt, created, exemplars];
  if (created) return [labelValues, overflow, totals, leftAt, created];
  return leftAt === undefined
    ? [labelValues, overflow, totals]
    : [labelValues, overflow, totals, leftAt];
}

/** How many series each of the library's own families may have, whatever the application's limit is. */
const MAX_OWN_SERIES = 2000;

/** All families and series, over all threads. */
export class SeriesTable {
  readonly families = new Map<string, MergedFamily>();
  readonly taken = new TakenNames<MergedFamily>();
  /** Finds a family among `waiting`. Absent as long as nothing was restored. */
  adopt: ((definition: FamilyDefinition) => MergedFamily | undefined) | undefined;
  /** Families from storage that nobody has registered yet. */
  waiting: MergedFamily[] = [];
  readonly kinds: Kinds;
  /** Which names families and labels may have, whoever claims them. */
  readonly nameRule: NameRule;
  readonly #seriesLimit: number;

  constructor(kinds: Kinds, seriesLimit: number, nameRule: NameRule = 'legacy') {
    this.kinds = kinds;
    this.nameRule = nameRule;
    this.#seriesLimit = seriesLimit;
  }

  /**
   * Returns the family of that definition; `undefined` if another one is in the way, or its kind is unknown.
   */
  define(definition: FamilyDefinition): MergedFamily | undefined {
    const known = this.families.get(definition.name);
    if (known) return sameShape(known.definition, definition) ? known : undefined;
    const kind = this.kinds.get(definition.type);
    if (!kind || this.taken.owners(definition.name, kind).size > 0) return undefined;
    const family = this.adopt?.(definition) ?? new MergedFamily(definition, kind);
    this.families.set(definition.name, family);
    this.taken.add(definition.name, family, kind);
    return family;
  }

  /** Returns the number of a series of a family. Creates the series if there is none. */
  series(family: MergedFamily, labelValues: readonly string[], overflow: boolean): number {
    return family.series(labelValues, overflow, this.limitOf(family));
  }

  /** Deletes a family, but not one of the library's own: whoever took that away could take its name. */
  delete(family: MergedFamily): boolean {
    const { name } = family.definition;
    if (isOwn(name) || this.families.get(name) !== family) return false;
    this.taken.delete(name, family.kind);
    return this.families.delete(name);
  }

  /** Forgets a family that no thread has and of which nothing is left. */
  tidy(family: MergedFamily): void {
    if (this.isLeft(family) && !family.retains) this.delete(family);
  }

  /** Forgets what ended threads and storage contributed. */
  reset(name: string | undefined, now: number): void {
    for (const family of this.families.values()) {
      if (name !== undefined && family.definition.name !== name) continue;
      family.resetRetained();
      family.restart(now);
      this.tidy(family);
    }
    this.waiting = this.waiting.filter(
      ({ definition }) => name !== undefined && definition.name !== name,
    );
  }

  /** Returns the names of the application's families. */
  names(): string[] {
    return [...this.families.keys()].filter((name) => !isOwn(name));
  }

  /** Returns how many series the family may have. */
  limitOf({ definition }: MergedFamily): number {
    return isOwn(definition.name) ? MAX_OWN_SERIES : this.#seriesLimit;
  }

  /** Whether no thread has the family. */
  isLeft({ threads, definition }: MergedFamily): boolean {
    return threads.size === 0 && !isOwn(definition.name);
  }

  /** Reads all families, in parts. The library's own stand last. */
  *read(constants: Labels, now: number): Generator<void, MetricFamily[]> {
    const all: MetricFamily[] = [];
    for (const name of [...this.names(), ...OWN_METRICS]) {
      // A family may be gone by now, and one that has come meanwhile may write samples of the same names.
      const family = this.families.get(name);
      if (family) all.push(yield* family.present(constants, now));
    }
    return all;
  }
}

export function isOwn(name: string): boolean {
  return OWN_METRICS.includes(name);
}

/** Whether series of the one family can stand beside those of the other, in one family. */
export function sameShape(a: FamilyDefinition, b: FamilyDefinition): boolean {
  // Whether series expire, a thread may say for itself.
  const text = ({ type, labelNames, labels, shape }: FamilyDefinition) =>
    jsonText([type, labelNames, Object.entries(labels).sort(), { ...shape, expires: undefined }]);
  return text(a) === text(b);
}
