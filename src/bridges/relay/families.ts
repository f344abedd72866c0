import { OWN_METRICS, TelemetryError } from '../../model.ts';
import { monotonic } from '../../platform/timers.ts';
import type { AnyMetric, TelemetryCollector } from '../../telemetry-collector.ts';
import type { Metric } from './batch.ts';
import type { Reason } from './reasons.ts';
import { formOf, type Relayed, type RelayFamily, registerFamily } from './registered-family.ts';
import { type BatchTime, OVERFLOW, SeriesBudget } from './series-table.ts';

/** A family as defined, or the names of families that become what the first page makes of them. */
export type FamilyChoice = string | RegExp | RelayFamily;

/** What pages may write. */
export interface FamilyOptions {
  /**
   * The families that pages may write: their names, or better their definitions. Unless given, pages may write
   * counters and histograms of any name that is free.
   */
  readonly families?: readonly FamilyChoice[] | undefined;
  /** Names of families that pages may send, and that do not count; pages are not told of that. */
  readonly ignore?: readonly (string | RegExp)[] | undefined;
  /**
   * How many series pages may make, in all families together.
   * @defaultValue 10,000
   */
  readonly seriesLimit?: number | undefined;
  /**
   * How many families pages may make that no definition names.
   * @defaultValue 200
   */
  readonly familyLimit?: number | undefined;
  /**
   * How much a point may add to a counter, and to the count and sum of a histogram.
   * @defaultValue 1e12
   */
  readonly maxIncrement?: number | undefined;
  /**
   * After how many seconds a series goes that no page has sent.
   * @defaultValue never
   */
  readonly expireAfter?: number | undefined;
}

const MAX_INCREMENT = 1e12;
/** UTF-16 units. */
const LONGEST_NAME = 200;
const MOST_BOUNDS = 256;
/** A name that the collector refuses takes longer than any other point. */
const MOST_ATTEMPTS = 100;

/**
 * What relays have registered, by collector. Two relays with one collector add up in the same families: one may be
 * for pages, and one for servers with a token.
 */
const registered = new WeakMap<TelemetryCollector, Registered>();

interface Registered extends BatchTime {
  readonly families: Map<string, RegisteredFamily>;
}

interface RegisteredFamily {
  readonly definition: RelayFamily;
  readonly family: Relayed;
  readonly metric: AnyMetric;
}

/** The families that pages write. All others of the collector are out of their reach. */
export class Families {
  readonly #collector: TelemetryCollector;
  readonly #chosen: readonly (string | RegExp)[] | undefined;
  readonly #ignored: readonly (string | RegExp)[];
  readonly #registered: Registered;
  /** The families that this relay may write: another relay with the same collector may have others. */
  readonly #own = new Set<string>();
  readonly #budget: SeriesBudget;
  readonly #most: number;
  readonly #expireAfter: number;
  #familiesLeft: number;
  #attemptsLeft = MOST_ATTEMPTS;

