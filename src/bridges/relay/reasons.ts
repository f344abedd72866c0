/** Why a point does not count, in words for whoever reads the log of the page. */
const WORDS = {
  cumulative:
    'totals of pages that have gone cannot be kept; send deltas: RelayExporter, or temporality: "delta"',
  kind: 'summaries and differences of what may fall cannot be added up',
  gauge: 'the relay takes gauges only if `families` defines them',
  unlisted: 'the relay does not take a family of this name',
  owned: 'the server has a family of this name itself, or has removed it',
  name: 'the name, or the name of a label, is not one that the collector takes',
  type: 'the family is of another type',
  labels: 'the labels are not those of the family, or too long, or too many',
  buckets:
    'the buckets are not those of the family, classic or native, or finer, wider or more than it takes',
  value: 'the number is negative, not finite, too large or does not fit the others',
  sender: 'the resource has no `service.instance.id`, or its attributes are too long',
  time: 'the point does not say when it was read',
  families: 'there are too many families',
  series: 'there are too many series',
  event: 'the relay does not take events of this name',
  rate: 'there are too many events of this name',
} as const;

/** What a sender need not be told: it was not meant to count, or has counted. */
type Silent = 'replayed' | 'ignored';

export type Reason = keyof typeof WORDS | Silent;

/** The points of a batch that do not count. */
export class RefusedPoints {
  readonly #counts = new Map<Reason, { count: number; readonly family: string }>();

  add(reason: Reason, family: string, count = 1): void {
    const known = this.#counts.get(reason);
    if (known) known.count += count;
    else if (count > 0) this.#counts.set(reason, { count, family });
  }

  /** How many there are, by reason. */
  *counts(): Generator<readonly [Reason, number]> {
    for (const [reason, { count }] of this.#counts) yield [reason, count];
  }

  /** How many the sender should be told of. */
  get told(): number {
    let sum = 0;
    for (const [reason, { count }] of this.#counts) if (reason in WORDS) sum += count;
    return sum;
  }

  /** Says what was refused. Of each reason one family is named. */
  get words(): string {
    const lines: string[] = [];
    for (const [reason, { count, family }] of this.#counts) {
      if (!(reason in WORDS)) continue;
      lines.push(`${count} of ${family.slice(0, 64)}, …: ${WORDS[reason as keyof typeof WORDS]}`);
    }
    return lines.join('; ');
  }
}