  /** @throws TelemetryError if a definition is not sound, or its name is taken */
  constructor(collector: TelemetryCollector, options: FamilyOptions) {
    const { families, ignore = [], seriesLimit = 10_000, familyLimit = 200 } = options;
    this.#collector = collector;
    this.#registered = registered.get(collector) ?? { families: new Map(), now: 0 };
    registered.set(collector, this.#registered);
    this.#budget = new SeriesBudget(seriesLimit, this.#registered);
    this.#most = options.maxIncrement ?? MAX_INCREMENT;
    this.#expireAfter = options.expireAfter ?? Infinity;
    this.#familiesLeft = familyLimit;
    this.#ignored = ignore;
    this.#chosen = families?.filter(isName);
    for (const one of families ?? []) if (!isName(one)) this.#define(one);
  }

  /** Is called before each batch. */
  begin(): void {
    this.#registered.now = monotonic();
    this.#attemptsLeft = MOST_ATTEMPTS;
  }

  /** Returns the family that the points of a metric belong to, or why none of them counts. */
  find(metric: Metric): Relayed | Reason {
    const { name, kind, isDelta } = metric;
    const known = this.#registered.families.get(name);
    if (known && this.#mayWrite(name)) {
      const { family, metric } = known;
      // The application may have removed it, and perhaps has another one of that name.
      if (this.#collector.getMetric(name) !== metric) return 'owned';
      if (family.kind !== kind) return mismatch(family.kind, kind);
      return isDelta || kind === 'gauge' ? family : 'cumulative';
    }
    // Each page has these of its own.
    if (OWN_METRICS.includes(name) || isAmong(this.#ignored, name)) return 'ignored';
    if (name === '' || name.length > LONGEST_NAME) return 'name';
    if (this.#collector.getMetric(name)) return 'owned';
    if (this.#chosen && !isAmong(this.#chosen, name)) return 'unlisted';
    if (kind === 'other') return 'kind';
    if (kind === 'gauge') return 'gauge';
    if (!isDelta) return 'cumulative';
    if (this.#familiesLeft <= 0 || this.#attemptsLeft <= 0) return 'families';
    return this.#discover(metric);
  }

  #mayWrite(name: string): boolean {
    if (this.#own.has(name)) return true;
    if (!this.#chosen || !isAmong(this.#chosen, name)) return false;
    this.#own.add(name);
    return true;
  }

  #define(definition: RelayFamily): void {
    const { name } = definition;
    const known = this.#registered.families.get(name);
    if (known && formOf(known.definition) !== formOf(definition)) {
      const message = `createRelay() families: ${name} is defined otherwise by another relay of this collector`;
      throw new TelemetryError('invalid_option', message);
    }
    if (!known) this.#register(definition);
    this.#own.add(name);
  }

  #discover(metric: Metric): Relayed | Reason {
    const labelNames = labelNamesOf(metric);
    const buckets = metric.kind === 'histogram' ? metric.points[0]?.bounds : undefined;
    if (!labelNames) return 'labels';
    if (metric.kind === 'histogram' && !areBounds(buckets)) return 'buckets';
    const { name, description } = metric;
    const native = metric.kind === 'native';
    const type = native || metric.kind === 'histogram' ? 'histogram' : 'counter';
    this.#attemptsLeft--;
    try {
      const family = this.#register({ name, type, description, labelNames, buckets, native });
      this.#familiesLeft--;
      this.#own.add(name);
      return family;
    } catch {
      return 'name';
    }
  }

  /** @throws TelemetryError if the definition is not sound, or the name is taken */
  #register(definition: RelayFamily): Relayed {
    const limits = { budget: this.#budget, most: this.#most, expireAfter: this.#expireAfter };
    const made = registerFamily(this.#collector, definition, limits);
    this.#registered.families.set(definition.name, { definition, ...made });
    return made.family;
  }
}

/** Returns why points of one kind do not belong to a family of another. */
function mismatch(family: Relayed['kind'], points: Metric['kind']): Reason {
  if (points === 'other') return 'kind';
  const areHistograms = [family, points].every((kind) => kind === 'histogram' || kind === 'native');
  return areHistograms ? 'buckets' : 'type';
}

const isName = (choice: FamilyChoice): choice is string | RegExp =>
  typeof choice === 'string' || choice instanceof RegExp;

/** Whether the name is in a list of names and patterns. */
export function isAmong(list: readonly (string | RegExp)[], name: string): boolean {
  // `search` does not mind where a pattern with the flag `g` has ended last.
  return list.some((one) => (typeof one === 'string' ? one === name : name.search(one) >= 0));
}

/** Returns all labels that the points of a family have; `undefined` if one has labels that are not sound. */
function labelNamesOf({ points }: Metric): string[] | undefined {
  const names = new Set<string>();
  for (const { labels } of points as readonly { readonly labels?: readonly string[] }[]) {
    if (!labels) return undefined;
    for (let i = 0; i < labels.length; i += 2) names.add(labels[i]!);
  }
  names.delete(OVERFLOW);
  return [...names];
}

function areBounds(bounds: readonly number[] | undefined): boolean {
  if (!bounds || bounds.length === 0 || bounds.length > MOST_BOUNDS) return false;
  return bounds.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > bounds[i - 1]!));
}
